/** Session files of Pyrogram's family: read by the names of columns, and nothing in them can harm. */

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detect, read } from '../../../src/formats/index.ts';
import { readPyrogram } from '../../../src/formats/pyrogram/read.ts';
import { type PyrogramVersion, pyrogramSchema } from '../../../src/formats/pyrogram/schema.ts';
import { buildDatabase } from '../../../src/sqlite/build.ts';
import type { SqlDatabase, SqlValue } from '../../../src/sqlite/driver.ts';
import { nodeDriver } from '../../../src/sqlite/driver-node.ts';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { failure } from '../../support/errors.ts';
import { stateOf, temporaryFolder } from '../../support/folder.ts';
import { Family } from '../../support/format-fixtures.ts';
import { testKey } from '../../support/sessions.ts';

const family = new Family('pyrogram');
const KEY = testKey('pyrogram');

function insert(db: SqlDatabase, table: string, row: Record<string, SqlValue>): void {
  const marks = Object.keys(row).map(() => '?');
  const sql = `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${marks.join(', ')})`;
  db.prepare(sql).run(...Object.values(row));
}

const SESSION = { dc_id: 2, test_mode: 0, auth_key: KEY, date: 9, user_id: 5, is_bot: 1 };
const PEER = { id: 7, access_hash: 1n, type: 'user', last_update_on: 3 };

/** A file that is right but for what is done to it. */
function filled(
  version: PyrogramVersion,
  session: Record<string, SqlValue>,
  more: (db: SqlDatabase) => void = () => {},
) {
  const db = nodeDriver.open(':memory:', 'create');
  for (const sql of pyrogramSchema(version)) db.exec(sql);
  insert(db, 'version', { number: version });
  insert(db, 'sessions', { ...SESSION, ...session });
  more(db);
  return db;
}

const readFilled = (...args: Parameters<typeof filled>) => readPyrogram(filled(...args));

describe('sessions', () => {
  test.each<[string, SqlValue, string?]>([
    ['auth_key', KEY.slice(1)],
    ['auth_key', 'x'.repeat(256)],
    ['auth_key', new Uint8Array(256)],
    ['auth_key', 5],
    ['test_mode', 2],
    ['test_mode', 'x'],
    ['is_bot', -1],
    ['is_bot', 0.5],
    ['user_id', -5],
    ['user_id', 2n ** 53n],
    ['user_id', 'x'],
    ['api_id', 2 ** 32],
    ['api_id', -1],
    ['date', 'x'],
    ['dc_id', 0],
    ['dc_id', 2 ** 31],
    ['server_address', '149.154.167.51:443'],
    ['server_address', KEY],
    ['port', 65536],
    ['port', 'x'],
  ])('%s is checked: %o', async (column, value) => {
    const row = { server_address: '149.154.167.51', port: 443, [column]: value };
    await failure(() => readFilled(7, row), 'INVALID_VALUE', `sessions.${column}`);
  });

  test('an address needs its port, and a host name is no address', async () => {
    const address = { server_address: '149.154.167.51', port: null };
    await failure(() => readFilled(7, address), 'INVALID_VALUE', 'sessions.port');
    const file = readFilled(7, { server_address: 'venus.web.telegram.org', port: 443 });
    expect(file).toMatchObject({ serverAddress: 'venus.web.telegram.org', port: 443 });
    expect(file.session.dcs[0]!.ipv4Addr).toBeNull();
    expect(file.notes.join()).toMatch(/host name/);
    const six = readFilled(7, { server_address: '2001:67c:4e8:f002::a', port: 443 });
    expect(six.session.dcs[0]).toMatchObject({ ipv4Addr: null, ipv6Addr: '2001:67c:4e8:f002::a:443' });
  });

  test('"user unknown", "bot unknown" and "not logged in" are told apart', () => {
    const notes = (row: Record<string, SqlValue>) => readFilled(3, row).notes.join();
    expect(notes({})).toBe('');
    expect(notes({ user_id: null, is_bot: null })).toMatch(/does not say whose/);
    expect(notes({ user_id: 0 })).toMatch(/does not say whose/);
    expect(notes({ is_bot: null })).toMatch(/whether the account is a bot/);
    expect(notes({ auth_key: null, user_id: null, is_bot: null })).toBe(
      'The file has no key: nobody is logged in.',
    );
    expect(readFilled(3, { is_bot: null }).session.user).toMatchObject({ id: 5, bot: false });
    expect(readFilled(3, { user_id: 0 }).session.user).toBeNull();
  });

  test('of several rows the first counts, as in the real libraries', () => {
    const file = readFilled(3, {}, (db) => insert(db, 'sessions', { ...SESSION, dc_id: 4, user_id: 6 }));
    expect(file.session.dcs).toHaveLength(1);
    expect(file.session.user!.id).toBe(5);
    expect(file.notes.join()).toMatch(/several rows/);
  });

  test('the addresses of an unreleased Pyrofork are read by name', () => {
    const db = filled(4, {}, (open) => {
      open.exec(
        'ALTER TABLE sessions ADD server_address TEXT; ALTER TABLE sessions ADD server_address_v6 TEXT',
      );
      open.exec('ALTER TABLE sessions ADD server_port INTEGER');
      open.exec(
        "UPDATE sessions SET server_address = '1.2.3.4', server_address_v6 = '2001:db8::1', server_port = 5",
      );
    });
    const { fork, session } = readPyrogram(db);
    expect(fork).toBe('pyrofork');
    expect(session.dcs[0]).toMatchObject({ ipv4Addr: '1.2.3.4:5', ipv6Addr: '2001:db8::1:5' });
  });
});

