/**
 * A database file as bytes, read without touching anything: no byte, no time and no file beside it changes, and
 * nobody's lock is asked for. What stands in a `-wal` or a hot `-journal` is applied in memory.
 */

import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { SessionError } from '../errors.ts';
import { toRollbackFormat } from './header.ts';
import { ioError } from './io-error.ts';
import { hasJournalMagic, JOURNAL_HEADER_BYTES, rollBack } from './journal.ts';
import { applyWal, hasWalMagic, WAL_HEADER_BYTES } from './wal.ts';

/** Largest database that is read as a whole. */
export const MAX_IMAGE_BYTES = 256 * 1024 * 1024;

/** How often a file is read again that a writer changed meanwhile, and how long to wait in between. */
const TRIES = 20;
const PAUSE_MS = 5;

/** Whether a `-wal` or `-journal` with something in it stands beside the file. */
export function hasSideFiles(path: string): boolean {
  return ['-wal', '-journal'].some((suffix) => {
    const stats = statSync(path + suffix, { throwIfNoEntry: false });
    return stats !== undefined && stats.size > 0;
  });
}

/**
 * The bytes of a database in rollback format, as SQLite would see it now. A writer may be at work meanwhile: what
 * it has not committed is left out.
 *
 * The file must not be open in this process, see held-here.ts.
 *
 * @throws SessionError `NOT_FOUND`, `IO`, `DAMAGED`, `INVALID_VALUE` (too large), `LOCKED` if writers never paused
 */
export function readImage(path: string): Uint8Array {
  for (let i = 0; i < TRIES; i++) {
    if (i > 0) pause(PAUSE_MS);
    const before = look(path);
    // In this order: a page that the log or the journal knows may be torn in the main file.
    const main = readIfThere(path);
    const journal = before.journal === null ? null : readIfThere(`${path}-journal`);
    const wal = before.wal === null ? null : readIfThere(`${path}-wal`);
    const after = look(path);
    if (main === null || !isSame(before, after, main)) continue;
    const rolledBack = journal === null ? main : rollBack(main, journal);
    return toRollbackFormat(wal === null ? rolledBack : applyWal(rolledBack, wal));
  }
  throw new SessionError(
    'LOCKED',
    `${path} was being written all the time. Try again when the program that uses it is done.`,
  );
}

/** What shows that nobody wrote in between. */
interface Look {
  /** Identity, size and time of the main file. */
  main: string;
  /** Bytes 24 to 27 of the main file, which every commit through a journal counts up. */
  changeCounter: string;
  /** What names one run of the log: its header. Null where there is none in use. */
  wal: string | null;
  /** What names one transaction of the journal: its nonce. Null where there is none in use. */
  journal: string | null;
}

function look(path: string): Look {
  const journal = readHead(`${path}-journal`, JOURNAL_HEADER_BYTES);
  const wal = readHead(`${path}-wal`, WAL_HEADER_BYTES);
  const stats = statOf(path);
  return {
    main: `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`,
    changeCounter: hex(readHead(path, 28)?.subarray(24, 28)),
    wal: wal !== null && hasWalMagic(wal) ? hex(wal) : null,
    // The count of records (bytes 8 to 11) grows while the transaction lives. A wiped header is as good as none:
    // between two of them there may have been a transaction that we would not see.
    journal: journal !== null && hasJournalMagic(journal) ? hex(journal.subarray(12, 16)) : null,
  };
}

function isSame(before: Look, after: Look, main: Uint8Array): boolean {
  if (before.wal !== after.wal || before.journal !== after.journal) return false;
  // With one of them at hand the main file may change: what changes in it is known to them.
  if (before.wal !== null || before.journal !== null) return true;
  return before.main === after.main && hex(main.subarray(24, 28)) === after.changeCounter;
}

function statOf(path: string) {
  try {
    return statSync(path, { bigint: true });
  } catch (error) {
    throw ioError(error, path);
  }
}

/** The first bytes of a file, or null if it is not there or shorter. */
function readHead(path: string, length: number): Uint8Array | null {
  return withFile(path, (fd) => {
    const bytes = new Uint8Array(length);
    return readSync(fd, bytes, 0, length, 0) === length ? bytes : null;
  });
}

/** A file; null if a writer just took it away. */
function readIfThere(path: string): Uint8Array | null {
  return withFile(path, (fd) => {
    const { size } = fstatSync(fd);
    if (size > MAX_IMAGE_BYTES) throw tooLarge(path, size);
    return new Uint8Array(readFileSync(fd));
  });
}

function withFile<T>(path: string, use: (fd: number) => T): T | null {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw ioError(error, path);
  }
  try {
    return use(fd);
  } catch (error) {
    throw error instanceof SessionError ? error : ioError(error, path);
  } finally {
    closeSync(fd);
  }
}

function tooLarge(path: string, size: number): SessionError {
  const found = `${size} bytes`;
  return new SessionError(
    'INVALID_VALUE',
    `${path} has ${found}. Files of more than ${MAX_IMAGE_BYTES} bytes are not read: no session is that large.`,
    { found },
  );
}

function hex(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString('hex');
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
