/** Removing files that hold keys, so that nothing readable is left of them. */

import { closeSync, fstatSync, fsyncSync, openSync, readdirSync, unlinkSync, writeSync } from 'node:fs';
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

/** What SQLite keeps beside a database. */
const SIDE_SUFFIXES = ['-wal', '-shm', '-journal'];

/** Overwrites and removes a session file, what SQLite left beside it, and the backups of its migrations. */
export function removeFiles(file: string): void {
  const name = basename(file);
  const isUnfinished = (other: string) => other.startsWith(`${name}-new-`); // of a process that died in create.ts
  const others = namesIn(dirname(file)).filter((other) => isBackupOf(file, other) || isUnfinished(other));
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