describe('peers', () => {
  const readPeers = (version: PyrogramVersion, ...rows: Record<string, SqlValue>[]) =>
    readFilled(version, {}, (db) => {
      for (const row of rows) insert(db, 'peers', { ...PEER, ...row });
    });

  test('ids are bare, and types tell bots, groups, channels and supergroups apart', () => {
    const { peers, notes } = readPeers(
      3,
      { id: 7 },
      { id: 8, type: 'bot' },
      { id: -9, type: 'group', access_hash: 0 },
      {
        id: -1000000000010,
        type: 'channel',
        access_hash: -(2n ** 63n),
        username: 'news',
        phone_number: '49',
      },
      { id: -1000000000011, type: 'supergroup', access_hash: null, last_update_on: 0 },
    );
    const none = { name: null, phone: null, usernames: [], seen: 3 };
    expect([...peers]).toEqual([
      { ...none, kind: 'channel', id: 11, accessHash: null, megagroup: true, seen: null },
      {
        ...none,
        kind: 'channel',
        id: 10,
        accessHash: -(2n ** 63n),
        megagroup: false,
        usernames: ['news'],
        phone: '49',
      },
      { ...none, kind: 'chat', id: 9, accessHash: null },
      { ...none, kind: 'user', id: 7, accessHash: 1n, bot: false },
      { ...none, kind: 'user', id: 8, accessHash: 1n, bot: true },
    ]);
    expect(notes).toEqual([]);
  });

  test('a channel of Pyrogram 0.15 has -100 before its id as text, which looks like a small group', () => {
    const [peer] = readPeers(3, { id: -100123456789, type: 'channel' }).peers;
    expect(peer).toMatchObject({ kind: 'channel', id: 123456789 });
    const [group] = readPeers(3, { id: -100123456, type: 'group' }).peers;
    expect(group).toMatchObject({ kind: 'chat', id: 100123456 });
  });

  test('what is odd about types and ids is noted', () => {
    const note = (row: Record<string, SqlValue>) => readPeers(7, row).notes.join();
    expect(note({ id: -1000000000010, type: 'forum' })).toMatch(/taken for supergroups/);
    expect(note({ type: 'something' })).toMatch(/type that is not known/);
    expect(note({ type: 'channel' })).toMatch(/the id counts/);
    expect(note({ id: 0 })).toMatch(/left out/);
    expect(note({ id: -1e12 })).toMatch(/left out/);
  });

  test.each<[string, SqlValue]>([
    ['id', 2n ** 53n],
    ['access_hash', 'x'],
    ['access_hash', 0.5],
    ['type', 5],
    ['type', KEY],
    ['type', 'x'.repeat(65)],
    ['username', 'x'.repeat(257)],
    ['username', 'a\0b'],
    ['phone_number', KEY],
  ])('%s is checked: %o', async (column, value) => {
    const at = column === 'id' ? 'peers[9007199254740992]' : 'peers[7]';
    await failure(() => readPeers(3, { [column]: value }), 'INVALID_VALUE', `${at}.${column}`);
  });

  test('the two tables of usernames are told apart, and the own names are found', () => {
    const pyrofork = readFilled(4, { user_id: 7 }, (db) => {
      insert(db, 'peers', { ...PEER, username: 'main', phone_number: '+49' });
      insert(db, 'usernames', { id: 'second', peer_id: 7 });
      insert(db, 'usernames', { id: 'main', peer_id: 7 });
      insert(db, 'usernames', { id: 'nobody', peer_id: 6 });
    });
    expect(pyrofork).toMatchObject({ fork: 'pyrofork', selfUsername: 'main', phone: null });
    expect([...pyrofork.peers][0]!.usernames).toEqual(['main', 'second']);
    expect(pyrofork.notes.join()).toMatch(/1 peers are only known by a username/);
    const kurigram = readFilled(7, { user_id: 7 }, (db) => {
      insert(db, 'peers', { ...PEER, phone_number: '49' });
      for (const username of ['one', 'two', null]) insert(db, 'usernames', { id: 7, username });
    });
    expect(kurigram).toMatchObject({ fork: 'kurigram', selfUsername: 'one', phone: '49' });
    expect([...kurigram.peers][0]!.usernames).toEqual(['one', 'two']);
  });
});

