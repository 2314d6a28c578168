/**
 * The notes of a session, in a small file beside it: `alice.session-notes`. Not in the session file, as the status must be
 * set while somebody holds that, and whoever holds it is the only one who may write to it.
 */

import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { SessionError } from '../../errors.ts';
import type { SqlDriver } from '../../sqlite/driver.ts';
import { ioError } from '../../sqlite/io-error.ts';
import { LockFile } from '../../sqlite/lock-file.ts';
import { removeFile } from '../../sqlite/remove.ts';
import { sleep } from '../../sqlite/sleep.ts';
import { syncFolder } from '../../sqlite/sync.ts';
import { type Notes, noNotes, notesFromText, notesToText } from '../notes.ts';

/** What the name of a session file is followed by. */
export const NOTES_SUFFIX = '-notes';
const UNFINISHED_SUFFIX = '-notes-new';

/** Longest notes that are read, in bytes: far above what can be noted. */
const MAX_BYTES = 256 * 1024;
/** How long the lock of somebody else who notes something is waited for, and how often it is tried, in milliseconds. */
const WAIT = 5000;
const TRY_EVERY = 2;

/** The notes of a session. @param file its real path @throws SessionError `INVALID_VALUE`, `IO` */
export function readNotes(file: string): Notes {
  const path = file + NOTES_SUFFIX;
  let text: string;
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return noNotes();
    text = stats.size > MAX_BYTES ? '' : readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return noNotes();
    throw ioError(error, path);
  }
  return notesFromText(path, text);
}

/** Writes the notes in the place of those before: all or nothing, and on the disk. Only under {@link withNotesLock}. */
export function writeNotes(file: string, notes: Notes): void {
  const path = file + NOTES_SUFFIX;
  const unfinished = file + UNFINISHED_SUFFIX;
  try {
    // What a crash left there may be open to others.
    rmSync(unfinished, { force: true });
    const fd = openSync(unfinished, 'wx', 0o600);
    try {
      writeFileSync(fd, notesToText(notes));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(unfinished, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw ioError(error, path);
  }
}

/** Overwrites and removes the notes. Only under {@link withNotesLock}. @throws SessionError `IO` */
export function removeNotes(file: string): void {
  removeFile(file + UNFINISHED_SUFFIX);
  removeFile(file + NOTES_SUFFIX);
}

/** Whether notes stand beside a session file. */
export function hasNotes(file: string): boolean {
  return statSync(file + NOTES_SUFFIX, { throwIfNoEntry: false }) !== undefined;
}

/** Runs a call while nobody else changes the notes, in no process. @throws SessionError `LOCKED`, `IO` */
export async function withNotesLock<T>(
  driver: SqlDriver,
  file: string,
  call: () => T | Promise<T>,
): Promise<T> {
  const until = performance.now() + WAIT;
  for (;;) {
    const lock = LockFile.take(driver, file + NOTES_SUFFIX);
    if (lock !== null) {
      try {
        return await call();
      } finally {
        lock.release();
      }
    }
    if (performance.now() >= until) {
      throw new SessionError('LOCKED', `The notes of ${file} are locked by another program. Try again.`);
    }
    await sleep(TRY_EVERY, undefined, file);
  }
}
