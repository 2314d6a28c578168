/** The names in a folder: which sessions are there, and how a name and its file belong together. */

import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SessionError } from '../../errors.ts';
import { ioError } from '../../sqlite/io-error.ts';
import { realPath } from '../../sqlite/path.ts';
import { checkName, compareNames } from '../names.ts';

/** What the name of a session is followed by in that of its file. */
export const SESSION_SUFFIX = '.session';
const HOLDER_SUFFIX = `${SESSION_SUFFIX}-holder`;

/** What a folder holds. */
export interface Listing {
  /** Names of sessions, as far as the names of files tell, in the order of their code points. */
  names: string[];
  /** Those beside which somebody is named as the holder. */
  named: Set<string>;
  /** Names of files that end like a session's, but can be the name of none. */
  odd: string[];
}

/**
 * Looks into a folder. One that is not there is empty.
 *
 * @param after only names behind this one
 * @throws SessionError `IO`
 */
export function listFolder(folder: string, after: string | null = null): Listing {
  const listing: Listing = { names: [], named: new Set(), odd: [] };
  for (const entry of entriesOf(folder)) {
    if (entry.endsWith(HOLDER_SUFFIX)) listing.named.add(entry.slice(0, -HOLDER_SUFFIX.length));
    else if (entry.endsWith(SESSION_SUFFIX)) {
      const name = entry.slice(0, -SESSION_SUFFIX.length);
      if (!isName(name)) listing.odd.push(entry);
      else if (after === null || compareNames(name, after) > 0) listing.names.push(name);
    }
  }
  listing.names.sort(compareNames);
  return listing;
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw ioError(error, folder);
  }
}

function isName(text: string): boolean {
  try {
    return checkName(text) === text;
  } catch {
    return false;
  }
}

/** The file of a session. */
export function fileOf(folder: string, name: string): string {
  return join(folder, name + SESSION_SUFFIX);
}

/** The same, where it really is: what is remembered of a file goes by this. */
export function realFileOf(folder: string, name: string): string {
  return realPath(fileOf(folder, name));
}

/** A folder as an absolute path. @throws SessionError `INVALID_PATH` */
export function folderPath(folder: string | URL): string {
  const isFile = folder instanceof URL && folder.protocol === 'file:';
  const path = isFile ? fileURLToPath(folder) : folder;
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new SessionError(
      'INVALID_PATH',
      'The folder of sessions must be a path: text without NUL, not empty, or a file: URL.',
    );
  }
  return resolve(path);
}

/** What is asked of a file system to tell whether it takes two names for one. */
export interface Names {
  /** What is the same for two names of one file; null if there is no such file. */
  identity(path: string): string | null;
  /** The names in a folder, as they are written there. */
  list(folder: string): string[];
}

const REAL: Names = {
  identity(path) {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? null : `${stats.dev}:${stats.ino}`;
  },
  list: entriesOf,
};

/**
 * The session that is found in the place of another one: some file systems take names for the same that differ in upper
 * and lower case only. Null where a name means just itself.
 */
export function otherCaseOf(folder: string, name: string, names: Names = REAL): string | null {
  const swapped = swapCase(name);
  if (swapped === name) return null;
  const identity = names.identity(fileOf(folder, name));
  if (identity === null || identity !== names.identity(fileOf(folder, swapped))) return null;
  // One file under both names. There may be two of them in the folder, which is the user's own doing.
  const written = names.list(folder);
  if (written.includes(name + SESSION_SUFFIX)) return null;
  const lower = name.toLowerCase() + SESSION_SUFFIX;
  return written.find((one) => one.toLowerCase() === lower)?.slice(0, -SESSION_SUFFIX.length) ?? swapped;
}

/** @throws SessionError `EXISTS` if another session would be found in the place of this one */
export function refuseOtherCase(folder: string, name: string): void {
  const other = otherCaseOf(folder, name);
  if (other === null) return;
  throw new SessionError(
    'EXISTS',
    `The session ${name} cannot be in ${folder}: its file system does not tell it from ${other}, which is there. Use that name, or another one.`,
  );
}

function swapCase(text: string): string {
  return text.replaceAll(/\p{L}/gu, (letter) => {
    const upper = letter.toUpperCase();
    return letter === upper ? letter.toLowerCase() : upper;
  });
}
