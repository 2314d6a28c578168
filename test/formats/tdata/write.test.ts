/** Folders as Telegram Desktop 4.6.5 was seen to take them, with all that they can hold. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionError } from '../../../src/errors.ts';
import { read, type Snapshot, snapshotOf, write } from '../../../src/formats/index.ts';
import { readFrame } from '../../../src/formats/tdata/frame.ts';
import { readKeyData } from '../../../src/formats/tdata/key-data.ts';
import { decryptLocal } from '../../../src/formats/tdata/local-encryption.ts';
import { fileNameOf } from '../../../src/formats/tdata/names.ts';
import { DataCenter, Session } from '../../../src/session.ts';
import { anySnapshot } from '../../support/arbitrary.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fullSession, testKey } from '../../support/sessions.ts';
import { H } from '../../support/tdata.ts';

const family = new Family('tdata');
const NAME = 'tdata';

const session = (userId: number | null = 7, dc = 2) =>
  new Session({
    dcs: [{ id: dc, auth: testKey(dc) }],
    user: userId === null ? null : { id: userId, dc, bot: false },
  });
const snapshot = (fields: Partial<Snapshot> = {}, userId?: number) => snapshotOf(session(userId), fields);
const at = (index: number, active: boolean | null = null) => ({ account: { index, active } });

async function through(snapshots: Snapshot[], options = {}) {
  const written = await write(snapshots, NAME, options);
  const { snapshots: again } = await read({ files: written.files }, options);
  return { ...written, again, lost: written.losses.map(({ field }) => field) };
}

describe('names', () => {
  test.each([
    ['data', 0, 'D877F783D5D3EF8C'],
    ['data', 1, 'A7FDF864FBC10B77'],
    ['data', 2, 'F8806DD0C461824F'],
    ['work', 0, '769EC278569ACBF7'],
  ])('account files of %s %i are called %s', (name, index, expected) => {
    expect(fileNameOf(name, index)).toBe(expected);
  });
});

describe('the layout', () => {
  test('each account has its file and its map, and a config only if it has something to tell', async () => {
    const own = snapshotOf(session(8).with({ dcs: [{ id: 2, ipv4Addr: '10.0.0.1:443', auth: testKey(8) }] }));
    const { files } = await write([snapshot(at(2)), { ...own, ...at(0) }], NAME);
    const other = fileNameOf('data', 2);
    expect([...files.keys()].sort()).toEqual(
      ['key_datas', `${H}s`, `${H}/maps`, `${H}/configs`, `${other}s`, `${other}/maps`].sort(),
    );
  });

  test('every file has the magic, a version that old apps take, and the right sum', async () => {
    const { files } = await write([snapshot({ testMode: true })], NAME);
    expect(files.size).toBe(4);
    for (const bytes of files.values()) {
      const file = Buffer.from(bytes);
      expect(file.toString('latin1', 0, 4)).toBe('TDF$');
      expect(file.readInt32LE(4)).toBe(3004000);
      const data = file.subarray(8, -16);
      const length = Buffer.alloc(4);
      length.writeInt32LE(data.length);
      const sum = createHash('md5')
        .update(data)
        .update(length)
        .update(file.subarray(4, 8))
        .update('TDF$')
        .digest();
      expect(sum.equals(file.subarray(-16))).toBe(true);
    }
  });

  test('the map is as that of Telegram Desktop: no salt, no key, and something that decrypts, be it nothing', async () => {
    const { files } = await write([snapshot()], NAME);
    const { localKey } = await readKeyData(readFrame('key_datas', files.get('key_datas')!), '', []);
    const map = Buffer.from(readFrame('maps', files.get(`${H}/maps`)!).data);
    expect([map.readUInt32BE(0), map.readUInt32BE(4), map.readUInt32BE(8)]).toEqual([0, 0, map.length - 12]);
    expect(decryptLocal(map.subarray(12), localKey, 'map')).toHaveLength(0);
    // The real one, of an app that had nothing to note yet, has the same size.
    expect(files.get(`${H}/maps`)!).toHaveLength(family.bytes(`own-config-test/${H}/maps`).length);
  });

  test('keys, salts and what is encrypted are never the same twice', async () => {
    const [one, two] = [await write([snapshot()], NAME), await write([snapshot()], NAME)];
    for (const [name, bytes] of one.files) {
      expect(Buffer.compare(bytes.subarray(12), two.files.get(name)!.subarray(12))).not.toBe(0);
    }
  });

  test('no key can be found in the files', async () => {
    const { files } = await write([snapshot()], NAME);
    for (const bytes of files.values())
      expect(Buffer.from(bytes).includes(Buffer.from(testKey(2).subarray(0, 16)))).toBe(false);
  });

  test('a config is read again with the addresses as their texts stood', async () => {
    const { snapshots } = await read({ path: family.path('own-config-test') });
    const { again, losses } = await through(snapshots);
    expect(losses).toEqual([]);
    expect(again[0]!.session.equals(snapshots[0]!.session)).toBe(true);
    expect(again[0]!.testMode).toBe(true);
  });

  test('addresses that the app knows by itself need no config', async () => {
    const { snapshots } = await read({ path: family.path('own-config-prod') });
    const { again, losses, files } = await through(snapshots);
    expect(losses).toEqual([]);
    expect([...files.keys()]).not.toContain(`${H}/configs`);
    expect(again[0]!.session.dcs.map(({ ipv4Addr }) => ipv4Addr)).toEqual(
      snapshots[0]!.session.dcs.map(({ ipv4Addr }) => ipv4Addr),
    );
  });

  test('a config tells the app the addresses that it would forget, those of a session first', async () => {
    const dcs = [
      { id: 2, ipv4Addr: '10.0.0.2:8443', ipv6Addr: 'fe80::2:443', auth: testKey(2) },
      { id: 4, ipv4Addr: '10.0.0.4:443' },
      { id: 5, auth: testKey(5) },
    ];
    const { again, lost, notes } = await through([snapshotOf(session().with({ dcs }), { testMode: false })]);
    const { dcOptions } = again[0]!.extra as {
      dcOptions: { id: number; flags: number; ip: string; port: number }[];
    };
    expect(dcOptions.map(({ id, flags, ip, port }) => [id, flags, ip, port])).toEqual([
      [1, 16, '149.154.175.53', 443],
      [1, 17, '2001:b28:f23d:f001::a', 443],
      [2, 16, '10.0.0.2', 8443],
      [2, 17, 'fe80::2', 443],
      [3, 16, '149.154.175.100', 443],
      [3, 17, '2001:b28:f23d:f003::a', 443],
      [4, 16, '10.0.0.4', 443],
      [5, 16, '91.108.56.130', 443],
      [5, 17, '2001:b28:f23f:f005::a', 443],
    ]);
    expect(lost).toEqual(['session.dcs[1]']);
    expect(notes.join()).toMatch(
      /Data centre 5 had no address: its usual one, 91\.108\.56\.130:443, was written/,
    );
  });

  test('a data centre that has no usual address is without one', async () => {
    const dcs = [
      { id: 2, ipv4Addr: '149.154.167.40:80', auth: testKey(2) },
      { id: 4, auth: testKey(4) },
      { id: 10002, auth: testKey(5) },
    ];
    const { again } = await through([snapshotOf(session().with({ dcs }))]);
    expect(again[0]!.testMode).toBe(true);
    expect(again[0]!.session.dcs.map(({ id, ipv4Addr }) => [id, ipv4Addr])).toEqual([
      [2, '149.154.167.40:80'],
      [4, null],
      [10002, null],
    ]);
  });

  test('behind the addresses stand the limits that Telegram Desktop begins with', async () => {
    const limits = async (files: ReadonlyMap<string, Uint8Array>) => {
      const { localKey } = await readKeyData(readFrame('key_datas', files.get('key_datas')!), '', []);
      const { data } = readFrame('configs', files.get(`${H}/configs`)!);
      const config = Buffer.from(decryptLocal(data.subarray(4), localKey, 'configs')!).subarray(4);
      return config.subarray(12 + config.readUInt32BE(8)).toString('hex');
    };
    for (const [file, ipv4Addr] of [
      ['own-config-prod', '10.0.0.1:443'],
      ['own-config-test', '149.154.167.40:80'],
    ] as const) {
      const dcs = [{ id: 2, ipv4Addr, auth: testKey(2) }];
      const { files } = await write([snapshotOf(session().with({ dcs }))], NAME);
      // Newer versions have more behind them, and do without.
      const [theirs, ours] = [await limits(family.files(file)), await limits(files)];
      expect(theirs.slice(0, ours.length)).toBe(ours);
    }
  });
});

describe('several accounts', () => {
  test('keep their numbers, their order, and which one is in use', async () => {
    const { snapshots } = await read({ path: family.path('own-six-accounts-gaps') });
    const { again, losses } = await through(snapshots);
    expect(losses).toEqual([]);
    expect(again.map(({ account }) => account)).toEqual(snapshots.map(({ account }) => account));
    again.forEach((one, i) => {
      const keys = ({ session: { dcs } }: Snapshot) =>
        dcs.map(({ id, ipv4Addr, authKeyId }) => [id, ipv4Addr, authKeyId]);
      expect(keys(one)).toEqual(keys(snapshots[i]!));
      expect(one.session.user!.equals(snapshots[i]!.session.user!)).toBe(true);
    });
  });

  test('get numbers from 0 on where they cannot keep theirs, which is said', async () => {
    for (const numbers of [
      [3, 3, 1],
      [0, 1, 6],
      [-1, 0, 1],
    ]) {
      const { again, notes } = await through(numbers.map((index, i) => snapshot(at(index, i === 1), i + 1)));
      expect(again.map(({ account, session: { user } }) => [account, user!.id])).toEqual([
        [{ index: 0, active: false }, 1],
        [{ index: 1, active: true }, 2],
        [{ index: 2, active: false }, 3],
      ]);
      expect(notes.join()).toMatch(/got new numbers/);
    }
    const { again, notes } = await through([snapshot({}, 1), snapshot({}, 2)]);
    expect(again.map(({ account }) => account)).toEqual([
      { index: 0, active: true },
      { index: 1, active: false },
    ]);
    expect(notes.join()).not.toMatch(/got new numbers/);
  });

  test('losses say of which account they are', async () => {
    const { losses } = await write([snapshot({ ...at(3), phone: '7999' }, 1), snapshot({}, 2)], NAME);
    expect(losses).toEqual([
      { field: 'snapshots[0].phone', message: 'Account 0: The phone number of the account.' },
    ]);
  });

  test('are at most six, each user once, and all of them logged in', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => snapshot({}, i + 1));
    expect((await through(many(6))).again).toHaveLength(6);
    await failure(() => write(many(7), NAME), 'CANNOT_HOLD', 'snapshots');
    await failure(() => write([], NAME), 'CANNOT_HOLD', 'snapshots');
    await failure(() => write([snapshot(), snapshot()], NAME), 'CANNOT_HOLD', 'snapshots[1].session.user');
    // On the test servers it is somebody else.
    expect((await through([snapshot(), snapshot({ testMode: true })])).again).toHaveLength(2);
    const nobody = snapshotOf(session(null), { loggedIn: false });
    await failure(() => write([snapshot(), nobody], NAME), 'CANNOT_HOLD', 'snapshots[1].session.user');
  });
});

describe('options', () => {
  test.each(['пароль-😀', 'e\u0301', 'é', ' '])(
    'the passcode %j opens what it protects, and no other does',
    async (passcode) => {
      const { again, files } = await through([snapshot()], { passcode });
      expect(again[0]!.session.user!.id).toBe(7);
      await failure(() => read({ files }), 'NEEDS_SECRET');
      await failure(() => read({ files }, { passcode: `${passcode} ` }), 'WRONG_SECRET');
      await failure(
        () => read({ files }, { passcode: passcode === 'é' ? 'e\u0301' : 'é\u0301' }),
        'WRONG_SECRET',
      );
    },
  );

  test('an empty passcode is none', async () => {
    const { files } = await write([snapshot()], NAME, { passcode: '' });
    expect((await read({ files })).snapshots).toHaveLength(1);
  });

  test('another name of data, with the word on how to start the app', async () => {
    const { files, notes } = await through([snapshot()], { dataName: 'work-2' });
    expect([...files.keys()]).toContain('key_work-2s');
    expect(notes.at(-1)).toMatch(/-key work-2\.$/);
  });

  test.each(['', 'Work', 'a b', '../x', 'é', 'x'.repeat(101)])(
    'the name %j, which the app would change, is refused',
    async (dataName) => {
      await failure(() => write([snapshot()], NAME, { dataName }), 'INVALID_VALUE', 'dataName');
    },
  );

  test('a passcode that is no text, and a version, are refused', async () => {
    await failure(() => write([snapshot()], NAME, { passcode: 'a\ud800' }), 'INVALID_VALUE', 'passcode');
    await failure(() => write([snapshot()], NAME, { version: 5 }), 'UNSUPPORTED', 'version');
  });
});

describe('what it cannot hold', () => {
  test('is said', async () => {
    const full = fullSession().with({ user: { id: 5, dc: 4, bot: true, username: 'alice' } });
    const { again, lost, notes } = await through([
      snapshotOf(full, {
        mainDc: 2,
        usernames: ['alice', 'b'],
        phone: '7999',
        apiId: 6,
        takeoutId: 1n,
        authorizedDcs: [2],
        mediaDc: { id: 2, ipv4Addr: '10.0.0.1:443', ipv6Addr: null, mediaOnly: true },
        peers: [{ kind: 'user', id: 7, accessHash: 1n, usernames: [], phone: null, name: null, seen: null }],
      }),
    ]);
    expect(lost.sort()).toEqual(
      [
        'apiId',
        'authorizedDcs',
        'mediaDc',
        'peers',
        'phone',
        'session.dcs[0]',
        'session.dcs[2]',
        'session.dcs[4]',
        'session.state',
        'session.user.bot',
        'session.user.dc',
        'session.user.username',
        'takeoutId',
        'usernames',
      ].sort(),
    );
    expect(notes.join()).toMatch(/not made for bots/);
    expect(notes.join()).toMatch(/while Telegram Desktop is closed/);
    expect(again[0]!.session.user).toMatchObject({ id: 5, dc: 2, bot: false });
  });

  test('a session that does not say who is logged in is refused: the app would ask for a login', async () => {
    await failure(() => write([snapshotOf(session(null))], NAME), 'CANNOT_HOLD', 'session.user');
    const { again } = await through([snapshotOf(session(null), { loggedIn: false })]);
    expect(again[0]).toMatchObject({ loggedIn: false, mainDc: 2, session: { user: null } });
  });

  test('so is one without the key of its main data centre', async () => {
    const keyless = session().with({ dcs: [{ id: 2 }, { id: 4, auth: testKey(4) }] });
    await failure(() => write([snapshotOf(keyless)], NAME), 'CANNOT_HOLD', 'session.dcs');
    const { snapshots } = await read({ path: family.path('own-main-key-missing') });
    await failure(() => write(snapshots, NAME), 'CANNOT_HOLD', 'session.dcs');
  });

  test('so is one with more keys than the file may have', async () => {
    const keysToDestroy = Array.from({ length: 1007 }, () => new DataCenter({ id: 1, auth: testKey(1) }));
    await failure(() => write([snapshot({ keysToDestroy })], NAME), 'CANNOT_HOLD', 'session.dcs');
    const { again } = await through([snapshot({ keysToDestroy: keysToDestroy.slice(0, 1006) })]);
    expect(again[0]!.keysToDestroy).toHaveLength(1006);
  });

  test('a key to destroy that is none is refused', async () => {
    const keysToDestroy = [new DataCenter({ id: 1 })];
    await failure(() => write([snapshot({ keysToDestroy })], NAME), 'INVALID_VALUE', 'keysToDestroy[0].auth');
  });

  test('test servers that nobody knows of come from the address, or are noted', async () => {
    const one = (ipv4Addr: string) =>
      snapshotOf(session().with({ dcs: [{ id: 2, ipv4Addr, auth: testKey(2) }] }));
    const known = await through([one('149.154.167.40:80')]);
    expect(known.again[0]!.testMode).toBe(true);
    const unknown = await through([one('10.0.0.1:443')]);
    expect(unknown.again[0]!.testMode).toBe(false);
    expect(unknown.notes.join()).toMatch(/Nothing says whether/);
  });
});

test('any snapshot comes back, but for exactly what was reported as lost', async () => {
  let count = 0;
  const anyAccount = fc.record({
    any: anySnapshot,
    destroy: fc.array(fc.record({ id: fc.integer({ min: 1, max: 2 ** 31 - 1 }), seed: fc.nat(5) }), {
      maxLength: 3,
    }),
    loggedIn: fc.constantFrom(true, false, null),
    far: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(anyAccount, async ({ any, destroy, loggedIn, far }) => {
      for (const dc of any.session.dcs) if (far && dc.id !== any.mainDc) dc.id += 10_000;
      const keysToDestroy = destroy.map(({ id, seed }) => new DataCenter({ id, auth: testKey(seed) }));
      const before: Snapshot = {
        ...any,
        keysToDestroy,
        loggedIn: any.session.user === null ? loggedIn : true,
      };
      let result: Awaited<ReturnType<typeof through>>;
      try {
        result = await through([before]);
      } catch (error) {
        const main = before.session.dcs.find(({ id }) => id === before.mainDc)!;
        const lacks = main.auth === null || (before.session.user === null && loggedIn !== false);
        if (lacks && error instanceof SessionError && error.code === 'CANNOT_HOLD') return;
        throw error;
      }
      count++;
      const { again, lost, notes } = result;
      const after = again[0]!;
      const { dcs, user, state } = before.session;
      const kept = dcs.filter((_, i) => !lost.includes(`session.dcs[${i}]`));
      expect(after.session.dcs.map(({ id, authKeyId }) => [id, authKeyId])).toEqual(
        kept.map(({ id, authKeyId }) => [id, authKeyId]),
      );
      kept.forEach(({ id, ipv4Addr, ipv6Addr }, i) => {
        const dc = after.session.dcs[i]!;
        if (ipv4Addr !== null || ipv6Addr !== null)
          expect([dc.ipv4Addr, dc.ipv6Addr]).toEqual([ipv4Addr, ipv6Addr]);
        else if (dc.ipv4Addr !== null)
          expect([...notes, ...after.notes].join()).toMatch(new RegExp(`data centre ${id}\\b`, 'i'));
      });
      expect(after.session.user).toEqual(
        user && {
          ...user,
          bot: lost.includes('session.user.bot') ? false : user.bot,
          username: lost.includes('session.user.username') ? null : user.username,
        },
      );
      expect(after.session.state).toBeNull();
      expect(lost.includes('session.state')).toBe(state !== null);
      expect(lost.includes('peers')).toBe(before.peers.length > 0);
      for (const name of ['takeoutId', 'phone', 'apiId'] as const) {
        expect(after[name]).toBeNull();
        expect(lost.includes(name)).toBe(before[name] !== null);
      }
      expect(after.mainDc).toBe(before.mainDc);
      expect(after.loggedIn).toBe(user !== null);
      if (before.testMode !== null) expect(after.testMode).toBe(before.testMode);
      expect(after.keysToDestroy.map(String)).toEqual(keysToDestroy.map(String));
    }),
    { numRuns: 200 },
  );
  expect(count).toBeGreaterThan(50);
});
