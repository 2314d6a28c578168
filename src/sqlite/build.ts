/** Making a database and giving the bytes of its file. */

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SessionError } from '../errors.ts';
import { type SqlDatabase, type SqlDriver, sqlDriver, toSessionError } from './driver.ts';
import { ioError } from './io-error.ts';

/**
 * Makes a database in rollback format with pages of 4096 bytes.
 *
 * In memory where the runtime can give its bytes (Node.js 24, Bun); else in a file that only its owner can read, in a
 * folder of its own, which is removed again.
 *
 * @param fill makes the tables and the rows
 * @throws SessionError `NO_DRIVER`, `IO`, and what `fill` throws
 */
export async function buildDatabase(fill: (db: SqlDatabase) => void): Promise<Uint8Array> {
  const driver = await sqlDriver();
  try {
    return buildInMemory(driver, fill) ?? buildInFile(driver, fill);
  } catch (error) {
    throw toSessionError(error, 'The new database');
  }
}

/**
 * The same as a file, which must not be there yet. It is for its owner alone, and not synced.
 *
 * @throws SessionError `NO_DRIVER`, `IO`, and what `fill` throws; there is no file then
 */
export async function buildDatabaseFile(path: string, fill: (db: SqlDatabase) => void): Promise<void> {
  const driver = await sqlDriver();
  try {
    fillFile(driver, path, fill);
  } catch (error) {
    rmSync(path, { force: true });
    if (error instanceof Error && 'syscall' in error) throw ioError(error, path);
    throw toSessionError(error, 'The new database');
  }
}

function buildInMemory(driver: SqlDriver, fill: (db: SqlDatabase) => void): Uint8Array | null {
  const db = driver.open(':memory:', 'create');
  try {
    if (db.serialize === undefined) return null;
    run(db, fill);
    return db.serialize();
  } finally {
    db.close();
  }
}

function buildInFile(driver: SqlDriver, fill: (db: SqlDatabase) => void): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'tgsession-'));
  try {
    const file = join(folder, 'new');
    fillFile(driver, file, fill);
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof SessionError) throw error;
    throw new SessionError('IO', `The temporary folder ${tmpdir()} cannot be used: ${message}`, {
      cause: error,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes a file that must not be there yet, for its owner alone; it is not synced. */
function fillFile(driver: SqlDriver, file: string, fill: (db: SqlDatabase) => void): void {
  closeSync(openSync(file, 'wx', 0o600));
  const db = driver.open(file, 'write');
  try {
    // Nobody knows the file yet, so it needs no journal.
    db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4000');
    run(db, fill);
  } finally {
    db.close();
  }
}

function run(db: SqlDatabase, fill: (db: SqlDatabase) => void): void {
  db.exec('PRAGMA page_size = 4096; BEGIN');
  fill(db);
  db.exec('COMMIT');
}
