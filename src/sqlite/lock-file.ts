/**
 * A file beside a session on which the holder keeps a lock of the kernel, which ends with the process. The lock is
 * an SQLite write transaction that writes nothing: the one way to such a lock without native code.
 */

import { type BigIntStats, closeSync, openSync, statSync, unlinkSync } from 'node:fs';
import { type SqlDatabase, type SqlDriver, SqlError, toSessionError } from './driver.ts';
import { ioError } from './io-error.ts';

// A journal in memory keeps the transaction from making a file for it.
const TAKE = 'PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE';

/** A lock that this process has. */
export class LockFile {
  readonly #path: string;
  readonly #db: SqlDatabase;

  private constructor(path: string, db: SqlDatabase) {
    this.#path = path;
    this.#db = db;
  }

  /** Whether there is a lock file for a session: it is in use, or its last holder died. */
  static isThere(file: string): boolean {
    return statSync(pathOf(file), { throwIfNoEntry: false }) !== undefined;
  }

  /** Whether somebody has the lock now. Leaves the file as it is. */
  static isTaken(driver: SqlDriver, file: string): boolean {
    if (!LockFile.isThere(file)) return false;
    const db = lock(driver, pathOf(file));
    db?.close();
    return db === null;
  }

  /** Takes the lock, or gives null if somebody has it. @throws SessionError `NOT_FOUND` (no folder), `IO` */
  static take(driver: SqlDriver, file: string): LockFile | null {
    const path = pathOf(file);
    for (;;) {
      const before = makeOrFind(path);
      const db = lock(driver, path);
      if (db === null) return null;
      // The last holder may have removed the file between our opening and our locking it: then we locked a file
      // without a name, and the next one would lock another.
      if (before !== null && before === identity(path)) return new LockFile(path, db);
      db.close();
    }
  }

  /** Gives the lock back. */
  release(): void {
    try {
      // The name goes first, while the lock still keeps others from making a new one.
      unlinkSync(this.#path);
    } catch {
      // On Windows a process that just tried the lock keeps the name alive. It does no harm.
    }
    this.#db.close();
  }
}

function pathOf(file: string): string {
  return `${file}-lock`;
}

/** The kernel lock on a file; null if somebody has it. */
function lock(driver: SqlDriver, path: string): SqlDatabase | null {
  let db: SqlDatabase | undefined;
  try {
    db = driver.open(path, 'create');
    db.exec(TAKE);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof SqlError && error.kind === 'busy') return null;
    throw toSessionError(error, path);
  }
}

/** Makes the file unless it is there, and says which file it is; null if it just went away. */
function makeOrFind(path: string): string | null {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw ioError(error, path);
  }
  return identity(path);
}

/** What the system says of a file; undefined if it is not there. */
export function statFile(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Which file a name means, null if none: numbers of files are used again, so the time of its birth counts too. */
function identity(path: string): string | null {
  const stats = statFile(path);
  return stats === undefined ? null : `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`;
}
