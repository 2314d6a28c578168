/** Removing files that hold keys, so that nothing readable is left of them. */

import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ioError } from './io-error.ts';

const BACKUP_SUFFIX = /^\.v[1-8](?:-\d+)?\.backup$/;

/** What is added to the name of a session for the i-th backup of its migration from a schema. */
export function backupSuffix(version: number, i: number): string {
  return `.v${version}${i === 1 ? '' : `-${i}`}.backup`;
}

/** Whether a name in the folder of a session file is that of a backup of its migration. */
export function isBackupOf(file: string, name: string): boolean {
  return name.startsWith(basename(file)) && BACKUP_SUFFIX.test(name.slice(basename(file).length));
}

/** What the name of a session is followed by while its file is made, then the number of the process. */
export const NEW_SUFFIX = '-new-';

/** What SQLite keeps beside a database. */
const SIDE_SUFFIXES = ['-wal', '-shm', '-journal'];

/** Overwrites and removes a session file, what SQLite left beside it, and the backups of its migrations. */
export function removeFiles(file: string): void {
  const name = basename(file);
  const names = namesIn(dirname(file));
  for (const other of names) {
    if (other.startsWith(name + NEW_SUFFIX)) removeUnfinished(join(dirname(file), other));
  }
  const others = names.filter((other) => isBackupOf(file, other));
  // The session itself goes last: as long as it is there, a second attempt finds what the first one left.
  for (const other of [...others, ...SIDE_SUFFIXES.map((suffix) => name + suffix), name]) {
    removeFile(join(dirname(file), other));
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * Removes a file that was being made (create.ts) when its process died. If it got its own name as well, only this name
 * goes: the content is a session that somebody may have moved elsewhere since.
 *
 * @throws SessionError `IO`
 */
export function removeUnfinished(path: string): void {
  const links = statSync(path, { throwIfNoEntry: false })?.nlink ?? 0;
  if (links === 1) removeFile(path);
  else if (links > 1) rmSync(path, { force: true });
}

/** Overwrites a file and removes it; one that is not there is fine. @throws SessionError `IO` */
export function removeFile(path: string): void {
  try {
    overwrite(path);
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw ioError(error, path);
  }
}

function overwrite(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    const zeros = new Uint8Array(64 * 1024);
    let left = fstatSync(fd).size;
    while (left > 0) left -= writeSync(fd, zeros, 0, Math.min(left, zeros.length));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
