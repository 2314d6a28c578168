/** A schema 10 file is read strictly: what cannot be meant is refused by field, what is harmless is noted. */

import { describe, expect, test } from 'vitest';
import { ChannelState, DataCenter, Session, UpdateState, User } from '../../src/session.ts';
import { buildDatabase } from '../../src/sqlite/build.ts';
import type { SqlDatabase, SqlValue } from '../../src/sqlite/driver.ts';
import { nodeDriver } from '../../src/sqlite/driver-node.ts';
import { tablesOf } from '../../src/sqlite/tables.ts';
import { readTelethonV2, TELETHON_V2_SCHEMA, type TelethonV2 } from '../../src/sqlite/telethon-v2.ts';
import { failure } from '../support/errors.ts';
import { fixture } from '../support/telethon-fixtures.ts';

const KEY = new Uint8Array(256).fill(7);

/** A database with the given schema (ours by default) and content. */
function database(fill: (db: SqlDatabase) => void, schema = TELETHON_V2_SCHEMA): SqlDatabase {
  const db = nodeDriver.open(':memory:', 'create');
  for (const sql of schema) db.exec(sql);
  fill(db);
  return db;
}

function insert(db: SqlDatabase, table: string, ...values: SqlValue[]): void {
  db.prepare(`INSERT INTO ${table} VALUES (${values.map(() => '?').join(', ')})`).run(...values);
}

const readFilled = (fill: (db: SqlDatabase) => void): TelethonV2 => readTelethonV2(database(fill));

test('the schema is the real library’s, byte for byte', () => {
  const sqlOf = (db: SqlDatabase) =>
    db.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY rowid').all();
  const real = nodeDriver.openImage(fixture('v10-full.session'));
  expect(sqlOf(database(() => {}))).toEqual(sqlOf(real));
});

test('a session is read as it was written, channels by id', () => {
  const { session, exact, notes, extra, version } = readFilled((db) => {
    insert(db, 'datacenter', 4, null, '2001:67c:4e8:f004::a:443', null);
    insert(db, 'datacenter', 2, '149.154.167.51:443', null, KEY);
    insert(db, 'user', 9007199254740991, 2, 1, 'alice');
    insert(db, 'state', 1, 2, 3, 4);
    insert(db, 'channelstate', 9007199254740991, 6);
    insert(db, 'channelstate', 5, 0);
  });
  const expected = new Session({
    dcs: [
      { id: 2, ipv4Addr: '149.154.167.51:443', auth: KEY },
      { id: 4, ipv6Addr: '2001:67c:4e8:f004::a:443' },
    ],
    user: { id: 9007199254740991, dc: 2, bot: true, username: 'alice' },
    state: {
      pts: 1,
      qts: 2,
      date: 3,
      seq: 4,
      channels: [
        { id: 5, pts: 0 },
        { id: 9007199254740991, pts: 6 },
      ],
    },
  });
  expect(session.equals(expected)).toBe(true);
  expect(session.dcs.map((dc) => dc.id)).toEqual([2, 4]);
  expect(session.dcs[0]).toBeInstanceOf(DataCenter);
  expect(session.user).toBeInstanceOf(User);
  expect(session.state).toBeInstanceOf(UpdateState);
  expect(session.state!.channels[0]).toBeInstanceOf(ChannelState);
  expect({ exact, notes, extra, version }).toEqual({ exact: true, notes: [], extra: {}, version: 10 });
});

