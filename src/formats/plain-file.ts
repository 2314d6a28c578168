/** Opening files that may have been put there by anybody: nothing but plain files, and no links. */

import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { SessionError } from '../errors.ts';
import { isHeldHere } from '../sqlite/held-here.ts';
import { ioError } from '../sqlite/io-error.ts';
import { MAX_FILE_BYTES } from './codec.ts';
import { tooLarge } from './open-input.ts';

/**
 * Opens a file for reading while a function runs.
 *
 * @throws SessionError `LOCKED` if it is open as a session here, `UNSUPPORTED` if it is no plain file, `IO`
 */
export function withPlainFile<T>(path: string, use: (fd: number, size: number) => T): T {
  if (isHeldHere(path)) {
    throw new SessionError('LOCKED', `${path} is open as a session in this process. Close it first.`);
  }
  let fd: number | undefined;
  try {
    // Not a link, and no waiting for the other end if it is a pipe by now.
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new SessionError('UNSUPPORTED', `${path} is no regular file.`);
    return use(fd, stats.size);
  } catch (error) {
    throw error instanceof SessionError ? error : ioError(error, path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/**
 * A file that stands near a folder; null if there is none, or a link stands on the way to it.
 *
 * @param folder without links
 * @throws SessionError `INVALID_VALUE` if it is too large, `LOCKED`, `IO`
 */
export function readNearby(folder: string, path: string): Uint8Array | null {
  const file = join(folder, path);
  try {
    if (realpathSync.native(file) !== file) return null;
  } catch {
    return null;
  }
  return withPlainFile(file, (fd, size) => {
    if (size > MAX_FILE_BYTES) throw tooLarge(file, size);
    return new Uint8Array(readFileSync(fd));
  });
}
