/** What is put into Telegram Web A or Web K: the items that each of them reads, and a word on all that is lost. */

import { describe, expect, test } from 'vitest';
import { toHex } from '../../../src/formats/hex.ts';
import { read, type Snapshot, snapshotOf, write } from '../../../src/formats/index.ts';
import { Session, type SessionFields } from '../../../src/session.ts';
import { anyUsualSnapshot } from '../../support/arbitrary.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { testKey } from '../../support/sessions.ts';
import { expectRoundTrips } from '../../support/through-format.ts';

const family = new Family('telegram-web');
const A = 'telegram-web-a-localstorage';
const K = 'telegram-web-k-localstorage';
const [auth, other] = [testKey('web'), testKey('web-2')];
const [hex, otherHex] = [toHex(auth), toHex(other)];

const snapshot = (fields: SessionFields = {}, rest: Partial<Snapshot> = {}) =>
  snapshotOf(
    new Session({
      dcs: [
        { id: 2, auth },
        { id: 4, auth: other },
      ],
      user: { id: 5000801609, dc: 2, bot: false },
      ...fields,
    }),
    { testMode: false, ...rest },
  );
const itemsOf = async (snapshots: Snapshot[], format: string) => {
  const { files, losses, notes } = await write(snapshots, format);
  const items = JSON.parse(Buffer.from(files.get('')!).toString()) as Record<string, string>;
  return { items, fields: losses.map(({ field }) => field).sort(), notes };
};

describe('Web A', () => {
  test('gets the first slot, and the older items beside it', async () => {
    const { items, fields, notes } = await itemsOf([snapshot({}, { phone: '15550001' })], A);
    expect(items).toEqual({
      kz_version: '"Z"',
      account1: `{"dcId":2,"dc2_auth_key":"${hex}","dc4_auth_key":"${otherHex}","userId":"5000801609","phone":"15550001"}`,
      user_auth: '{"dcID":2,"id":"5000801609"}',
      dc: '2',
      dc2_auth_key: `"${hex}"`,
      dc4_auth_key: `"${otherHex}"`,
    });
    expect({ fields, notes }).toEqual({ fields: [], notes: [] });
  });

  test('is told of the test servers in both places', async () => {
    const { items } = await itemsOf([snapshot({}, { testMode: true })], A);
    expect(JSON.parse(items.account1!)).toMatchObject({ isTest: true, userId: '5000801609' });
    expect(JSON.parse(items.user_auth!)).toEqual({ dcID: 2, id: '5000801609', test: true });
  });

  test('without the user gets its slot alone: in user_auth a user without an id means that nobody is logged in', async () => {
    const { items, notes } = await itemsOf([snapshot({ user: null }, { mainDc: 2 })], A);
    expect(Object.keys(items).sort()).toEqual(['account1', 'kz_version']);
    expect(Object.keys(JSON.parse(items.account1!))).not.toContain('userId');
    expect(notes.join()).toMatch(/user is not known: Web A asks the server/);
    const [again] = (await read({ text: JSON.stringify(items) })).snapshots;
    expect(again).toMatchObject({ loggedIn: null, mainDc: 2, origin: { format: A } });
  });
});

describe('Web K', () => {
  test('gets numbers for ids, and makes salts itself', async () => {
    const { items, fields } = await itemsOf([snapshot({}, { phone: '15550001' })], K);
    expect(items).toEqual({
      kz_version: '"K"',
      account1: `{"dcId":2,"dc2_auth_key":"${hex}","dc4_auth_key":"${otherHex}","userId":5000801609}`,
      user_auth: '{"dcID":2,"id":5000801609}',
      dc: '2',
      dc2_auth_key: `"${hex}"`,
      dc4_auth_key: `"${otherHex}"`,
    });
    expect(fields).toEqual(['phone']);
  });

  test('has the test servers in a place of their own', async () => {
    const accounts = [snapshot({}, { testMode: true }), snapshot({ user: { id: 6, dc: 2, bot: false } })];
    const { items } = await itemsOf(accounts, K);
    expect(JSON.parse(items.t_account1!).userId).toBe(5000801609);
    expect(JSON.parse(items.account1!).userId).toBe(6);
    expect(Object.keys(items)).toContain('t_dc4_auth_key');
    expect(items.t_account1).not.toContain('isTest');
    const { snapshots } = await read({ text: JSON.stringify(items) });
    expect(snapshots.map(({ testMode }) => testMode)).toEqual([false, true]);
  });

  test('needs the user', async () => {
    const call = () => write([snapshot({ user: null }, { mainDc: 2 })], K);
    await failure(call, 'CANNOT_HOLD', 'session.user');
  });
});

