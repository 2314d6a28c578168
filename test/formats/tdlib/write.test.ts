/** What is written is a binlog to the letter, encrypted anew each time; what it cannot hold is said. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionError } from '../../../src/errors.ts';
import { usualAddress } from '../../../src/formats/data-centers.ts';
import { type MediaDc, read, type Snapshot, snapshotOf, write } from '../../../src/formats/index.ts';
import { Session, type SessionFields } from '../../../src/session.ts';
import { anySnapshot } from '../../support/arbitrary.ts';
import { decrypted, eventsOf, SETTING, settingsOf } from '../../support/binlog.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';

const NAME = 'tdlib-binlog';
const family = new Family('tdlib');
const keyOf = (n: number) => Uint8Array.from({ length: 256 }, (_, i) => (i * 37 + n) & 255);
const auth = keyOf(1);

const full: SessionFields = {
  dcs: [
    { id: 2, ipv4Addr: '149.154.167.50:443', ipv6Addr: '2001:67c:4e8:f002::a:443', auth },
    { id: 4, ipv4Addr: '149.154.167.91:443', auth: keyOf(2) },
  ],
  user: { id: 5000801609, dc: 2, bot: true },
  state: { pts: 1234, qts: 7, date: 1720000000, seq: 0 },
};

async function written(session: SessionFields, fields: Partial<Snapshot> = {}) {
  const result = await write([snapshotOf(new Session(session), fields)], NAME);
  const [[file, bytes]] = result.files as unknown as [[string, Uint8Array]];
  const settings = new Map(settingsOf(eventsOf(decrypted(bytes))));
  return { ...result, file, bytes, settings, lost: result.losses.map(({ field }) => field) };
}

describe('the file', () => {
  test('is an encryption event, and then settings with ids from 1 on', async () => {
    const { bytes, file, settings } = await written(full, { testMode: false });
    expect(file).toBe('td.binlog');
    const events = eventsOf(decrypted(bytes));
    expect(events.map(({ id, type, flags }) => [id, type, flags])).toEqual(
      events.map((_, i) => [i + 1, SETTING, 0]),
    );
    expect([...settings.keys()]).toEqual([
      'auth2',
      'auth4',
      'auth',
      'auth_is_bot',
      'my_id',
      'main_dc_id',
      'dc_options',
      'updates.pts',
      'updates.qts',
      'updates.date',
    ]);
    const text = [...settings].filter(([name]) => !/^auth\d|dc_options/.test(name));
    expect(text.map(([, value]) => value.toString())).toEqual([
      'ok',
      'true',
      '5000801609',
      '2',
      '1234',
      '7',
      '1720000000',
    ]);
  });

  test('has the same settings as one of TDLib, but for those of other things, and when a key was made', async () => {
    const { snapshots } = await read({ path: family.path('user-dc2/td.binlog') });
    const { files } = await write(snapshots, NAME);
    const [ours, theirs] = [files.get('td.binlog')!, family.bytes('user-dc2/td.binlog')].map(
      (bytes) => new Map(settingsOf(eventsOf(decrypted(bytes)))),
    );
    for (const [name, value] of ours!) {
      const other = theirs!.get(name)!;
      if (/^auth\d/.test(name)) {
        // The id of the key, and the key; flag 4 says that the time follows.
        expect(value.subarray(0, 8)).toEqual(other.subarray(0, 8));
        expect([value[8], other[8]]).toEqual([1, 5]);
        expect(value.subarray(12)).toEqual(other.subarray(12, -8));
      } else if (name !== 'dc_options') expect({ [name]: value }).toEqual({ [name]: other });
    }
    const again = await read({ files });
    expect(again.snapshots[0]!.session.equals(snapshots[0]!.session)).toBe(true);
    expect(again.snapshots[0]!.mediaDc).toEqual(snapshots[0]!.mediaDc);
  });

  test('is encrypted with a fresh salt and iv, and holds no key in the clear', async () => {
    const [one, other] = [await written(full), await written(full)];
    expect(one.bytes).toHaveLength(other.bytes.length);
    // Salt, iv, the hash of the key, and all that follows.
    for (const [from, to] of [
      [33, 65],
      [69, 85],
      [89, 121],
      [128, one.bytes.length],
    ]) {
      const [part, otherPart] = [one, other].map(({ bytes }) => Buffer.from(bytes.subarray(from, to)));
      expect(part!.equals(otherPart!)).toBe(false);
    }
    expect(Buffer.from(one.bytes).includes(Buffer.from(auth.subarray(0, 16)))).toBe(false);
  });

  test('can be encrypted with a key of the application', async () => {
    const databaseEncryptionKey = new TextEncoder().encode('hunter2');
    const { files } = await write([snapshotOf(new Session(full))], NAME, { databaseEncryptionKey });
    expect(settingsOf(eventsOf(decrypted(files.get('td.binlog')!, 'hunter2'))).length).toBeGreaterThan(5);
    await failure(() => read({ files }), 'NEEDS_SECRET');
    const { snapshots } = await read({ files }, { databaseEncryptionKey });
    expect(snapshots[0]!.session.user!.id).toBe(5000801609);
    const wrong = { databaseEncryptionKey: 5 as never };
    await failure(() => write([snapshotOf(new Session(full))], NAME, wrong), 'INVALID_VALUE');
  });

  test('has the name that stands for the test servers', async () => {
    expect((await written(full, { testMode: true })).file).toBe('td_test.binlog');
    const test = { dcs: [{ id: 2, ipv4Addr: '149.154.167.40:80', auth }] };
    expect((await written(test)).file).toBe('td_test.binlog');
    const unknown = await written({ dcs: [{ id: 2, ipv4Addr: '10.0.0.1:443', auth }] });
    expect(unknown.file).toBe('td.binlog');
    expect(unknown.notes.join()).toMatch(/Nothing says whether .* test servers/);
  });
});

describe('keys', () => {
  test('of other data centres are logged in if that is known, and else TDLib does it once more', async () => {
    const flags = ({ settings }: Awaited<ReturnType<typeof written>>) =>
      ['auth2', 'auth4'].map((name) => settings.get(name)!.readInt32LE(8));
    const unknown = await written(full);
    expect(flags(unknown)).toEqual([1, 0]);
    expect(unknown.notes.join()).toMatch(/Nothing says which keys of other data centres are logged in/);
    const known = await written(full, { authorizedDcs: [2, 4] });
    expect(flags(known)).toEqual([1, 1]);
    expect(known.notes.join()).not.toMatch(/Nothing says which keys/);
    expect(flags(await written(full, { authorizedDcs: [2] }))).toEqual([1, 0]);
  });

  test('without a user are a login whose user TDLib finds out', async () => {
    const { settings, notes } = await written({ ...full, user: null }, { mainDc: 2 });
    expect([settings.get('auth')!.toString(), settings.has('my_id')]).toEqual(['ok', false]);
    expect(notes.join()).toMatch(/Nothing says who is logged in/);
  });

  test('that are known not to be logged in are written so', async () => {
    const { settings, lost } = await written(full, { mainDc: 2, loggedIn: false });
    expect([settings.has('auth'), settings.has('my_id')]).toEqual([false, false]);
    expect(settings.get('auth2')!.readInt32LE(8)).toBe(0);
    expect(lost).toEqual(['session.user']);
    const none = await written({ dcs: [{ id: 2 }] });
    expect([...none.settings.keys()]).toEqual(['main_dc_id', 'dc_options']);
    expect(none.notes.join()).toMatch(/not logged in/);
  });

  test('must be there if somebody is logged in, and TDLib must know the data centre', async () => {
    const user = { id: 5, dc: 2, bot: false };
    await failure(() => written({ dcs: [{ id: 2 }], user }), 'CANNOT_HOLD', 'session.dcs');
    await failure(() => written({ dcs: [{ id: 4, auth }], user }), 'CANNOT_HOLD', 'session.dcs');
    await failure(() => written({ dcs: [{ id: 1001, auth }] }), 'CANNOT_HOLD', 'mainDc');
    await failure(() => written({}), 'CANNOT_HOLD');
    const far = await written({ dcs: [...full.dcs!, { id: 1001, auth }] }, { mainDc: 2 });
    expect(far.lost).toEqual(['session.dcs[2]']);
  });
});

describe('addresses', () => {
  test('are those of the session: TDLib has its own, but not of every data centre', async () => {
    const list = async (fields: SessionFields, more: Partial<Snapshot> = {}) => {
      const { settings, notes } = await written(fields, { testMode: false, ...more });
      return [
        settings
          .get('dc_options')!
          .toString('latin1')
          .match(/[\d.]{7,}|[\da-f:]{9,}/g),
        notes.length,
      ];
    };
    expect(await list({ dcs: [{ id: 5, auth }] })).toEqual([null, 2]);
    expect(await list({ dcs: [{ id: 203, auth }] })).toEqual([['91.105.192.100'], 3]);
    await failure(() => list({ dcs: [{ id: 6, auth }] }), 'CANNOT_HOLD');
    await failure(() => list({ dcs: [{ id: 4, auth }] }, { testMode: true }), 'CANNOT_HOLD');
    expect((await list(full))[0]).toEqual(['149.154.167.50', '2001:67c:4e8:f002::a', '149.154.167.91']);
  });

  test('of servers for files are kept if they are of the main data centre, and else lost', async () => {
    const mediaDc: MediaDc = { id: 2, ipv4Addr: '149.154.167.151:443', ipv6Addr: '::5:443', mediaOnly: true };
    const kept = await written(full, { mediaDc });
    expect(kept.lost).toEqual([]);
    const { snapshots } = await read({ files: kept.files });
    expect(snapshots[0]!.mediaDc).toEqual(mediaDc);
    expect((await written(full, { mediaDc: { ...mediaDc, id: 4 } })).lost).toEqual(['mediaDc']);
    expect((await written(full, { mediaDc: { ...mediaDc, mediaOnly: false } })).lost).toEqual(['mediaDc']);
    const nowhere = { ...mediaDc, ipv4Addr: null, ipv6Addr: null };
    expect((await written(full, { mediaDc: nowhere })).lost).toEqual(['mediaDc']);
  });
});

describe('losses', () => {
  test('are all that TDLib keeps elsewhere', async () => {
    const { lost } = await written(
      {
        ...full,
        user: { id: 5, dc: 4, bot: false, username: 'me' },
        state: { pts: 1, qts: 0, date: 0, seq: 9, channels: [{ id: 5, pts: 6 }] },
      },
      {
        mainDc: 2,
        phone: '42777',
        apiId: 6,
        takeoutId: 5n,
        usernames: ['me', 'also_me'],
        keysToDestroy: [],
        peers: [{ kind: 'user', id: 1, accessHash: 2n, usernames: [], phone: null, name: null, seen: null }],
      },
    );
    expect(lost.sort()).toEqual([
      'apiId',
      'peers',
      'phone',
      'session.state.channels',
      'session.state.seq',
      'session.user.dc',
      'session.user.username',
      'takeoutId',
      'usernames',
    ]);
  });

  test('a state of more than 32 bits is lost as a whole', async () => {
    const { lost, settings } = await written({ ...full, state: { pts: 2 ** 31, qts: 0, date: 0, seq: 5 } });
    expect(lost).toEqual(['session.state']);
    expect(settings.has('updates.qts')).toBe(false);
  });

  test('several accounts, and a version, are refused', async () => {
    const one = snapshotOf(new Session(full));
    await failure(() => write([one, one], NAME), 'CANNOT_HOLD', 'snapshots');
    await failure(() => write([], NAME), 'CANNOT_HOLD');
    await failure(() => write([one], NAME, { version: 1 }), 'UNSUPPORTED', 'version');
  });
});

/** A session as it must come back, but for losses. */
function expected({ session, testMode }: Snapshot, lost: ReadonlySet<string>, mainDc: number): Session {
  const dcs = session.dcs.map((dc) => {
    if (dc.auth === null || dc.ipv4Addr !== null || dc.ipv6Addr !== null) return dc;
    const usual = ([4, 6] as const).map((family) => usualAddress(dc.id, testMode === true, family));
    return dc.with({ ipv4Addr: usual[0]!, ipv6Addr: usual[1]! });
  });
  const known = dcs.filter((_, i) => !lost.has(`session.dcs[${i}]`));
  const user = lost.has('session.user') ? null : session.user;
  const state = lost.has('session.state') ? null : session.state;
  return new Session({
    dcs: known,
    user: user?.with({ username: null, dc: mainDc }) ?? null,
    state: state?.with({ seq: 0, channels: [] }) ?? null,
  });
}