describe('what is tolerated is noted, and makes the next save write everything', () => {
  const cases: [string, (db: SqlDatabase) => void, RegExp, (session: Session) => unknown, unknown][] = [
    [
      'an empty key',
      (db) => insert(db, 'datacenter', 2, null, null, new Uint8Array(0)),
      /no bytes/,
      (session) => session.dcs[0]!.auth,
      null,
    ],
    [
      'what the real migration leaves of a file that was never connected',
      (db) => insert(db, 'datacenter', 0, 'None:None', null, new Uint8Array(0)),
      /number 0/,
      (session) => session.dcs,
      [],
    ],
    [
      'an IPv6 address in the place of the IPv4 address',
      (db) => insert(db, 'datacenter', 2, '2001:67c:4e8:f002::a:443', null, KEY),
      /IPv6 address in the place/,
      (session) => [session.dcs[0]!.ipv4Addr, session.dcs[0]!.ipv6Addr],
      [null, '2001:67c:4e8:f002::a:443'],
    ],
    [
      'a second user',
      (db) => {
        insert(db, 'user', 8, 2, 0, null);
        insert(db, 'user', 5, 1, 1, 'eve');
      },
      /more than one user/,
      (session) => session.user!.id,
      5,
    ],
    [
      'a second state',
      (db) => {
        insert(db, 'state', 1, 1, 1, 1);
        insert(db, 'state', 2, 2, 2, 2);
      },
      /more than one update state/,
      (session) => session.state!.pts,
      1,
    ],
    [
      'channels without a state',
      (db) => insert(db, 'channelstate', 1, 1),
      /no update state/,
      (session) => session.state,
      null,
    ],
    [
      'a bot flag that is neither 0 nor 1',
      (db) => insert(db, 'user', 5, 1, 2, null),
      /bot flag/,
      (session) => session.user!.bot,
      true,
    ],
  ];
  test.each(cases)('%s', (_, fill, note, pick, expected) => {
    const { session, exact, notes } = readFilled(fill);
    expect(pick(session)).toEqual(expected);
    expect(exact).toBe(false);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(note);
  });

  test('a host name in place of an address is kept beside the session', () => {
    const { session, exact, extra } = readFilled((db) =>
      insert(db, 'datacenter', 2, 'venus.web.telegram.org:443', null, KEY),
    );
    expect(session.dcs[0]!.ipv4Addr).toBeNull();
    expect(extra).toEqual({ hostNames: [{ dc: 2, address: 'venus.web.telegram.org:443' }] });
    expect(exact).toBe(false);
  });

  test('other objects in the file, and another declaration of the same columns, change nothing', () => {
    const db = database(() => {}, [
      'CREATE TABLE version(version INTEGER PRIMARY KEY, note TEXT)',
      'CREATE TABLE "datacenter"(id integer primary key, ipv4_addr text, ipv6_addr text, auth blob) strict',
      'CREATE TABLE user(id INTEGER PRIMARY KEY, dc, bot, username) WITHOUT ROWID',
      'CREATE TABLE state(pts, qts, date, seq)',
      'CREATE TABLE channelstate(id INTEGER PRIMARY KEY, pts)',
      'CREATE TABLE mine(a)',
      'CREATE VIEW v AS SELECT * FROM user',
      'CREATE INDEX i ON datacenter(ipv4_addr)',
      "INSERT INTO version VALUES (10, 'x'), (12, NULL)",
    ]);
    expect(readTelethonV2(db)).toMatchObject({ version: 10, exact: true, notes: [] });
  });
});

describe('what cannot be meant is refused by field', () => {
  const huge = 2n ** 53n;
  const cases: [string, string, (db: SqlDatabase) => void][] = [
    [
      'datacenter[0].id',
      'a data centre 0 with an address',
      (db) => insert(db, 'datacenter', 0, '1.2.3.4:5', null, null),
    ],
    [
      'datacenter[2].auth',
      'a key of 255 bytes',
      (db) => insert(db, 'datacenter', 2, null, null, KEY.slice(1)),
    ],
    [
      'datacenter[2].auth',
      'a key that is text',
      (db) => insert(db, 'datacenter', 2, null, null, 'x'.repeat(256)),
    ],
    [
      'datacenter[2].auth',
      'a key of zeros',
      (db) => insert(db, 'datacenter', 2, null, null, new Uint8Array(256)),
    ],
    [
      'datacenter[2].ipv4_addr',
      'an address without port',
      (db) => insert(db, 'datacenter', 2, '1.2.3.4', null, null),
    ],
    ['datacenter[2].ipv4_addr', 'an address of bytes', (db) => insert(db, 'datacenter', 2, KEY, null, null)],
    [
      'datacenter[2].ipv6_addr',
      'IPv4 for IPv6',
      (db) => insert(db, 'datacenter', 2, null, '1.2.3.4:5', null),
    ],
    [
      'datacenter[2147483648].id',
      'a number of 33 bits',
      (db) => insert(db, 'datacenter', 2n ** 31n, null, null, null),
    ],
    ['user.id', 'an id beyond 2^53', (db) => insert(db, 'user', huge, 2, 0, null)],
    ['user.dc', 'a data centre that is text', (db) => insert(db, 'user', 1, 'two', 0, null)],
    ['user.bot', 'a bot flag that is text', (db) => insert(db, 'user', 1, 2, 'yes', null)],
    ['user.username', 'a username of bytes', (db) => insert(db, 'user', 1, 2, 0, KEY)],
    ['state.qts', 'a negative counter', (db) => insert(db, 'state', 1, -1, 1, 1)],
    ['state.date', 'a fraction', (db) => insert(db, 'state', 1, 1, 1.5, 1)],
    ['state.seq', 'a counter beyond 2^53', (db) => insert(db, 'state', 1, 1, 1, huge)],
    [
      'channelstate[7].pts',
      'a counter beyond 2^53',
      (db) => {
        insert(db, 'state', 1, 1, 1, 1);
        insert(db, 'channelstate', 6, 1);
        insert(db, 'channelstate', 7, huge);
      },
    ],
    [
      'channelstate[-7].id',
      'a marked id',
      (db) => {
        insert(db, 'state', 1, 1, 1, 1);
        insert(db, 'channelstate', -7, 1);
      },
    ],
    [
      'channelstate[7].pts',
      'a counter that is text',
      (db) => {
        insert(db, 'state', 1, 1, 1, 1);
        insert(db, 'channelstate', 7, 'x');
      },
    ],
  ];
  test.each(cases)('%s: %s', async (field, _, fill) => {
    const db = database(fill);
    await failure(() => readTelethonV2(db), 'INVALID_VALUE', field);
  });

  test('NULL where there must be a value', async () => {
    const loose = TELETHON_V2_SCHEMA.map((sql) => sql.replaceAll(' not null', ''));
    const fill = (db: SqlDatabase) => {
      insert(db, 'state', 1, 1, 1, 1);
      insert(db, 'channelstate', 7, null);
    };
    await failure(() => readTelethonV2(database(fill, loose)), 'INVALID_VALUE', 'channelstate[7].pts');
    const state = (db: SqlDatabase) => insert(db, 'state', 1, null, 1, 1);
    await failure(() => readTelethonV2(database(state, loose)), 'INVALID_VALUE', 'state.qts');
  });
});

