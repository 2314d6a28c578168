/** Finds what may be a session in a folder and in those below it. Links are not followed. */

import { type Dirent, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SessionError } from '../../errors.ts';
import { detect } from '../../formats/index.ts';
import { ioError } from '../../sqlite/io-error.ts';
import { isBackupOf, NEW_SUFFIX } from '../../sqlite/remove.ts';
import { TEMPORARY } from '../output-file.ts';

/** Deepest folder that is looked into, the one that was named being 0. */
const MAX_DEPTH = 8;
/** Most sources of one run. */
const MAX_SOURCES = 1_000_000;

/** A folder, and the sources in it. */
export interface Place {
  /** Relative to the folder that was named; '' is itself. */
  folder: string;
  /** Names of files, which may be sessions or not. */
  files: string[];
  /** Names of folders that are sessions. */
  folders: string[];
}

/** What was found. */
export interface Scan {
  places: Place[];
  /** How many sources there are in all places. */
  count: number;
  /** What was left out, each a sentence. */
  notes: string[];
}

/**
 * Lists all that may be a session: files, but for those that belong to another one, and folders that are one. Into
 * these it does not look.
 *
 * @param leftOut a folder that is not looked into, as the targets go there; or null
 * @param from only folders of this format are sessions
 * @throws SessionError `IO`, `NOT_FOUND`, `UNSUPPORTED` (too many)
 */
export async function scan(root: string, leftOut: string | null, from?: string): Promise<Scan> {
  const found: Scan = { places: [], count: 0, notes: [] };
  const left = { links: 0, hidden: 0, deep: 0, closed: 0 };
  const skipped = leftOut === null ? null : resolve(leftOut);
  let level = [''];
  for (let depth = 0; level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      const entries = folder === '' ? entriesOf(root, left) : entriesIfOpen(join(root, folder), left);
      const files = filesOf(entries);
      const folders: string[] = [];
      for (const name of entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)) {
        const path = join(root, folder, name);
        if (resolve(path) === skipped || TEMPORARY.test(name)) continue;
        if (await isSession(path, from)) folders.push(name);
        else if (depth < MAX_DEPTH) next.push(join(folder, name));
        else left.deep++;
      }
      const count = files.length + folders.length;
      if (count > 0) found.places.push({ folder, files: files.sort(), folders: folders.sort() });
      found.count += count;
      if (found.count > MAX_SOURCES) throw tooMany(root);
    }
    level = next.sort();
  }
  if (left.links > 0) found.notes.push(`Links were not followed: ${left.links}.`);
  if (left.hidden > 0) found.notes.push(`Names that begin with a dot were left out: ${left.hidden}.`);
  if (left.closed > 0) found.notes.push(`Folders that may not be looked into: ${left.closed}.`);
  if (left.deep > 0) found.notes.push(`Folders below ${MAX_DEPTH} others were left out: ${left.deep}.`);
  return found;
}

function entriesOf(folder: string, left: { links: number; hidden: number }): Dirent[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw ioError(error, folder);
  }
  return entries.filter((entry) => {
    if (entry.name.startsWith('.')) left.hidden++;
    else if (entry.isSymbolicLink()) left.links++;
    else return true;
    return false;
  });
}

/** As {@link entriesOf}; one closed folder does not stop the search. */
function entriesIfOpen(folder: string, left: { links: number; hidden: number; closed: number }): Dirent[] {
  try {
    return entriesOf(folder, left);
  } catch {
    left.closed++;
    return [];
  }
}

/** What a session keeps beside its file: of SQLite, of SqliteSession, and of DirectorySessions. */
const SIDE_SUFFIX = /-(?:wal|shm|journal|lock|holder|notes)$/;
const BACKUP_SUFFIX = /\.v\d(?:-\d+)?\.backup$/;

/** The names of files that belong to no other file. */
function filesOf(entries: readonly Dirent[]): string[] {
  const names = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
  return [...names].filter((name) => {
    const owner = name.replace(SIDE_SUFFIX, '');
    const backedUp = name.replace(BACKUP_SUFFIX, '');
    const unfinished = name.slice(0, Math.max(0, name.lastIndexOf(NEW_SUFFIX)));
    if (TEMPORARY.test(name) || names.has(unfinished)) return false;
    return !(owner !== name && names.has(owner)) && !(names.has(backedUp) && isBackupOf(backedUp, name));
  });
}

/** Whether a folder is a session. One that cannot be looked at is taken for one: converting it says why. */
async function isSession(path: string, from: string | undefined): Promise<boolean> {
  try {
    const detections = await detect({ path });
    return detections.some(({ format }) => from === undefined || format === from);
  } catch (error) {
    if (error instanceof SessionError) return true;
    throw error;
  }
}

function tooMany(root: string): SessionError {
  return new SessionError(
    'UNSUPPORTED',
    `${root} has more than ${MAX_SOURCES} files in it. Convert its folders one by one.`,
  );
}