test('any snapshot comes back, but for exactly what was reported as lost', async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(anySnapshot, async (snapshot) => {
      let result: Awaited<ReturnType<typeof write>>;
      try {
        result = await write([snapshot], NAME);
      } catch (error) {
        if (error instanceof SessionError && error.code === 'CANNOT_HOLD') return;
        throw error;
      }
      count++;
      const { files, losses } = result;
      const again = (await read({ files })).snapshots[0]!;
      const lost = new Set(losses.map(({ field }) => field));
      const { session, usernames } = snapshot;
      const mainDc = snapshot.mainDc!;
      expect(again.session.equals(expected(snapshot, lost, mainDc))).toBe(true);
      expect(again.mainDc).toBe(mainDc);
      if (snapshot.testMode !== null) expect(again.testMode).toBe(snapshot.testMode);
      const state = lost.has('session.state') ? null : session.state;
      for (const [field, isThere] of [
        ['session.user.username', session.user !== null && session.user.username !== null],
        ['session.state.seq', state !== null && state.seq !== 0],
        ['session.state.channels', session.state !== null && session.state.channels.length > 0],
        ['usernames', usernames.length > 1],
        ['peers', snapshot.peers.length > 0],
        ['phone', snapshot.phone !== null],
        ['apiId', snapshot.apiId !== null],
        ['takeoutId', snapshot.takeoutId !== null],
        ['session.user', false],
        ...session.dcs.map(({ auth, ipv4Addr, ipv6Addr }, i) => {
          const isNumber = auth === null && ipv4Addr === null && ipv6Addr === null;
          return [`session.dcs[${i}]`, isNumber] as const;
        }),
      ] as const) {
        expect({ [field]: lost.has(field) }).toEqual({ [field]: isThere });
      }
    }),
    { numRuns: 300 },
  );
  expect(count).toBeGreaterThan(50);
});
