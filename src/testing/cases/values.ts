/** Every value that a session can hold comes back as it was: nothing rounded, cut, trimmed or turned into null. */

import { MAX_DC_ID } from '../../check.ts';
import { MAX_USERNAME_LENGTH, Session, type UserFields } from '../../session.ts';
import type { CaseOf } from '../conformance.ts';
import { sampleKey, sampleSession } from '../samples.ts';
import { expectSession } from '../verdict.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const ZERO = { pts: 0, qts: 0, date: 0, seq: 0 };

function withUser(fields: Partial<UserFields>): Session {
  return new Session({ user: { id: 1, dc: 2, bot: false, ...fields } });
}

function withKey(fill: (byte: Uint8Array) => void): Session {
  const auth = sampleKey();
  fill(auth);
  return new Session({ dcs: [{ id: 2, auth }] });
}

function withIpv6(...addresses: string[]): Session {
  return new Session({ dcs: addresses.map((ip, i) => ({ id: i + 1, ipv6Addr: `${ip}:443` })) });
}

const VALUES: Record<string, () => Session> = {
  'an empty session, which is not null': () => new Session(),
  'data centres alone': () => new Session({ dcs: sampleSession().dcs }),
  'a user without data centres and state': () => withUser({}),
  'a state without a user': () => new Session({ state: sampleSession().state }),
  'a session that was logged out: keys, but no user and no state': () =>
    sampleSession().with({ user: null, state: null }),
  'a state of zeros, which is not null': () => new Session({ state: ZERO }),
  'a state of zeros with a channel at zero': () =>
    new Session({ state: { ...ZERO, channels: [{ id: 1, pts: 0 }] } }),
  'a data centre without addresses and key': () => new Session({ dcs: [{ id: 5 }] }),
  'the largest counters of the state': () =>
    new Session({ state: { pts: MAX, qts: MAX, date: MAX, seq: MAX } }),
  'counters beyond 32 bits, each another': () =>
    new Session({ state: { pts: 2 ** 31, qts: 2 ** 32 + 1, date: 2 ** 40 + 3, seq: 2 ** 52 + 5 } }),
  'the largest ids and counters of channels': () =>
    new Session({
      state: { ...ZERO, channels: [2 ** 31, 2 ** 32, 2 ** 53 - 2, MAX].map((id) => ({ id, pts: id })) },
    }),
  'the largest id of a user': () => withUser({ id: MAX }),
  'the largest number of a data centre': () =>
    new Session({ dcs: [{ id: MAX_DC_ID, auth: sampleKey() }], user: { id: 1, dc: MAX_DC_ID, bot: true } }),
  'a user who is a bot': () => withUser({ bot: true }),
  'a username of no characters, which is not null': () => withUser({ username: '' }),
  'the longest username': () => withUser({ username: 'x'.repeat(MAX_USERNAME_LENGTH) }),
  'a username beyond ASCII': () => withUser({ username: 'Größe_名前_имя_🦊_é_e\u0301' }),
  'a username with every sign that storages trip over': () =>
    withUser({ username: ` ' " \` \\ % ? $1 :x ; -- {} [] <> & \r\n\t\u0001\u007f\ufeff\uffff ` }),
  'a username that looks like another type': () => withUser({ username: '0012' }),
  'IPv6 addresses in every form, as they were written': () =>
    withIpv6(
      '::1',
      '2001:067c:04e8:f002:0000:0000:0000:000a',
      '2001:67C:4E8:F002::A',
      '::ffff:149.154.167.51',
      '1:2:3:4:5:6:7:8',
      'fe80::',
    ),
  'the lowest and the highest port': () =>
    new Session({ dcs: [{ id: 1, ipv4Addr: '0.0.0.0:1', ipv6Addr: '::1:65535' }] }),
  'a key that begins and ends with zeros': () => withKey((key) => key.fill(0, 0, 20).fill(0, 200)),
  'a key with every byte there is': () =>
    withKey((key) => key.set(Uint8Array.from({ length: 256 }, (_, i) => i))),
  'a key of the highest bytes': () => withKey((key) => key.fill(255)),
  'keys of many data centres, each its own': () =>
    new Session({ dcs: Array.from({ length: 50 }, (_, i) => ({ id: i + 1, auth: sampleKey(i) })) }),
};

export const valueCases: CaseOf[] = Object.entries(VALUES).map(([what, make]) => ({
  name: `values: keeps ${what}`,
  async run(trial) {
    // From a full session to this one and back: nothing of the one before may be left.
    const storage = await trial.saved(sampleSession(7, 5));
    await storage.save(make());
    await trial.expectKept(storage, make(), `saving ${what}`);
    const again = await trial.loaded();
    await again.save(sampleSession(7, 5));
    expectSession(await again.load(), sampleSession(7, 5), `A full session saved after ${what}`);
  },
}));
