/** Writing a file that holds a secret: whole or not at all, for its owner alone, never over another by accident. */

import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { SessionError } from '../errors.ts';
import { ioError } from '../sqlite/io-error.ts';

/**
 * Writes a file under its name in one step.
 *
 * @param replace whether one that is there may be replaced
 * @throws SessionError `EXISTS`, `IO`
 */
export function writeSecretFile(path: string, bytes: Uint8Array, replace: boolean): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeNew(temporary, bytes);
    try {
      if (replace) renameSync(temporary, path);
      else linkSync(temporary, path); // unlike a rename, this refuses a name that is taken
    } finally {
      if (!replace) unlinkSync(temporary);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw ioError(error, path);
    throw exists(path);
  }
}

/** The error for a target that is there already. */
export function exists(path: string): SessionError {
  return new SessionError('EXISTS', `${path} exists. Choose another name, or replace it with --force.`);
}

function writeNew(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