describe('a file that is not of this schema is refused', () => {
  test.each([
    ['BAD_VERSION', 'SELECT 1'],
    ['BAD_VERSION', 'INSERT INTO version VALUES (9)'],
    ['BAD_VERSION', 'INSERT INTO version VALUES (7)'],
    ['BAD_VERSION', 'INSERT INTO version VALUES (-1)'],
    [
      'BAD_VERSION',
      'DROP TABLE version; CREATE TABLE version(version); INSERT INTO version VALUES (NULL), (10)',
    ],
    [
      'BAD_VERSION',
      "DROP TABLE version; CREATE TABLE version(version TEXT); INSERT INTO version VALUES ('10')",
    ],
    [
      'BAD_VERSION',
      'DROP TABLE version; CREATE TABLE version(version REAL); INSERT INTO version VALUES (10)',
    ],
    ['NEWER_VERSION', 'INSERT INTO version VALUES (11)'],
    ['NEWER_VERSION', 'INSERT INTO version VALUES (9223372036854775807)'],
    ['DAMAGED', 'DROP TABLE version; CREATE TABLE version(number)'],
    ['DAMAGED', 'DROP TABLE version'],
    ['DAMAGED', 'DROP TABLE channelstate'],
    ['DAMAGED', 'ALTER TABLE datacenter ADD COLUMN note TEXT'],
    ['DAMAGED', 'ALTER TABLE state ADD COLUMN note TEXT'],
    ['DAMAGED', 'DROP TABLE user; CREATE TABLE user(dc, id, bot, username)'],
    ['DAMAGED', 'DROP TABLE channelstate; CREATE TABLE channelstate(id INTEGER PRIMARY KEY, pts AS (id))'],
    ['DAMAGED', 'DROP TABLE channelstate; CREATE VIEW channelstate AS SELECT 1 AS id, 1 AS pts'],
  ] as const)('%s: %s', async (code, sql) => {
    // Where the case is not about the number, it is right.
    const clear = code === 'DAMAGED' ? 'SELECT 1' : 'DELETE FROM version';
    await failure(() => readTelethonV2(database((db) => db.exec(`${clear}; ${sql}`))), code);
  });

  test('files of Telethon v1 and of other programs have errors of their own', async () => {
    const v1 = nodeDriver.openImage(fixture('v7-1.37.0-self.session'));
    await failure(() => readTelethonV2(v1), 'NEEDS_MIGRATION');
    const other = nodeDriver.openImage(fixture('bad-other-sqlite.session'));
    await failure(() => readTelethonV2(other), 'FOREIGN_DATABASE');
    await failure(() => readTelethonV2(database(() => {}, [])), 'FOREIGN_DATABASE');
  });
});

test('a table whose ids do not grow is damaged', async () => {
  const bytes = await buildDatabase((db) => {
    for (const sql of TELETHON_V2_SCHEMA) db.exec(sql);
    insert(db, 'state', 1, 1, 1, 1);
    insert(db, 'channelstate', 51, 77);
    insert(db, 'channelstate', 52, 77);
  });
  // A cell: length of the row, its id, then a header of three bytes, and 77.
  const cell = Buffer.from(bytes).indexOf(Buffer.of(4, 52, 3, 0, 1, 77));
  expect(cell).toBeGreaterThan(0);
  bytes[cell + 1] = 51;
  await failure(() => readTelethonV2(nodeDriver.openImage(bytes)), 'DAMAGED', 'channelstate[51].id');
});

test('the schema of a file that we or the real library wrote costs one statement', () => {
  const db = nodeDriver.openImage(fixture('v10-full.session'));
  let statements = 0;
  const counting: SqlDatabase = {
    ...db,
    prepare(sql, options) {
      statements++;
      return db.prepare(sql, options);
    },
  };
  expect(tablesOf(counting).size).toBe(5);
  expect(statements).toBe(1);
});