describe('several accounts', () => {
  test.each([
    ['web-a-accounts.json', A],
    ['web-k-accounts.json', K],
    ['web-k-account2-only.json', K],
    ['web-a-legacy.json', A],
  ])('%s keeps its slots, and every account is read again', async (file, format) => {
    const { snapshots } = await read({ path: family.path(file) });
    const { items, fields, notes } = await itemsOf(snapshots, format);
    const again = await read({ text: JSON.stringify(items) });
    expect(again.format).toBe(format);
    expect({ fields, notes }).toEqual({ fields: [], notes: [] });
    expect(again.snapshots.map(({ account }) => account?.index)).toEqual(
      snapshots.map(({ account }) => account?.index ?? 1),
    );
    again.snapshots.forEach((one, i) => {
      expect(one.session.equals(snapshots[i]!.session)).toBe(true);
      expect(one.testMode).toBe(snapshots[i]!.testMode);
    });
  });

  test('of another source fill the slots in their order, and each loss says whose it is', async () => {
    const state = { pts: 1, qts: 0, date: 0, seq: 0 };
    const tdata = { origin: { format: 'tdata', version: null } };
    const accounts = [3, 0, 7].map((index) =>
      snapshot({ state: index === 0 ? state : null }, { ...tdata, account: { index, active: null } }),
    );
    for (const format of [A, K]) {
      const { items, fields, notes } = await itemsOf(accounts, format);
      expect(Object.keys(items).filter((name) => name.startsWith('account'))).toEqual([
        'account1',
        'account2',
        'account3',
      ]);
      expect(fields).toEqual(['snapshots[1].session.state']);
      expect(notes).toEqual(['The accounts were put into the slots 1 to 3.']);
    }
    const { items } = await itemsOf([accounts[0]!], A);
    expect(Object.keys(items)).toContain('account1');
  });

  test('with slots that collide, or that there are not, are counted anew', async () => {
    const web = (index: number) =>
      snapshot({}, { origin: { format: A, version: null }, account: { index, active: null } });
    const slots = async (indexes: number[], format: string) =>
      Object.keys((await itemsOf(indexes.map(web), format)).items).filter((name) =>
        name.startsWith('account'),
      );
    expect(await slots([2, 2], A)).toEqual(['account1', 'account2']);
    expect(await slots([5, 2], A)).toEqual(['account5', 'account2']);
    expect(await slots([5, 2], K)).toEqual(['account1', 'account2']);
    expect(await slots([101], A)).toEqual(['account1']);
  });

  test('more than Web K has slots are refused; Web A takes them', async () => {
    const five = Array.from({ length: 5 }, () => snapshot());
    const error = await failure(() => write(five, K), 'CANNOT_HOLD', 'snapshots');
    expect(error.message).toMatch(/place for 4 accounts, and 5/);
    expect(Object.keys((await itemsOf(five, A)).items)).toContain('account5');
    await failure(() => write([], A), 'CANNOT_HOLD', 'snapshots');
  });
});

describe.each([A, K])('%s', (format) => {
  test('any snapshot comes back, but for exactly what was lost', async () => {
    const options = { snapshots: anyUsualSnapshot };
    expect(await expectRoundTrips(format, 400, options)).toBeGreaterThan(50);
  });

  test('says all that is lost', async () => {
    const full = snapshot(
      {
        dcs: [
          { id: 2, ipv4Addr: '149.154.167.51:443', ipv6Addr: '2001:db8::1:443', auth },
          { id: 3, ipv4Addr: '149.154.175.100:443' },
          { id: 4, ipv4Addr: '1.2.3.4:5', auth: other },
          { id: 203, auth: other },
        ],
        user: { id: 5, dc: 4, bot: true, username: 'alice' },
        state: { pts: 1, qts: 2, date: 3, seq: 4 },
      },
      {
        mainDc: 2,
        apiId: 5,
        takeoutId: 1n,
        usernames: ['alice', 'b'],
        phone: '+49 1',
        peers: [{ kind: 'user', id: 1, accessHash: 1n, usernames: [], phone: null, name: null, seen: null }],
      },
    );
    const { fields } = await itemsOf([full], format);
    expect(fields).toEqual(
      [
        'apiId',
        'peers',
        'phone',
        'session.dcs[0].ipv6Addr',
        'session.dcs[1]',
        'session.dcs[2].ipv4Addr',
        'session.dcs[3]',
        'session.state',
        'session.user.bot',
        'session.user.dc',
        'session.user.username',
        'takeoutId',
        'usernames',
      ].sort(),
    );
  });

  test('refuses what has no place in it', async () => {
    const field = 'session.dcs';
    const user = { id: 5, dc: 203, bot: false };
    await failure(() => write([snapshot({ dcs: [{ id: 2 }] })], format), 'CANNOT_HOLD', field);
    await failure(() => write([snapshot({ dcs: [] })], format), 'CANNOT_HOLD', field);
    await failure(() => write([snapshot({ dcs: [{ id: 203, auth }], user })], format), 'CANNOT_HOLD', field);
    const second = [snapshot(), snapshot({ dcs: [{ id: 2 }] })];
    await failure(() => write(second, format), 'CANNOT_HOLD', `snapshots[1].${field}`);
    const broken = snapshot();
    broken.session.dcs[0]!.auth = new Uint8Array(255);
    await failure(() => write([broken], format), 'INVALID_VALUE', 'Session.dcs[0].auth');
    await failure(() => write([snapshot()], format, { version: 2 }), 'UNSUPPORTED', 'version');
  });

  test('takes an account whose servers nobody knows for one of production, and says so', async () => {
    const { notes } = await itemsOf([snapshot({}, { testMode: null })], format);
    expect(notes).toEqual(['Nothing says whether the session belongs to the test servers: taken for "no".']);
    const byAddress = snapshot({ dcs: [{ id: 2, ipv4Addr: '149.154.167.40:80', auth }] }, { testMode: null });
    const { items } = await itemsOf([byAddress], format);
    expect((await read({ text: JSON.stringify(items) })).snapshots[0]!.testMode).toBe(true);
  });
});
