/** Telethon v1 files, schemas 1 to 8: nothing in them is lost, and nothing is guessed. */

import { describe, expect, test } from 'vitest';
import { telethonV1Schema } from '../../src/formats/telethon/v1-write.ts';
import type { SqlDatabase, SqlValue } from '../../src/sqlite/driver.ts';
import { nodeDriver } from '../../src/sqlite/driver-node.ts';
import { readTelethonV1 } from '../../src/sqlite/telethon-v1.ts';
import { failure } from '../support/errors.ts';

const KEY = new Uint8Array(256).fill(7);
const ADDRESS = '149.154.167.51';

function database(version: 7 | 8, fill: (db: SqlDatabase) => void): SqlDatabase {
  const db = nodeDriver.open(':memory:', 'create');
  for (const sql of telethonV1Schema(version)) db.exec(sql);
  fill(db);
  return db;
}

function insert(db: SqlDatabase, table: string, ...values: SqlValue[]): void {
  db.prepare(`INSERT INTO ${table} VALUES (${values.map(() => '?').join(', ')})`).run(...values);
}

const readFilled = (fill: (db: SqlDatabase) => void) => readTelethonV1(database(7, fill));

describe('sessions', () => {
  test('an IPv6 address goes where IPv6 addresses belong', () => {
    const { session } = readFilled((db) => insert(db, 'sessions', 2, '2001:67c:4e8:f002::a', 443, KEY, null));
    expect(session.dcs[0]).toMatchObject({ ipv4Addr: null, ipv6Addr: '2001:67c:4e8:f002::a:443' });
  });

  test('a host name is kept beside the session, and noted', () => {
    const file = readFilled((db) => insert(db, 'sessions', 2, 'venus.web.telegram.org', 443, KEY, null));
    expect(file.session.dcs[0]).toMatchObject({ id: 2, ipv4Addr: null, ipv6Addr: null });
    expect(file).toMatchObject({ serverAddress: 'venus.web.telegram.org', port: 443 });
    expect(file.notes.join()).toMatch(/host name/);
  });

  test('a file that was never connected has no data centre', () => {
    const { session, mainDc } = readFilled((db) =>
      insert(db, 'sessions', 0, null, null, new Uint8Array(0), null),
    );
    expect({ dcs: session.dcs, mainDc }).toEqual({ dcs: [], mainDc: null });
  });

  test.each([
    [1n, null, 1n],
    [-(2n ** 63n), null, -(2n ** 63n)],
    [null, 5n, 5n],
    [new Uint8Array(0), null, null],
    [KEY, new Uint8Array(0), null],
    [null, KEY, null],
  ])(
    'schema 8: of its last two columns (%o, %o) only an integer is a takeout, and none is the key',
    (a, b, id) => {
      const file = readTelethonV1(
        database(8, (db) => insert(db, 'sessions', 2, ADDRESS, 443, new Uint8Array(0), a, b)),
      );
      expect(file.takeoutId).toBe(id);
      expect(file.session.dcs[0]!.auth).toBeNull();
    },
  );

  test.each<[string, SqlValue[]]>([
    ['sessions[2].auth_key', [2, ADDRESS, 443, KEY.slice(1), null]],
    ['sessions[2].auth_key', [2, ADDRESS, 443, 'x'.repeat(256), null]],
    ['sessions[2].port', [2, ADDRESS, 65536, KEY, null]],
    ['sessions[2].port', [2, ADDRESS, 443.5, KEY, null]],
    ['sessions[2].port', [2, ADDRESS, null, KEY, null]],
    ['sessions[2].server_address', [2, '149.154.167.51:443', 443, KEY, null]],
    ['sessions[2].server_address', [2, KEY, 443, KEY, null]],
    ['sessions[0].dc_id', [0, ADDRESS, 443, KEY, null]],
    ['sessions[4294967296].dc_id', [2n ** 32n, ADDRESS, 443, KEY, null]],
    ['sessions[2].takeout_id', [2, ADDRESS, 443, KEY, 'x']],
  ])('%s is checked', async (field, row) => {
    await failure(() => readFilled((db) => insert(db, 'sessions', ...row)), 'INVALID_VALUE', field);
  });
});

