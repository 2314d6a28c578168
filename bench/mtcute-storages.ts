/**
 * The storages that the same real client of mtcute is measured on. mtcute's own SQLite storage is its unchanged classes of
 * @mtcute/core, on `node:sqlite` in place of better-sqlite3, which does not run here.
 */

import { DatabaseSync } from 'node:sqlite';
import { BaseSqliteStorage, BaseSqliteStorageDriver, type ISqliteDatabase } from '@mtcute/core';
import { MemoryStorage } from '@mtcute/node';
import { mtcuteStorage } from '../src/clients/mtcute.ts';
import { MemorySession } from '../src/memory.ts';
import { SqliteSession } from '../src/sqlite/index.ts';

/** As much of better-sqlite3 as mtcute uses. */
function openDatabase(path: string, synchronous: 'NORMAL' | 'FULL'): ISqliteDatabase {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`);
  const transaction = (run: (...args: unknown[]) => unknown) =>
    ((...args: unknown[]) => {
      db.exec('BEGIN');
      try {
        const result = run(...args);
        db.exec('COMMIT');
        return result;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    }) as never;
  return {
    transaction,
    prepare: (sql) => db.prepare(sql) as never,
    exec: (sql) => db.exec(sql),
    close: () => db.close(),
  };
}

class NodeSqliteDriver extends BaseSqliteStorageDriver {
  readonly #path: string;
  readonly #synchronous: 'NORMAL' | 'FULL';

  constructor(path: string, synchronous: 'NORMAL' | 'FULL') {
    super();
    this.#path = path;
    this.#synchronous = synchronous;
  }

  override _createDatabase(): ISqliteDatabase {
    return openDatabase(this.#path, this.#synchronous);
  }
}

/** A storage for the client, new at a path each time. */
export interface Candidate {
  readonly name: string;
  readonly isFile: boolean;
  open(path: string): ReturnType<typeof mtcuteStorage> | MemoryStorage | BaseSqliteStorage;
}

export const candidates: readonly Candidate[] = [
  {
    name: 'ours, SqliteSession',
    isFile: true,
    open: (path) => mtcuteStorage(new SqliteSession(path)),
  },
  {
    name: "mtcute's SQLite, durable (WAL, FULL)",
    isFile: true,
    open: (path) => new BaseSqliteStorage(new NodeSqliteDriver(path, 'FULL')),
  },
  {
    name: "mtcute's SQLite as it is (WAL, NORMAL)",
    isFile: true,
    open: (path) => new BaseSqliteStorage(new NodeSqliteDriver(path, 'NORMAL')),
  },
  { name: 'ours, MemorySession', isFile: false, open: () => mtcuteStorage(new MemorySession()) },
  { name: "mtcute's MemoryStorage", isFile: false, open: () => new MemoryStorage() },
];
