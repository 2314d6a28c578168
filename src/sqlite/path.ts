/** From what a user calls a session to the file that it is. */

import { lstatSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SessionError } from '../errors.ts';

/**
 * The absolute path of a session file: `.session` is added where the last part of the path has no suffix, by the
 * rule of Python's pathlib that Telethon v2 uses (a leading dot and a trailing dot make no suffix).
 *
 * @throws SessionError `INVALID_PATH`
 */
export function sessionPath(path: string | URL): string {
  if (path instanceof URL && path.protocol !== 'file:') {
    throw new SessionError(
      'INVALID_PATH',
      `A session file needs a path or a file: URL, not ${path.protocol}`,
    );
  }
  const text = path instanceof URL ? fileURLToPath(path) : path;
  if (typeof text !== 'string' || text.includes('\0')) {
    throw new SessionError('INVALID_PATH', 'The path of a session must be text without NUL, or a file: URL.');
  }
  const name = lastPart(text);
  if (name === '') {
    throw new SessionError(
      'INVALID_PATH',
      `"${text}" names no file. Give the session a name, such as "alice".`,
    );
  }
  const dot = name.lastIndexOf('.');
  const hasSuffix = dot > 0 && dot < name.length - 1;
  // A name of two dots is a folder to resolve(), but with its suffix it is a file like any other.
  const folder = text.slice(0, text.lastIndexOf(name));
  return join(resolve(folder), hasSuffix ? name : `${name}.session`);
}

/** The last part of a path that is neither empty nor `.`; empty if there is none. */
function lastPart(path: string): string {
  const isWindows = process.platform === 'win32';
  const isSlash = (i: number) => path[i] === '/' || (isWindows && path[i] === '\\');
  let end = path.length;
  for (;;) {
    while (end > 0 && isSlash(end - 1)) end--;
    let begin = end;
    while (begin > 0 && !isSlash(begin - 1)) begin--;
    if (end === 0 || path.slice(begin, end) !== '.') return path.slice(begin, end);
    end = begin;
  }
}

/**
 * The file behind a link, so that one file has one name. Links on the way to its folder need no care: what is put
 * beside the file stands beside it whichever way one came. A file that is not there yet keeps its name.
 */
export function realPath(path: string): string {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? realpathSync.native(path) : path;
  } catch {
    return path; // nothing there, or a link to nothing: whoever opens it says what is wrong
  }
}
