/** Secrets that protect a session, from files: arguments can be seen by everybody on the machine. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { SessionError } from '../errors.ts';
import { ioError } from '../sqlite/io-error.ts';
import { UsageError } from './command.ts';
import { warn } from './print.ts';

/** More than any passcode or key has. */
const MAX_BYTES = 64 * 1024;

/**
 * A passcode: the text of a file, without the line break that editors and `echo` put behind it.
 *
 * @throws SessionError `NOT_FOUND`, `IO`, `INVALID_VALUE` (too long, no text, several lines, nothing)
 */
export function readPasscodeFile(path: string): string {
  const bytes = readSecret(path);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch {
    throw invalid(path, 'is not UTF-8 text, as a passcode is');
  }
  if (text === '') throw invalid(path, 'is empty: there is no passcode in it');
  if (/[\r\n]/.test(text)) throw invalid(path, 'has several lines; a passcode is one');
  return text;
}

/** The URL of a store: the only line of a file. @throws SessionError `NOT_FOUND`, `IO`, `INVALID_VALUE` */
export function readUrlFile(path: string): string {
  const url = new TextDecoder().decode(readSecret(path)).trim();
  if (url === '' || /[\r\n]/.test(url)) throw invalid(path, 'must hold the URL of a store, and nothing else');
  return url;
}

/**
 * A key: all bytes of a file.
 *
 * @throws SessionError `NOT_FOUND`, `IO`, `INVALID_VALUE` (too long, nothing)
 */
export function readKeyFile(path: string): Uint8Array {
  const bytes = readSecret(path);
  if (bytes.length === 0) throw invalid(path, 'is empty: there is no key in it');
  const isText = bytes.every((byte) => byte === 10 || byte === 13 || (byte >= 0x20 && byte < 0x7f));
  if (isText && bytes.at(-1) === 10) {
    warn(`${path} ends with a line break, which counts as part of the key. Write it with printf, not echo.`);
  }
  return bytes;
}

/** May be a pipe, such as the shell's <(…), or /dev/stdin. */
function readSecret(path: string): Uint8Array {
  if (path === '-') throw new UsageError('A secret is read from a file. Use /dev/stdin for standard input.');
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const stats = fstatSync(fd);
    const mode = (stats.mode & 0o777).toString(8);
    if (process.platform !== 'win32' && stats.isFile() && (stats.mode & 0o077) !== 0)
      warn(
        `Other users of this machine may read the secret in ${path} (mode ${mode}). Run: chmod 600 '${path}'`,
      );
    const buffer = new Uint8Array(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const count = readSync(fd, buffer, length, buffer.length - length, null);
      length += count;
      if (length > MAX_BYTES) throw invalid(path, `is larger than ${MAX_BYTES} bytes: that is no secret`);
      if (count === 0) return buffer.slice(0, length);
    }
  } catch (error) {
    throw error instanceof SessionError ? error : ioError(error, path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function invalid(path: string, what: string): SessionError {
  return new SessionError('INVALID_VALUE', `${path} ${what}.`);
}
