/** Writing a file that holds a secret: whole or not at all, for its owner alone, never over another by accident. */

import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SessionError } from '../errors.ts';
import { ioError } from '../sqlite/io-error.ts';
import { syncFile, writeNewFile } from '../sqlite/sync.ts';

/** What a target is named until it is whole: its own name, the number of the process, and `.tmp`. */
export const TEMPORARY = /^(.+)\.(\d+)\.tmp$/;

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
    writeNewFile(temporary, bytes);
    giveName(temporary, path, replace);
  } catch (error) {
    throw outputError(error, path);
  }
}

/**
 * Puts a file that was made in a build folder in its place in one step, synced.
 *
 * @param replace whether one that is there may be replaced
 * @throws SessionError `EXISTS`, `IO`
 */
export function placeSecretFile(built: string, path: string, replace: boolean): void {
  try {
    syncFile(built);
    giveName(built, path, replace);
  } catch (error) {
    throw outputError(error, path);
  }
}

/**
 * Gives a folder beside a target in which it may be made, for its owner alone, and removes it afterwards.
 *
 * @throws SessionError `IO`, and what `use` throws
 */
export async function withBuildFolder<T>(path: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    throw ioError(error, path);
  }
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function giveName(temporary: string, path: string, replace: boolean): void {
  try {
    if (replace) renameSync(temporary, path);
    else linkSync(temporary, path); // unlike a rename, this refuses a name that is taken
  } finally {
    if (!replace) unlinkSync(temporary);
  }
}

function outputError(error: unknown, path: string): SessionError {
  return (error as NodeJS.ErrnoException).code === 'EEXIST' ? exists(path) : ioError(error, path);
}

/**
 * Writes the files of a folder and puts the whole folder in its place in one step. The folder and those in it are for
 * their owner alone (0700), as are the files.
 *
 * @param files by their names in the folder, with `/`
 * @param replaced names of the files that a folder of this name may consist of, to be replaced; null if none may
 * @throws SessionError `EXISTS`, also if there is anything else in the folder; `IO`
 */
export function writeSecretFolder(
  path: string,
  files: ReadonlyMap<string, Uint8Array>,
  replaced: readonly string[] | null,
): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const old = `${path}.${process.pid}.old`;
  try {
    const isThere = checkReplaceable(path, replaced);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    mkdirSync(temporary, { mode: 0o700 });
    try {
      for (const [name, bytes] of files) {
        const file = join(temporary, name);
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
        writeNewFile(file, bytes);
      }
      if (isThere) renameSync(path, old);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      throw error;
    }
    if (!isThere) return;
    // Not recursively: what came into it meanwhile is not ours to remove.
    for (const name of replaced ?? []) unlinkSync(join(old, name));
    for (const folder of foldersOf(replaced ?? [])) rmdirSync(join(old, folder));
    rmdirSync(old);
  } catch (error) {
    if (error instanceof SessionError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EEXIST' || code === 'ENOTEMPTY' ? exists(path) : ioError(error, path);
  }
}

/** Whether there is a folder that may be replaced. @throws SessionError `EXISTS` if something else is there */
function checkReplaceable(path: string, replaced: readonly string[] | null): boolean {
  if (!existsSync(path)) return false;
  if (replaced === null) throw exists(path);
  if (!statSync(path).isDirectory()) {
    throw new SessionError(
      'EXISTS',
      `${path} is a file, and a folder is to be written. Choose another name.`,
    );
  }
  const known = new Set([...replaced, ...foldersOf(replaced)].map((name) => join(path, name)));
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  const other = entries.filter(({ parentPath, name }) => !known.has(join(parentPath, name)));
  if (other.length === 0) return true;
  throw new SessionError(
    'EXISTS',
    `${path} is a folder with ${other.length} entries that are no part of such a session. Choose another name, or remove it yourself.`,
  );
}

/** The folders that files stand in, by their names, the deepest first. */
function foldersOf(names: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const name of names) {
    for (let folder = dirname(name); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  return [...folders].sort((a, b) => b.length - a.length);
}

/** The error for a target that is there already. */
export function exists(path: string): SessionError {
  return new SessionError('EXISTS', `${path} exists. Choose another name, or replace it with --force.`);
}
