/** What is written as Pyrogram is read again; what is not, was reported as lost, and nothing else was. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionError } from '../../../src/errors.ts';
import { usualAddress } from '../../../src/formats/data-centers.ts';
import { read, type Snapshot, snapshotOf, write } from '../../../src/formats/index.ts';
import { withOwn } from '../../../src/formats/peer-values.ts';
import type { PyrogramVersion } from '../../../src/formats/pyrogram/schema.ts';
import type { Peer } from '../../../src/peers.ts';
import { type DataCenter, Session } from '../../../src/session.ts';
import { nodeDriver } from '../../../src/sqlite/driver-node.ts';
import { anySnapshot } from '../../support/arbitrary.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { testKey } from '../../support/sessions.ts';

const family = new Family('pyrogram');

/** Any snapshot, but of data centres that exist, many with their usual addresses, and of peers whose type is known. */
const anyAccount = fc
  .record({
    snapshot: anySnapshot,
    ids: fc.shuffledSubarray([1, 2, 3, 4, 5, 203], { minLength: 4 }),
    usual: fc.boolean(),
    withUser: fc.integer({ min: 1, max: 2 ** 33 }),
    flags: fc.infiniteStream(fc.constantFrom(true, false, undefined)),
    apiId: fc.option(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { nil: null }),
    key: fc.integer({ min: 0, max: 9 }),
    elsewhere: fc.boolean(),
  })
  .map(({ snapshot, ids, usual, withUser, flags, apiId, key, elsewhere }): Snapshot => {
    const numbers = new Map(snapshot.session.dcs.map(({ id }, i) => [id, ids[i]!]));
    const mainDc = numbers.get(snapshot.mainDc!)!;
    const dcs = snapshot.session.dcs.map((dc) => {
      const id = numbers.get(dc.id)!;
      const auth = id === mainDc && key > 0 ? testKey(key) : dc.auth;
      const address = (four: string | null, length: 4 | 6) =>
        usual && four !== null ? usualAddress(id, snapshot.testMode === true, length) : four;
      return { id, auth, ipv4Addr: address(dc.ipv4Addr, 4), ipv6Addr: address(dc.ipv6Addr, 6) };
    });
    const user = snapshot.session.user ?? {
      id: withUser,
      dc: mainDc,
      bot: withUser % 2 === 0,
      username: null,
    };
    const session = new Session({ ...snapshot.session, dcs, user: { ...user, dc: elsewhere ? 1 : mainDc } });
    const peers = [...snapshot.peers].map((peer): Peer => {
      const flag = flags.next().value;
      if (flag === undefined || peer.kind === 'chat') return peer;
      const isOwn = peer.kind === 'user' && peer.id === user.id;
      return peer.kind === 'user' ? { ...peer, bot: isOwn ? user.bot : flag } : { ...peer, megagroup: flag };
    });
    return { ...snapshot, session, peers, mainDc, apiId };
  });

/** Paths of everything that was there before and is not, or not the same, after. */
function differences(before: Snapshot, after: Snapshot): string[] {
  const found = new Set<string>();
  const compare = (field: string, a: unknown, b: unknown) => {
    if (a !== null && a !== undefined && a !== b) found.add(field);
  };
  before.session.dcs.forEach((dc, i) => {
    const again = after.session.dcs.find(({ id }) => id === dc.id);
    if (again === undefined) {
      found.add(`session.dcs[${i}]`);
      return;
    }
    expect(again.authKeyId).toBe(dc.authKeyId);
    compare(`session.dcs[${i}].ipv4Addr`, dc.ipv4Addr, again.ipv4Addr);
    compare(`session.dcs[${i}].ipv6Addr`, dc.ipv6Addr, again.ipv6Addr);
  });
  const { user, state } = before.session;
  compare('session.user', user?.id, after.session.user?.id);
  compare('session.user.bot', user?.bot, after.session.user?.bot);
  compare('session.user.dc', user?.dc, after.session.user?.dc);
  compare('session.user.username', user?.username, after.session.user?.username);
  if (after.session.state === null) compare('session.state', state, null);
  else if (state === null || !after.session.state.with({ channels: state.channels }).equals(state)) {
    found.add('session.state');
  } else {
    compare('session.state.channels', after.session.state.equals(state), true);
    // Those that are left are right.
    const channels = new Map(state.channels.map(({ id, pts }) => [id, pts]));
    for (const { id, pts } of after.session.state.channels) expect(channels.get(id)).toBe(pts);
  }
  comparePeers(before, after, found, compare);
  compare('takeoutId', before.takeoutId, after.takeoutId);
  compare('phone', before.phone, after.phone);
  compare('apiId', before.apiId, after.apiId);
  compare('testMode', before.testMode, after.testMode);
  compare('mainDc', before.mainDc, after.mainDc);
  return [...found].sort();
}

