/** Opening databases to read them and nothing else: files, whoever uses them meanwhile, and bytes. */

import { closeSync, openSync, readSync } from 'node:fs';
import { SessionError } from '../errors.ts';
import { type SqlDatabase, type SqlDriver, SqlError, sqlDriver, toSessionError } from './driver.ts';
import { HEADER_BYTES, hasSqliteMagic, isWalFormat, pageSizeOf, toRollbackFormat } from './header.ts';
import { isHeldHere } from './held-here.ts';
import { hasSideFiles, readImage } from './image.ts';
import { ioError } from './io-error.ts';
import { checkSchemaTree } from './schema-tree.ts';

/** How long a locked file is waited for, and how often it is tried, in milliseconds. */
const WAIT_MS = 5000;
const TRY_EVERY_MS = 10;

/**
 * Views and triggers may not do what only an application may, nothing may be written, and the looking at pages
 * (`checkTables`) does not run expressions that stand in the file.
 */
const SETTINGS =
  'PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; PRAGMA cell_size_check = ON; PRAGMA ignore_check_constraints = ON';

/**
 * Opens a database file for reading. Neither the file nor anything beside it changes, and what a writer has not
 * committed is not seen. A file without side files is read under SQLite's own shared lock; else as an image.
 *
 * @throws SessionError `NOT_FOUND`, `NOT_SQLITE`, `DAMAGED`, `LOCKED`, `IO`, `NO_DRIVER`
 */
export async function openForReading(path: string): Promise<SqlDatabase> {
  const driver = await sqlDriver();
  const until = performance.now() + WAIT_MS;
  for (;;) {
    try {
      return openNow(driver, path);
    } catch (error) {
      const isBusy = error instanceof SqlError && error.kind === 'busy';
      if (!isBusy || performance.now() >= until) throw readingError(error, path);
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
    }
  }
}

function openNow(driver: SqlDriver, path: string): SqlDatabase {
  // Opening it through node:fs would drop the locks that this process has on it.
  if (isHeldHere(path)) return begin(driver.open(path, 'read'));
  if (!looksAtRest(path)) return openImage(driver, readImage(path), path);
  try {
    return begin(driver.open(path, 'read'));
  } catch (error) {
    // A writer may have begun since; it alone may replay what it leaves.
    const mayBeWriter = error instanceof SqlError && ['read-only', 'cannot-open'].includes(error.kind);
    if (mayBeWriter && !looksAtRest(path)) return openImage(driver, readImage(path), path);
    throw error;
  }
}

/** What bytes turned out to be. */
export interface OpenedBytes {
  db: SqlDatabase;
  /** Whether the newest data may stand in a `-wal` file, which was not given. */
  walFormat: boolean;
}

/**
 * Opens a database given as the bytes of its main file.
 *
 * @param label what to call it in messages
 * @throws SessionError `NOT_SQLITE`, `DAMAGED`, `NO_DRIVER`
 */
export async function openBytes(bytes: Uint8Array, label: string): Promise<OpenedBytes> {
  const driver = await sqlDriver();
  try {
    return { db: openImage(driver, toRollbackFormat(bytes), label), walFormat: isWalFormat(bytes) };
  } catch (error) {
    throw readingError(error, label);
  }
}

/** The typed error for a failure in reading a database that may come from anywhere. */
export function readingError(error: unknown, label: string): unknown {
  // The magic is checked before, and no statement of ours is wrong: what is left is a file made by no SQLite.
  if (error instanceof SqlError && (error.kind === 'not-sqlite' || error.kind === 'other')) {
    const message = `${label} begins like an SQLite database, but is damaged. (SQLite: ${error.message.slice(0, 200)})`;
    return new SessionError('DAMAGED', message, { cause: error });
  }
  return toSessionError(error, label);
}

function openImage(driver: SqlDriver, image: Uint8Array, label: string): SqlDatabase {
  // What a journal leaves of a database that was just being made.
  if (image.length === 0) return begin(driver.open(':memory:', 'create'));
  checkHead(image.subarray(0, HEADER_BYTES), label);
  const pageSize = pageSizeOf(image) ?? image.length;
  checkSchemaTree((number) => {
    const page = image.subarray((number - 1) * pageSize, number * pageSize);
    return number > 0 && page.length === pageSize ? page : null;
  });
  return begin(driver.openImage(image));
}

/** Whether all that counts stands in the main file. Looks at its head as well. */
function looksAtRest(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw ioError(error, path);
  }
  try {
    const head = readAt(fd, 0, HEADER_BYTES);
    if (head.length === 0) return !hasSideFiles(path);
    checkHead(head, path);
    const pageSize = pageSizeOf(head);
    if (pageSize !== null) {
      checkSchemaTree((number) => {
        const page = number > 0 ? readAt(fd, (number - 1) * pageSize, pageSize) : null;
        return page?.length === pageSize ? page : null;
      });
    }
    return !isWalFormat(head) && !hasSideFiles(path);
  } catch (error) {
    throw error instanceof SessionError ? error : ioError(error, path);
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
}

function checkHead(head: Uint8Array, label: string): void {
  if (!hasSqliteMagic(head)) {
    throw new SessionError('NOT_SQLITE', `${label} is not an SQLite database.`);
  }
  if (head.length < HEADER_BYTES) {
    throw new SessionError('DAMAGED', `${label} is damaged: it ends within the header of its database.`);
  }
}

/** Sets a database up for reading; all of it is read in one transaction, so that it fits together. */
function begin(db: SqlDatabase): SqlDatabase {
  try {
    db.exec(`${SETTINGS}; BEGIN`);
    // A transaction begins with its first statement.
    db.prepare('SELECT count(*) FROM sqlite_master').all();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
