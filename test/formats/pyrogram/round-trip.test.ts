/** What is written as Pyrogram is read again; what is not, was reported as lost, and nothing else was. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionError } from '../../../src/errors.ts';
import { usualAddress } from '../../../src/formats/data-centers.ts';
import { read, type Snapshot, snapshotOf, write } from '../../../src/formats/index.ts';
import type { PyrogramVersion } from '../../../src/formats/pyrogram/schema.ts';
import type { Peer } from '../../../src/peers.ts';
import { type DataCenter, Session } from '../../../src/session.ts';
import { nodeDriver } from '../../../src/sqlite/driver-node.ts';
import { anyAccount } from '../../support/arbitrary.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { testKey } from '../../support/sessions.ts';
import { expectExactLosses, type Through, throughFormat } from '../../support/through-format.ts';

const family = new Family('pyrogram');

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
        let result: Through;
        try {
          result = await throughFormat(snapshot, format, { version });
        } catch (error) {
          expect(error).toBeInstanceOf(SessionError);
          expect((error as SessionError).code).toBe('CANNOT_HOLD');
          expect(obstacle(snapshot, format, version)).toBe(true);
          return;
        }
        expect(obstacle(snapshot, format, version)).toBe(false);
        compared++;
        expectExactLosses(snapshot, result);
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
    const { again } = await throughFormat(snapshotOf(new Session()), 'pyrogram-sqlite', { version: 3 });
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
    const { again, losses } = await throughFormat(snapshot, 'pyrogram-sqlite', { version: 7 });
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
    const { notes, again } = await throughFormat(snapshot, 'pyrogram-sqlite', { version: 7 });
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
      const { again, losses } = await throughFormat(
        snapshotOf(session, { peers, testMode: false }),
        'pyrogram-sqlite',
        { version },
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
      const { again, losses } = await throughFormat(snapshots[0]!, 'pyrogram-sqlite', { version });
      expect(again.session.state!.equals(state!)).toBe(true);
      expect(losses).toEqual([]);
    }
    const { again, losses } = await throughFormat(snapshots[0]!, 'pyrogram-sqlite', { version: 3 });
    expect(again.session.state).toBeNull();
    expect(losses.map(({ field }) => field)).toEqual(['session.state']);
  });
});