function comparePeers(
  before: Snapshot,
  after: Snapshot,
  found: Set<string>,
  compare: (field: string, a: unknown, b: unknown) => void,
): void {
  const { user } = before.session;
  for (const peer of before.peers) {
    const again = [...after.peers].find(({ kind, id }) => kind === peer.kind && id === peer.id);
    if (again === undefined) {
      found.add('peers');
      continue;
    }
    const isOwn = peer.kind === 'user' && peer.id === user?.id;
    const whole = isOwn ? withOwn(peer, user.username, before.phone) : peer;
    compare('peers.accessHash', peer.accessHash || null, again.accessHash);
    compare('peers.usernames', JSON.stringify(whole.usernames), JSON.stringify(again.usernames));
    compare('peers.phone', whole.phone, again.phone);
    compare('peers.name', peer.name, again.name);
    compare('peers.seen', peer.seen, again.seen);
    compare('peers.type', peer.bot, again.bot);
    compare('peers.type', peer.megagroup, again.megagroup);
  }
  expect(after.peers.length).toBeLessThanOrEqual(before.peers.length);
}

async function throughFile(snapshot: Snapshot, format: string, version: number) {
  const written = await write([snapshot], format, { version });
  const { snapshots } = await read({ bytes: written.files.get('')! });
  return { ...written, again: snapshots[0]! };
}

/** Why a snapshot cannot be written at all, if so. */
function obstacle(snapshot: Snapshot, format: string, version: number): boolean {
  const { session, mainDc, testMode } = snapshot;
  const main = session.dcs.find(({ id }) => id === mainDc) as DataCenter;
  const isTest = testMode ?? (main.ipv4Addr === usualAddress(main.id, true, 4) && main.ipv4Addr !== null);
  const isKnown = usualAddress(main.id, isTest, 4) !== null;
  if (format === 'pyrogram-string') {
    return main.auth === null || !isKnown || (version === 351 && session.user!.id >= 2 ** 32);
  }
  if (main.auth === null || isKnown) return false;
  return version !== 7 || (main.ipv4Addr === null && main.ipv6Addr === null);
}

describe.each([
  ['pyrogram-sqlite', 3],
  ['pyrogram-sqlite', 4],
  ['pyrogram-sqlite', 7],
  ['pyrogram-string', 362],
  ['pyrogram-string', 356],
  ['pyrogram-string', 351],
])('%s %i', (format, version) => {
  test('any snapshot comes back, but for exactly what was reported as lost', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(anyAccount, async (snapshot) => {
        let result: Awaited<ReturnType<typeof throughFile>>;
        try {
          result = await throughFile(snapshot, format, version);
        } catch (error) {
          expect(error).toBeInstanceOf(SessionError);
          expect((error as SessionError).code).toBe('CANNOT_HOLD');
          expect(obstacle(snapshot, format, version)).toBe(true);
          return;
        }
        expect(obstacle(snapshot, format, version)).toBe(false);
        compared++;
        const lost = [...new Set(result.losses.map(({ field }) => field))].sort();
        expect(differences(snapshot, result.again)).toEqual(lost);
        expect(result.again.origin).toMatchObject({ format, version });
      }),
      { numRuns: format === 'pyrogram-string' ? 1000 : 300 },
    );
    expect(compared).toBeGreaterThan(50);
  });
});

