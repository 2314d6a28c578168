/**
 * mtcute's own SQLite storage: its unchanged classes of @mtcute/core, on `node:sqlite` in place of better-sqlite3, which
 * does not run here.
 */

import { DatabaseSync } from 'node:sqlite';
import { BaseSqliteStorage, BaseSqliteStorageDriver, type ISqliteDatabase } from '@mtcute/core';

/** `NORMAL` is what mtcute does by itself; with `FULL` it is on the disk when a save is over. */
export type Synchronous = 'NORMAL' | 'FULL';

/** As much of better-sqlite3 as mtcute uses. */
function openDatabase(path: string, synchronous: Synchronous): ISqliteDatabase {
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
  readonly #synchronous: Synchronous;

  constructor(path: string, synchronous: Synchronous) {
    super();
    this.#path = path;
    this.#synchronous = synchronous;
  }

  override _createDatabase(): ISqliteDatabase {
    return openDatabase(this.#path, this.#synchronous);
  }
}

/** The storage in a file. */
export function mtcuteSqlite(path: string, synchronous: Synchronous = 'NORMAL'): BaseSqliteStorage {
  return new BaseSqliteStorage(new NodeSqliteDriver(path, synchronous));
}