describe('update_state', () => {
  const readStates = (...rows: SqlValue[][]) =>
    readFilled(7, {}, (db) => {
      for (const [id, pts, qts, date, seq] of rows as [SqlValue, SqlValue, SqlValue, SqlValue, SqlValue][])
        insert(db, 'update_state', { id, pts, qts, date, seq });
    });

  test('NULL counts as 0, and channels have bare ids', () => {
    const { session, notes } = readStates(
      [0, 5, null, 6, null],
      [-1000000000010, 8, null, 9, null],
      [-1000000000011, null, null, null, null],
    );
    expect(session.state).toMatchObject({ pts: 5, qts: 0, date: 6, seq: 0 });
    expect(session.state!.channels).toMatchObject([
      { id: 11, pts: 0 },
      { id: 10, pts: 8 },
    ]);
    expect(notes).toEqual([]);
  });

  test('no rows are no state; channels alone, and rows of no channel, are noted', () => {
    expect(readStates().session.state).toBeNull();
    const alone = readStates([-1000000000010, 8, null, 9, null]);
    expect(alone.session.state).toMatchObject({ pts: 0, channels: [{ id: 10, pts: 8 }] });
    expect(alone.notes.join()).toMatch(/all zeros/);
    const others = readStates([5, 1, 1, 1, 1], [-5, 1, 1, 1, 1]);
    expect(others.session.state).toBeNull();
    expect(others.notes.join()).toMatch(/2 rows of update_state are of no channel/);
  });

  test.each<[string, SqlValue[]]>([
    ['update_state[0].pts', [0, -1, 0, 0, 0]],
    ['update_state[0].date', [0, 1, 0, 'x', 0]],
    ['update_state[0].seq', [0, 1, 0, 0, 2n ** 53n]],
    ['update_state[9007199254740992].id', [2n ** 53n, 1, 0, 0, 0]],
  ])('%s is checked', async (field, row) => {
    await failure(() => readStates(row), 'INVALID_VALUE', field);
  });
});

describe('the number', () => {
  const numbered = (version: PyrogramVersion, number: SqlValue) =>
    readFilled(version, {}, (db) => db.prepare('UPDATE version SET number = ?').run(number));

  test('says nothing about the tables: whose they are is told by their columns', () => {
    for (const number of [1, 3, 4, 7]) {
      expect(numbered(3, number)).toMatchObject({ version: number, fork: 'pyrogram' });
      expect(numbered(4, number)).toMatchObject({ version: number, fork: 'pyrofork' });
      expect(numbered(7, number)).toMatchObject({ version: number, fork: 'kurigram', notes: [] });
    }
  });

  test('may be any behind the tables that PyroTGFork has, which adds 4 at every open', async () => {
    expect(numbered(7, 4001).notes.join()).toMatch(/adds 4/);
    await failure(() => numbered(3, 8), 'NEWER_VERSION', 'version.number');
    await failure(() => numbered(4, 8), 'NEWER_VERSION', 'version.number');
    await failure(() => numbered(7, 0), 'BAD_VERSION', 'version.number');
    await failure(() => numbered(7, -4), 'BAD_VERSION', 'version.number');
  });
});

