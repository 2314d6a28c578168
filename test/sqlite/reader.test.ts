/** Databases are opened for reading only, whoever uses them, and hostile ones do no harm. */

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { buildDatabase } from '../../src/sqlite/build.ts';
import { isHeldHere, markHeld } from '../../src/sqlite/held-here.ts';
import { kindOf } from '../../src/sqlite/kind.ts';
import { openBytes, openForReading } from '../../src/sqlite/reader.ts';
import { checkSchemaTree } from '../../src/sqlite/schema-tree.ts';
import { checkTables, tablesOf } from '../../src/sqlite/tables.ts';
import { failure } from '../support/errors.ts';
import { fixture, inFolder, stateOf } from '../support/telethon-fixtures.ts';

/** What another process is told when it asks for the write lock: `busy` or `free`. */
function lockSeenByOthers(path: string): Promise<string> {
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    const db = new DatabaseSync(${JSON.stringify(path)});
    try { db.exec('BEGIN IMMEDIATE'); console.log('free'); } catch { console.log('busy'); }`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.once('data', (data) => resolve(String(data).trim()));
    child.once('error', reject);
  });
}

describe('opening a file', () => {
  test.each([
    ['v10-full.session', []],
    ['v10-wal-header.session', []],
    ['v10-wal-uncheckpointed.session', ['v10-wal-uncheckpointed.session-wal']],
    ['v4-0.19-without-rowid.session', []],
  ])('%s is read and stays as it was, with all that stands beside it', async (file, beside) => {
    await inFolder([file, ...beside], async (folder) => {
      const before = stateOf(folder);
      const db = await openForReading(join(folder, file));
      expect(tablesOf(db).has('version')).toBe(true);
      expect(stateOf(folder)).toEqual(before);
      db.close();
      expect(stateOf(folder)).toEqual(before);
    });
  });

  test('nothing can be written through it', async () => {
    await inFolder(['v10-full.session', 'v10-wal-header.session'], async (folder) => {
      for (const file of ['v10-full.session', 'v10-wal-header.session']) {
        const db = await openForReading(join(folder, file));
        expect(() => db.exec('DELETE FROM user')).toThrow(/readonly|read-only|query_only/i);
        db.close();
      }
    });
  });

  test('all statements see one state of a file that is written to in between', async () => {
    await inFolder(['v10-full.session'], async (folder) => {
      const path = join(folder, 'v10-full.session');
      const db = await openForReading(path);
      const writer = new DatabaseSync(path);
      expect(() => writer.exec('UPDATE user SET id = 7')).toThrow(/locked/);
      expect(db.prepare('SELECT id FROM user').all()).toEqual([[811432825]]);
      db.close();
      writer.exec('UPDATE user SET id = 7');
      writer.close();
    });
  });

  test('what is no database is told from what is damaged', async () => {
    await inFolder([], async (folder) => {
      const file = (bytes: Uint8Array | string) => {
        writeFileSync(join(folder, 'x'), bytes);
        return join(folder, 'x');
      };
      await failure(() => openForReading(join(folder, 'none')), 'NOT_FOUND');
      await failure(() => openForReading(file('hello')), 'NOT_SQLITE');
      await failure(() => openForReading(file(fixture('v10-full.session').slice(0, 50))), 'DAMAGED');
      await failure(() => openForReading(file(fixture('bad-truncated.session'))), 'DAMAGED');
      await failure(() => openForReading(folder), 'IO');
      await failure(() => openBytes(new Uint8Array([1, 2, 3]), 'x'), 'NOT_SQLITE');
      await failure(() => openBytes(fixture('bad-header-only.session'), 'x'), 'DAMAGED');
    });
  });

  test('a file that another program keeps locked is waited for, then reported', async () => {
    await inFolder(['v10-full.session'], async (folder) => {
      const path = join(folder, 'v10-full.session');
      const writer = new DatabaseSync(path);
      writer.exec('BEGIN EXCLUSIVE');
      setTimeout(() => writer.exec('ROLLBACK'), 300);
      const db = await openForReading(path);
      db.close();
      writer.exec('BEGIN EXCLUSIVE');
      await failure(() => openForReading(path), 'LOCKED');
      writer.close();
    });
  });

  test('reading a session that this process holds does not drop its lock', async () => {
    await inFolder(['v10-full.session'], async (folder) => {
      const path = join(folder, 'v10-full.session');
      const writer = new DatabaseSync(path);
      writer.exec('BEGIN IMMEDIATE');
      const unmark = markHeld(path);
      expect(await lockSeenByOthers(path)).toBe('busy');
      const db = await openForReading(path);
      expect(db.prepare('SELECT id FROM user').all()).toEqual([[811432825]]);
      db.close();
      expect(await lockSeenByOthers(path)).toBe('busy');
      unmark();
      unmark();
      expect(isHeldHere(path)).toBe(false);
      writer.close();
      expect(await lockSeenByOthers(path)).toBe('free');
    });
  });

  test('a session that a worker thread of this process holds is known by the name beside it', async () => {
    await inFolder(['v10-full.session'], async (folder) => {
      const path = join(folder, 'v10-full.session');
      const holder = (pid: number) =>
        JSON.stringify({ pid, host: hostname(), since: new Date(), label: null });
      expect(isHeldHere(path)).toBe(false);
      writeFileSync(`${path}-holder`, holder(process.pid));
      expect(isHeldHere(path)).toBe(true);
      writeFileSync(`${path}-holder`, holder(process.pid + 1));
      expect(isHeldHere(path)).toBe(false);
    });
  });
});

describe('hostile databases', () => {
  const build = (sql: string) => buildDatabase((db) => db.exec(sql));
  const FOREVER =
    'WITH RECURSIVE c(id, pts) AS (SELECT 1, 1 UNION ALL SELECT id + 1, 1 FROM c) SELECT * FROM c';

  test('views, virtual tables and tables that compute columns are no tables to us', async () => {
    const bytes = await build(`
      CREATE VIEW channelstate AS ${FOREVER};
      CREATE VIRTUAL TABLE sessions USING fts5(dc_id);
      CREATE VIRTUAL TABLE datacenter USING rtree(id, low, high);
      CREATE TABLE user(id INTEGER PRIMARY KEY, big AS (hex(zeroblob(400000000))));
      CREATE TABLE state(id INTEGER PRIMARY KEY, big AS (hex(zeroblob(400000000))) STORED);
      CREATE TABLE plain(a, b)`);
    const { db } = await openBytes(bytes, 'x');
    const tables = tablesOf(db);
    expect(tables.get('plain')).toEqual(['a', 'b']);
    for (const name of ['channelstate', 'sessions', 'datacenter', 'user', 'state'])
      expect(tables.has(name)).toBe(false);
    db.close();
  });

  test('looking at pages runs no expression of the file', async () => {
    const bytes = await build(
      'CREATE TABLE t(a INTEGER PRIMARY KEY, b CHECK (length(hex(zeroblob(b))) < 10)); INSERT INTO t VALUES (1, 1)',
    );
    const { db } = await openBytes(bytes, 'x');
    const start = performance.now();
    checkTables(db, tablesOf(db));
    expect(performance.now() - start).toBeLessThan(30_000);
    db.close();
  });

  test('pages of a table that name each other again and again are found before the table is read', async () => {
    const bytes = await buildDatabase((db) => {
      db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, x BLOB)');
      const insert = db.prepare('INSERT INTO t VALUES (?, zeroblob(900))');
      for (let i = 0; i < 200; i++) insert.run(i);
    });
    // Page 2 is the root, an interior page by now: all of its cells are made to name the same child.
    const root = bytes.subarray(4096, 8192);
    expect(root[0]).toBe(5);
    const view = new DataView(root.buffer, root.byteOffset, root.length);
    const first = view.getUint32(view.getUint16(12));
    for (let i = 0; i < view.getUint16(3); i++) view.setUint32(view.getUint16(12 + 2 * i), first);
    const { db } = await openBytes(bytes, 'x');
    await failure(() => checkTables(db, tablesOf(db)), 'DAMAGED');
    db.close();
  });

  test('pages of the schema that name each other are found before SQLite reads the schema', async () => {
    const page = (children: number[]) => {
      const bytes = new Uint8Array(512);
      const view = new DataView(bytes.buffer);
      bytes[0] = 5;
      view.setUint16(3, children.length - 1);
      view.setUint32(8, children.at(-1)!);
      children.slice(0, -1).forEach((child, i) => {
        view.setUint16(12 + 2 * i, 400 + 4 * i);
        view.setUint32(400 + 4 * i, child);
      });
      return bytes;
    };
    const first = new Uint8Array(612);
    first.set(page([2, 3]), 100);
    first[110] = 0;
    const pages = [first, page([4, 5]), page([5, 6])];
    new DataView(first.buffer).setUint16(112, 300);
    new DataView(first.buffer).setUint32(300, 2);
    await failure(() => checkSchemaTree((n) => pages[n - 1] ?? null), 'DAMAGED');
    checkSchemaTree((n) => [first, page([4, 5]), page([7, 6])][n - 1] ?? null);
  });

  test('kinds are told by tables, and Pyrogram forks with server addresses are not Telethon', async () => {
    const kind = async (sql: string) => {
      const { db } = await openBytes(await build(sql), 'x');
      try {
        return kindOf(tablesOf(db));
      } finally {
        db.close();
      }
    };
    const version = 'CREATE TABLE version(version INTEGER PRIMARY KEY);';
    const v1 = 'sessions(dc_id INTEGER PRIMARY KEY, server_address, port, auth_key';
    expect(await kind('PRAGMA user_version = 1')).toBe('empty');
    expect(await kind(`${version} CREATE TABLE ${v1})`)).toBe('telethon-v1');
    expect(await kind(`CREATE TABLE version(number); CREATE TABLE ${v1}, test_mode)`)).toBe('pyrogram');
    expect(await kind('CREATE TABLE user(name)')).toBe('other');
    expect(
      await kind(`${version} CREATE TABLE User(a); CREATE TABLE State(b); CREATE TABLE Datacenter(c)`),
    ).toBe('other');
  });
});
