/** What sessions are in a folder that is none itself, for who named the folder. */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { SessionError } from '../errors.ts';
import { detect } from '../formats/index.ts';
import { scan } from './batch/scan.ts';
import { plain } from './print.ts';

/** So many files are looked at: it is a hint, not a search. */
const MAX_FILES = 2000;
/** So many are named. */
const MAX_NAMED = 5;

/** The sessions in a folder. */
export interface Contents {
  /** How many of each format. */
  formats: Record<string, number>;
  /** How many in all. */
  count: number;
  /** The paths of the first ones, relative to the folder. */
  first: string[];
  /** Whether there are so many files that not all were looked at. */
  more: boolean;
}

/** Which sessions are in a folder, and in those below it. None if the path is no folder. */
export async function contentsOf(path: string): Promise<Contents> {
  const contents: Contents = { formats: {}, count: 0, first: [], more: false };
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return contents;
  const { places } = await scan(path, null);
  const names = places.flatMap(({ folder, files, folders }) =>
    [...files, ...folders].map((name) => join(folder, name)),
  );
  contents.more = names.length > MAX_FILES;
  for (const name of names.slice(0, MAX_FILES)) {
    const format = await formatOf(join(path, name));
    if (format === null) continue;
    contents.formats[format] = (contents.formats[format] ?? 0) + 1;
    contents.count++;
    if (contents.first.length < MAX_NAMED) contents.first.push(name);
  }
  return contents;
}

async function formatOf(path: string): Promise<string | null> {
  try {
    const [first] = await detect({ path });
    return first === undefined || first.format === 'empty' ? null : first.format;
  } catch (error) {
    if (error instanceof SessionError) return null;
    throw error;
  }
}

/** How many sessions are in a folder, as a sentence; nothing if there is none. */
export function contentsSentence({ formats, count, more }: Contents): string {
  if (count === 0) return '';
  const sorted = Object.entries(formats).sort(([, m], [, n]) => n - m);
  const kinds = sorted.map(([format, number]) => `${number} ${format}`).join(', ');
  if (count === 1 && !more) return `A session is in it: ${kinds}.`;
  return `${more ? 'More than ' : ''}${count} sessions are in it: ${kinds}.`;
}

/** The same, with names and what to do, as lines. */
export function contentsText(path: string, contents: Contents): string {
  const { count, first } = contents;
  const names = first.map((name) => `  ${plain(name)}`);
  if (count > first.length) names.push('  …');
  return [
    contentsSentence(contents),
    ...names,
    `Name one of them, or convert all:  tgsession convert ${quoted(path)} --to <format> -o <folder>`,
  ].join('\n');
}

/** A path as the shell takes it. */
function quoted(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** Runs something that reads a path; if that is a folder and no session, the error says which ones are in it. */
export async function withContents<T>(path: string | null, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const isFolder =
      error instanceof SessionError && error.code === 'UNKNOWN_FORMAT' && error.found === 'a folder';
    if (!isFolder || path === null) throw error;
    const contents = await contentsOf(path);
    if (contents.count === 0) throw error;
    throw new SessionError(
      'UNKNOWN_FORMAT',
      `${path} is no session itself. ${contentsText(path, contents)}`,
      {
        found: error.found!,
      },
    );
  }
}
