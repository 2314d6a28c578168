/** Where Telegram for Android keeps its accounts (formats/android.md, section 1), and how these files are got at. */

import type { FormatInput } from '../codec.ts';

/** An account, by the files that it consists of. */
export interface Place {
  /** Number of the account. */
  index: number;
  /** Path of its tgnet.dat from the folder that was given; null where that file itself was given. */
  tgnet: string | null;
  /** Paths where its preferences may stand, the likeliest first. */
  preferences: readonly string[];
  /** Paths where the preferences of the first account may stand, which say which account is in use. */
  main: readonly string[];
}

const TGNET = 'tgnet.dat';
/** The first account has none; of the others 999 are looked for, which is more than any app has. */
const ACCOUNT_FOLDER = /^account([1-9]\d{0,2})$/;

/** The name of the preferences of an account; that of the first one is spelt like this. */
export function preferencesName(index: number): string {
  return index === 0 ? 'userconfing.xml' : `userconfig${index}.xml`;
}

/** Path of an account's file from the folder of all. */
export function tgnetName(index: number): string {
  return index === 0 ? TGNET : `account${index}/${TGNET}`;
}

/** Whether a file is called like one of these. */
export function isTgnetName(name: string): boolean {
  return name === TGNET || name === backupName(TGNET);
}

/** What the app calls a file while it writes it anew. */
function backupName(path: string): string {
  return `${path}.bak`;
}

/** The accounts in an input, by their numbers; of a file it is the one. */
export async function placesIn(input: FormatInput): Promise<Place[]> {
  const own = await ownIndex(input);
  const outside = outsideOf(input, own !== null);
  if (!input.isFolder) return [placeOf(own ?? 0, null, outside)];
  const inFiles = indexesIn(input.names, 'files/');
  // The folder of all data.
  if (inFiles.length > 0) {
    return inFiles.map((index) => placeOf(index, `files/${tgnetName(index)}`, ['shared_prefs/']));
  }
  // The folder of one account, or the folder of files, or one into which somebody copied them.
  const indexes = indexesIn(input.names, '');
  if (own !== null) return indexes.includes(0) ? [placeOf(own, TGNET, outside)] : [];
  return indexes.map((index) => placeOf(index, tgnetName(index), outside));
}

/**
 * The number in the name of the folder, which it has for all accounts but the first. Null where the preferences of the
 * first one stand beside: then somebody copied both, and the folder has the name that they gave it.
 */
async function ownIndex(input: FormatInput): Promise<number | null> {
  const [, digits] = ACCOUNT_FOLDER.exec(input.folderName ?? '') ?? [];
  if (digits === undefined || (await plainFileAt(input, preferencesName(0))) !== null) return null;
  return Number(digits);
}

function indexesIn(names: readonly string[], folder: string): number[] {
  const indexes = new Set<number>();
  for (const name of names) {
    if (!name.startsWith(folder)) continue;
    const [first, second, more] = name.slice(folder.length).split('/');
    const [, digits] = ACCOUNT_FOLDER.exec(first!) ?? [];
    if (second === undefined && isTgnetName(first!)) indexes.add(0);
    else if (digits !== undefined && more === undefined && isTgnetName(second ?? '')) {
      indexes.add(Number(digits));
    }
  }
  return [...indexes].sort((a, b) => a - b);
}

/** Folders in which preferences may stand, seen from the input; those of the app only where it has its place there. */
function outsideOf({ folderName }: FormatInput, isAccountFolder: boolean): string[] {
  if (isAccountFolder) return ['../../shared_prefs/', ''];
  return folderName === 'files' ? ['../shared_prefs/', ''] : [''];
}

function placeOf(index: number, tgnet: string | null, folders: readonly string[]): Place {
  const paths = (name: string) => folders.map((folder) => `${folder}${name}`);
  return { index, tgnet, preferences: paths(preferencesName(index)), main: paths(preferencesName(0)) };
}

/** A file that was found. */
export interface Found {
  path: string;
  bytes: Uint8Array;
}

/** The file that the app would read: see {@link fileAt}. Null where there is none. */
export async function firstOf(
  input: FormatInput,
  paths: readonly string[],
  notes: string[],
): Promise<Found | null> {
  for (const path of paths) {
    const found = await fileAt(input, path, notes);
    if (found !== null) return found;
  }
  return null;
}

/**
 * A file, or the one that stands beside it under the name that it had before a write which did not come to its end: the
 * app takes that one and deletes the other, and so does Android with preferences.
 */
export async function fileAt(input: FormatInput, path: string, notes: string[]): Promise<Found | null> {
  const backup = await plainFileAt(input, backupName(path));
  if (backup !== null) {
    notes.push(
      `${backup.path} was read in place of ${path}: a write did not come to its end, and the app goes back to it.`,
    );
    return backup;
  }
  return plainFileAt(input, path);
}

async function plainFileAt(input: FormatInput, path: string): Promise<Found | null> {
  const isNamed = input.isFolder && input.names.includes(path);
  const bytes = isNamed ? await input.bytes(path) : await input.nearby(path);
  return bytes === null ? null : { path, bytes };
}

/** The tgnet.dat of an account. */
export async function tgnetAt(input: FormatInput, { tgnet }: Place, notes: string[]): Promise<Found | null> {
  if (tgnet !== null) return fileAt(input, tgnet, notes);
  const [name] = input.names;
  const backup = name === TGNET ? await fileAt(input, TGNET, notes) : null;
  return backup ?? { path: name!, bytes: await input.bytes() };
}