describe('hostile schemas', () => {
  const FOREVER = 'WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c)';
  const replaced = (table: string, by: string) => {
    const others = pyrogramSchema(4).filter((sql) => !new RegExp(`(TABLE|ON) ${table}\\b`).test(sql));
    return [...others, by].join(';');
  };

  test.each([
    [
      'a view',
      replaced('sessions', `CREATE VIEW sessions AS ${FOREVER} SELECT i AS dc_id, i AS test_mode FROM c`),
    ],
    [
      'a view',
      replaced('peers', `CREATE VIEW peers AS ${FOREVER} SELECT i AS id, i AS last_update_on FROM c`),
    ],
    [
      'a computed column',
      replaced(
        'sessions',
        'CREATE TABLE sessions(dc_id, test_mode, auth_key AS (hex(zeroblob(400000000))), user_id, is_bot)',
      ),
    ],
    [
      'a virtual table',
      replaced('peers', 'CREATE VIRTUAL TABLE peers USING fts5(id, access_hash, last_update_on)'),
    ],
    ['too few columns', replaced('sessions', 'CREATE TABLE sessions(dc_id, test_mode)')],
    ['too few columns', replaced('update_state', 'CREATE TABLE update_state(id, pts)')],
    ['too few columns', replaced('usernames', 'CREATE TABLE usernames(name)')],
  ])('%s is refused at once', async (_, sql) => {
    const bytes = await buildDatabase((db) => {
      db.exec(sql);
      db.exec('INSERT INTO version VALUES (4)');
      if (!sql.includes('CREATE VIEW sessions') && sql.includes('user_id   '))
        insert(db, 'sessions', SESSION);
    });
    const start = performance.now();
    await failure(() => read({ bytes }, { from: 'pyrogram-sqlite' }), 'DAMAGED');
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test('a table without rowids, a missing index or trigger, and foreign tables change nothing', async () => {
    const bytes = await buildDatabase((db) => {
      const plain = pyrogramSchema(3).filter((sql) => sql.startsWith('CREATE TABLE'));
      for (const sql of plain) db.exec(`${sql} WITHOUT ROWID`);
      db.exec('CREATE TABLE mine(x); CREATE TABLE other(y)');
      db.exec('INSERT INTO version VALUES (3)');
      insert(db, 'sessions', SESSION);
      insert(db, 'peers', PEER);
    });
    const { format, snapshots } = await read({ bytes });
    expect(format).toBe('pyrogram-sqlite');
    expect(snapshots[0]!.peers).toHaveLength(1);
  });
});

describe('SqliteSession', () => {
  test('refuses such a file and leaves it as it is; its format is named', async () => {
    for (const file of [
      'v3-pyrogram-2.0.106.session',
      'v7-kurigram-fresh.session',
      'v2-pyrogram-0.16.session',
    ]) {
      const folder = temporaryFolder();
      const path = join(folder, file);
      copyFileSync(family.path(file), path);
      const before = stateOf(folder);
      for (const migrate of [false, true]) {
        await failure(() => new SqliteSession(path, { migrate }).load(), 'FOREIGN_DATABASE');
      }
      expect(stateOf(folder).filter((line) => line.startsWith(file))).toEqual(
        before.filter((line) => line.startsWith(file)),
      );
      const [detection] = await detect({ path });
      expect(detection!.format).toBe('pyrogram-sqlite');
      for (const from of ['telethon-v1-sqlite', 'telethon-v2-sqlite']) {
        const error = await failure(() => read({ path }, { from }), 'UNKNOWN_FORMAT');
        expect(error.message).toMatch(/a session of Pyrogram/);
      }
    }
  });
});