describe('update_state', () => {
  const state = (...rows: SqlValue[][]) =>
    readFilled((db) => {
      for (const row of rows) insert(db, 'update_state', ...row);
    });

  test('row 0 is the account; the dates of channels do not matter', () => {
    const { session, notes } = state([0, 1, 2, 3, 4], [7, 8, 0, 1700000000.25, 0], [9, 8, 0, 'x', 0]);
    expect(session.state).toMatchObject({ pts: 1, qts: 2, date: 3, seq: 4 });
    expect(session.state!.channels).toMatchObject([
      { id: 7, pts: 8 },
      { id: 9, pts: 8 },
    ]);
    expect(notes).toEqual([]);
  });

  test('channels without row 0 are not lost', () => {
    const { session, notes } = state([7, 8, 0, 0, 0]);
    expect(session.state).toMatchObject({ pts: 0, qts: 0, date: 0, seq: 0, channels: [{ id: 7, pts: 8 }] });
    expect(notes.join()).toMatch(/all zeros/);
  });

  test('no rows are no state', () => {
    expect(state().session.state).toBeNull();
  });

  test('a fraction of a second in the account’s date is dropped, and noted', () => {
    const { session, notes } = state([0, 1, 2, 1700000000.75, 4]);
    expect(session.state!.date).toBe(1700000000);
    expect(notes.join()).toMatch(/fraction/);
  });

  test.each<[string, SqlValue[]]>([
    ['update_state[0].pts', [0, null, 2, 3, 4]],
    ['update_state[0].qts', [0, 1, 2.5, 3, 4]],
    ['update_state[0].date', [0, 1, 2, 'x', 4]],
    ['update_state[0].seq', [0, 1, 2, 3, 2n ** 53n]],
    ['update_state[5].pts', [5, -1, 0, 0, 0]],
    ['update_state[-1000000000005].id', [-1000000000005, 1, 0, 0, 0]],
  ])('%s is checked', async (field, row) => {
    await failure(() => state(row), 'INVALID_VALUE', field);
  });
});

describe('entities', () => {
  const entities = (...rows: SqlValue[][]) =>
    readFilled((db) => {
      insert(db, 'sessions', 4, ADDRESS, 443, KEY, null);
      for (const row of rows) insert(db, 'entities', ...row);
    });

  test('marked ids become peers, with hashes of 64 bits to the last bit', () => {
    const { peers } = entities(
      [5, -(2n ** 63n), 'alice', 79991234567n, 'Alice', 17],
      [-6, 0, null, null, 'Group', null],
      [-1000000000007, 2n ** 63n - 1n, null, null, null, null],
    );
    expect([...peers]).toEqual([
      {
        kind: 'channel',
        id: 7,
        accessHash: 2n ** 63n - 1n,
        usernames: [],
        phone: null,
        name: null,
        seen: null,
      },
      { kind: 'chat', id: 6, accessHash: null, usernames: [], phone: null, name: 'Group', seen: null },
      {
        kind: 'user',
        id: 5,
        accessHash: -(2n ** 63n),
        usernames: ['alice'],
        phone: '79991234567',
        name: 'Alice',
        seen: 17,
      },
    ]);
  });

  test('the own user of row 0 is recovered with its username and phone, and is no peer by that id', () => {
    const file = entities([0, 5, null, null, null, null], [5, 9, 'alice', 7999n, 'Alice', null]);
    expect(file.session.user).toMatchObject({ id: 5, dc: 4, bot: false, username: 'alice' });
    expect(file).toMatchObject({ selfUserId: 5, selfUsername: 'alice', phone: '7999' });
    expect([...file.peers].map(({ id }) => id)).toEqual([5]);
    expect(file.notes.join()).toMatch(/whether the account is a bot/);
  });

  test('a row 0 that points nowhere yet is nobody', () => {
    expect(entities([0, 0, null, null, null, null]).session.user).toBeNull();
  });

  test.each<[string, SqlValue[]]>([
    ['entities[5].hash', [5, 'x', null, null, null, null]],
    ['entities[5].hash', [5, 1.5, null, null, null, null]],
    ['entities[5].username', [5, 1, KEY, null, null, null]],
    ['entities[5].name', [5, 1, null, null, 'x'.repeat(5000), null]],
    ['entities[9007199254740992].id', [2n ** 53n, 1, null, null, null, null]],
    ['entities[0].hash', [0, -5, null, null, null, null]],
  ])('%s is checked', async (field, row) => {
    await failure(() => entities(row), 'INVALID_VALUE', field);
  });
});

describe('the schema', () => {
  test.each([
    ['BAD_VERSION', 'UPDATE version SET version = 0'],
    ['BAD_VERSION', 'DELETE FROM version'],
    ['NEWER_VERSION', 'UPDATE version SET version = 9'],
    ['DAMAGED', 'DROP TABLE entities'],
    ['DAMAGED', 'DROP TABLE update_state'],
    ['DAMAGED', 'DROP TABLE version'],
    ['DAMAGED', 'ALTER TABLE sessions DROP COLUMN port'],
  ] as const)('%s: %s', async (code, sql) => {
    await failure(() => readFilled((db) => db.exec(sql)), code);
  });

  test('a file that was upgraded half-way is read by the columns that it has', () => {
    const file = readFilled((db) => {
      insert(db, 'sessions', 2, ADDRESS, 443, KEY, 77);
      db.exec('UPDATE version SET version = 4; ALTER TABLE entities DROP COLUMN date');
    });
    expect(file).toMatchObject({ version: 4, takeoutId: 77n });
  });
});
