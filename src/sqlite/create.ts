/**
 * Making a session file. It is built under another name and gets its own when it is whole and on the disk: so there is
 * a session or none, whatever happens, and that with two syncs, where a journal would need five.
 */

import { type BigIntStats, closeSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SessionChanges } from '../changes.ts';
import { SessionError } from '../errors.ts';
import { applyChanges } from './apply.ts';
import { type SqlDriver, toSessionError } from './driver.ts';
import { ioError } from './io-error.ts';
import { statFile } from './lock-file.ts';
import { NEW_SUFFIX, removeUnfinished } from './remove.ts';
import { syncFile, syncFolder } from './sync.ts';
import { TELETHON_V2_SCHEMA } from './telethon-v2.ts';

/**
 * Makes the file of a session that has none yet, for its owner alone.
 *
 * @returns what the system says of the file as it was made
 * @throws SessionError `CHANGED` if there is a file by now, `IO`
 */
export function createFile(driver: SqlDriver, file: string, changes: SessionChanges): BigIntStats {
  const temporary = `${file}${NEW_SUFFIX}${process.pid}`;
  removeUnfinished(temporary); // of a process that had our number and died
  let hasName = false;
  try {
    closeSync(openSync(temporary, 'wx', 0o600));
    build(driver, temporary, changes);
    syncFile(temporary);
    const made = statFile(temporary)!;
    publish(temporary, file);
    hasName = true;
    unlinkIfThere(temporary);
    syncFolder(dirname(file));
    return made;
  } catch (error) {
    // A save that fails leaves things as they were: no session, and no copy of a key under any name.
    removeUnfinished(temporary);
    if (hasName) unlinkIfThere(file);
    if (error instanceof SessionError) throw error;
    throw error instanceof Error && 'syscall' in error ? ioError(error, file) : toSessionError(error, file);
  }
}

function unlinkIfThere(path: string): void {
  rmSync(path, { force: true });
}

function build(driver: SqlDriver, path: string, changes: SessionChanges): void {
  const sql = driver.open(path, 'write');
  try {
    // Nobody knows the file yet: it needs no journal, and it is synced as a whole.
    sql.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN');
    for (const statement of TELETHON_V2_SCHEMA) sql.exec(statement);
    applyChanges((text) => sql.prepare(text), changes);
    sql.exec('COMMIT');
  } finally {
    sql.close();
  }
}

/** Gives the file its name, which nobody else may have taken meanwhile. */
function publish(temporary: string, file: string): void {
  const there = statFile(file);
  if (there !== undefined && there.size > 0n) throw changed(file);
  if (there !== undefined) {
    renameSync(temporary, file);
    return;
  }
  try {
    linkSync(temporary, file); // unlike a rename, it refuses a name that is taken
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw changed(file);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error;
    renameSync(temporary, file); // a file system without links
  }
}

/** The error for a file that somebody else wrote to. */
export function changed(file: string): SessionError {
  return new SessionError(
    'CHANGED',
    `Another program saved to ${file} in between. Nothing was written: load() the session again, and save what you want to keep.`,
  );
}