describe('files that are written', () => {
  test.each([
    [3, 'v3-pyrogram-2.0.106.session'],
    [4, 'v4-pyrofork-2.3.69.session'],
    [7, 'v7-kurigram-fresh.session'],
  ])('of version %i have the tables of the real library, to the letter', async (version, file) => {
    const { snapshots } = await read({ path: family.path(file) });
    const { files, losses } = await write(snapshots, 'pyrogram-sqlite', { version });
    expect(losses).toEqual([]);
    const schema = (bytes: Uint8Array) => {
      const db = nodeDriver.openImage(bytes);
      const rows = db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid').all();
      const [number] = db.prepare('SELECT number FROM version').all();
      db.close();
      return { rows, number };
    };
    expect(schema(files.get('')!)).toEqual(schema(family.bytes(file)));
    const header = (bytes: Uint8Array) => [...bytes.subarray(16, 24), ...bytes.subarray(44, 72)];
    expect(header(files.get('')!)).toEqual(header(family.bytes(file)));
  });

  test('hold the rows that the real library wrote, but for when it saved', async () => {
    const rowsOf = (bytes: Uint8Array, sql: string) => {
      const db = nodeDriver.openImage(bytes);
      const rows = db.prepare(sql, { bigint: true }).all();
      db.close();
      return rows;
    };
    for (const [version, file] of [
      [3, 'v3-pyrogram-2.0.106.session'],
      [3, 'v3-pyrogram-test-mode.session'],
      [4, 'v4-pyrofork-2.3.69.session'],
    ] as const) {
      const { snapshots } = await read({ path: family.path(file) });
      const { files } = await write(snapshots, 'pyrogram-sqlite', { version });
      for (const sql of [
        'SELECT dc_id, api_id, test_mode, auth_key, user_id, is_bot FROM sessions',
        'SELECT * FROM peers ORDER BY id',
        ...(version === 4 ? ['SELECT id, pts, ifnull(qts, 0), ifnull(seq, 0) FROM update_state'] : []),
      ]) {
        expect(rowsOf(files.get('')!, sql), sql).toEqual(rowsOf(family.bytes(file), sql));
      }
    }
  });

  const key = testKey('written');
  const dc = { id: 2, auth: key };
  const user = { id: 5, dc: 2, bot: false };
  const peer = { name: null, phone: null, seen: 7 };

  test('a session that was never used is a file that was never used', async () => {
    const { again } = await throughFile(snapshotOf(new Session()), 'pyrogram-sqlite', 3);
    const { snapshots } = await read({ path: family.path('v3-pyrogram-fresh.session') });
    const { notes: _, ...fresh } = snapshots[0]!;
    expect(again).toMatchObject({ ...fresh, session: {} });
    expect(again.session.equals(fresh.session)).toBe(true);
  });

  test('a key without a user is refused: Pyrogram would throw it away', async () => {
    const snapshot = snapshotOf(new Session({ dcs: [dc] }));
    for (const version of [3, 4, 7]) {
      const call = () => write([snapshot], 'pyrogram-sqlite', { version });
      const error = await failure(call, 'CANNOT_HOLD', 'session.user');
      expect(error.message).toMatch(/throw its key away/);
    }
    await failure(() => write([snapshot], 'pyrogram-string'), 'CANNOT_HOLD', 'session.user');
    const { snapshots } = await read({ path: family.path('v3-pyrogram-key-no-user.session') });
    await failure(() => write(snapshots, 'pyrogram-sqlite'), 'CANNOT_HOLD', 'session.user');
  });

  test('a data centre that Pyrogram does not know is refused where no address is stored', async () => {
    const dcs = [{ id: 7, auth: key, ipv4Addr: '1.2.3.4:5' }];
    const snapshot = snapshotOf(new Session({ dcs, user: { ...user, dc: 7 } }));
    await failure(() => write([snapshot], 'pyrogram-sqlite', { version: 3 }), 'CANNOT_HOLD', 'session.dcs');
    await failure(() => write([snapshot], 'pyrogram-string'), 'CANNOT_HOLD', 'session.dcs');
    const { again, losses } = await throughFile(snapshot, 'pyrogram-sqlite', 7);
    expect({ dcs: again.session.dcs, losses }).toMatchObject({
      dcs: [{ id: 7, ipv4Addr: '1.2.3.4:5' }],
      losses: [],
    });
    const onTest = snapshotOf(new Session({ dcs: [{ id: 4, auth: key }], user: { ...user, dc: 4 } }), {
      testMode: true,
    });
    const error = await failure(() => write([onTest], 'pyrogram-sqlite'), 'CANNOT_HOLD', 'session.dcs');
    expect(error.message).toMatch(/test servers/);
  });

  test('what was not known is assumed and noted', async () => {
    const peers: Peer[] = [
      { ...peer, kind: 'user', id: 9, accessHash: 1n, usernames: [] },
      { ...peer, kind: 'channel', id: 8, accessHash: 2n, usernames: [] },
    ];
    const snapshot = snapshotOf(new Session({ dcs: [dc], user }), { peers });
    const { notes, again } = await throughFile(snapshot, 'pyrogram-sqlite', 7);
    expect(notes.join('\n')).toMatch(/production was written/);
    expect(notes.join('\n')).toMatch(/149\.154\.167\.51:443, was written/);
    expect(notes.join('\n')).toMatch(/Of 2 peers it is not known whether they are bots/);
    expect([...again.peers]).toMatchObject([{ megagroup: false }, { bot: false }]);
    const string = await write([snapshot], 'pyrogram-string');
    expect(string.notes.join()).toMatch(/0 was written.*api_id/);
  });

  test('usernames go where each library looks them up', async () => {
    const usernames = ['Main', 'second'];
    const own: Peer = { ...peer, kind: 'user', id: 5, accessHash: 1n, usernames: ['second'] };
    const peers: Peer[] = [
      own,
      { ...peer, kind: 'channel', id: 8, accessHash: 2n, usernames, megagroup: true },
    ];
    const session = new Session({ dcs: [dc], user: { ...user, username: 'me' } });
    const usernamesIn = async (version: PyrogramVersion) => {
      const { again, losses } = await throughFile(
        snapshotOf(session, { peers, testMode: false }),
        'pyrogram-sqlite',
        version,
      );
      expect(again.session.user!.username).toBe('me');
      return [
        [...again.peers].map((one) => one.usernames),
        losses.map(({ field }) => field),
        again.extra.usernames,
      ];
    };
    expect(await usernamesIn(3)).toEqual([[['main'], ['me']], ['peers.usernames'], undefined]);
    // A name that two have is kept for the first: Pyrofork's table has each once.
    expect(await usernamesIn(4)).toEqual([
      [['main'], ['me', 'second']],
      ['peers.usernames'],
      [{ peerId: 5, username: 'second' }],
    ]);
    expect((await usernamesIn(7))[0]).toEqual([
      ['main', 'second'],
      ['me', 'second'],
    ]);
  });

  test('values that no library wrote are refused by field', async () => {
    const write1 = (fields: Partial<Snapshot>) => () =>
      write([snapshotOf(new Session({ dcs: [dc], user }), fields)], 'pyrogram-sqlite');
    const one = { ...peer, kind: 'user', id: 9, accessHash: 1n, usernames: [] } as Peer;
    await failure(write1({ apiId: 2 ** 32 }), 'INVALID_VALUE', 'snapshot.apiId');
    await failure(write1({ apiId: -1 }), 'INVALID_VALUE', 'snapshot.apiId');
    await failure(
      write1({ peers: [{ ...one, accessHash: 2n ** 63n }] }),
      'INVALID_VALUE',
      'peers[0].accessHash',
    );
    await failure(
      write1({ peers: [{ ...one, usernames: 'x' as never }] }),
      'INVALID_VALUE',
      'peers[0].usernames',
    );
    await failure(
      write1({ peers: [{ ...one, usernames: [5 as never] }] }),
      'INVALID_VALUE',
      'peers[0].usernames',
    );
    await failure(() => write([], 'pyrogram-sqlite'), 'CANNOT_HOLD');
    for (const version of [1, 2, 5, 6, 8]) {
      const call = () => write([snapshotOf(new Session())], 'pyrogram-sqlite', { version });
      await failure(call, 'UNSUPPORTED', 'version');
    }
    await failure(() => write([snapshotOf(new Session())], 'pyrogram-json'), 'UNSUPPORTED');
  });

  test('the state is written where the library has one, and lost elsewhere', async () => {
    const { snapshots } = await read({ path: family.path('v7-kurigram-fresh.session') });
    const { state } = snapshots[0]!.session;
    for (const version of [4, 7]) {
      const { again, losses } = await throughFile(snapshots[0]!, 'pyrogram-sqlite', version);
      expect(again.session.state!.equals(state!)).toBe(true);
      expect(losses).toEqual([]);
    }
    const { again, losses } = await throughFile(snapshots[0]!, 'pyrogram-sqlite', 3);
    expect(again.session.state).toBeNull();
    expect(losses.map(({ field }) => field)).toEqual(['session.state']);
  });
});
