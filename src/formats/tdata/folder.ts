/** A folder of Telegram Desktop: which files in it are which (formats/tdata.md, section 1). */

import { SessionError } from '../../errors.ts';
import type { FormatInput } from '../codec.ts';
import { type Frame, hasMagic, readFrame } from './frame.ts';
import { fileNameOf, keyFileOf, MAX_ACCOUNTS } from './names.ts';

/** Largest file that is read. Those that matter have a few kilobytes; six of these are decrypted within a second. */
export const MAX_TDATA_BYTES = 256 * 1024;
/** Most files that are looked at to find out what a folder is. */
const MAX_LOOKS = 20;

/** What a file may end with. The first one is today's; the others took turns until April 2020. */
const SUFFIXES = ['s', '0', '1'];

/** An input with the folder `tdata` in it, or that folder itself. */
export interface TdataFolder {
  input: FormatInput;
  /** What stands before the names of its files: nothing, or `tdata/`. */
  root: string;
  /** Names of the files in the input. */
  names: ReadonlySet<string>;
  /** Names of data that there is a key file for, sorted. */
  dataNames: readonly string[];
  /** Names of accounts' folders with a map in them, as they were before there were key files. */
  maps: readonly string[];
}

/** Finds the files of Telegram Desktop by their names. */
export function tdataFolder(input: FormatInput): TdataFolder {
  const names = new Set(input.names);
  const inside = folderAt(input, names, 'tdata/');
  // Somebody named the folder around it, such as the one with the program.
  const isAround = inside.dataNames.length + inside.maps.length > 0;
  const itself = folderAt(input, names, '');
  return isAround && itself.dataNames.length + itself.maps.length === 0 ? inside : itself;
}

function folderAt(input: FormatInput, names: ReadonlySet<string>, root: string): TdataFolder {
  const dataNames = new Set<string>();
  const maps = new Set<string>();
  for (const name of names) {
    if (!name.startsWith(root)) continue;
    const file = name.slice(root.length);
    const dataName = /^key_([^/]+)[s01]$/.exec(file)?.[1];
    if (dataName !== undefined) dataNames.add(dataName);
    const account = /^([\dA-F]{16})\/map[s01]$/.exec(file)?.[1];
    if (account !== undefined) maps.add(account);
  }
  return { input, root, names, dataNames: [...dataNames].sort(), maps: [...maps].sort() };
}

/** The names of a file with their suffixes, as far as there are such files; none counts beside one of today. */
function namesOf({ root, names }: TdataFolder, file: string): string[] {
  const [today, ...old] = SUFFIXES.map((suffix) => `${root}${file}${suffix}`);
  return names.has(today!) ? [today!] : old.filter((name) => names.has(name));
}

/** The data names and maps whose files are what their names say. */
export async function ofTelegramDesktop(
  folder: TdataFolder,
): Promise<Pick<TdataFolder, 'dataNames' | 'maps'>> {
  const filter = async (list: readonly string[], fileOf: (name: string) => string) => {
    const fitting: string[] = [];
    for (const name of list.slice(0, MAX_LOOKS)) {
      for (const file of namesOf(folder, fileOf(name))) {
        if (hasMagic(await folder.input.head(file)) && !fitting.includes(name)) fitting.push(name);
      }
    }
    return fitting;
  };
  return {
    dataNames: await filter(folder.dataNames, keyFileOf),
    maps: await filter(folder.maps, (account) => `${account}/map`),
  };
}

/**
 * Reads a file, of old ones the newer first. One of today that is damaged is not replaced by an old one: that holds
 * what was true before.
 *
 * @param file its name without suffix
 * @returns null if there is none
 * @throws SessionError `DAMAGED`, `INVALID_VALUE` if it is too large
 */
export async function readTdataFile(folder: TdataFolder, file: string): Promise<Frame | null> {
  let failed: unknown = null;
  for (const name of await newestFirst(folder, namesOf(folder, file))) {
    try {
      const bytes = await folder.input.bytes(name, MAX_TDATA_BYTES);
      return readFrame(name.slice(folder.root.length), bytes);
    } catch (error) {
      if (!(error instanceof SessionError && error.code === 'DAMAGED')) throw error;
      failed ??= error;
    }
  }
  if (failed !== null) throw failed;
  return null;
}

/** By the time of change; where that is not known, or the same, 0 before 1. */
async function newestFirst({ input }: TdataFolder, names: string[]): Promise<string[]> {
  if (names.length < 2) return names;
  const times = await Promise.all(names.map(async (name) => (await input.modified(name)) ?? 0));
  return times[0]! < times[1]! ? names.toReversed() : names;
}

/** Every file that the accounts consist of, as far as it is there. */
export function filesOf(
  folder: TdataFolder,
  { dataNames, maps }: Pick<TdataFolder, 'dataNames' | 'maps'>,
): string[] {
  const accounts = dataNames.flatMap((dataName) =>
    Array.from({ length: MAX_ACCOUNTS }, (_, index) => fileNameOf(dataName, index)),
  );
  const files = [
    ...dataNames.map(keyFileOf),
    ...[...new Set([...accounts, ...maps])].flatMap((name) => [name, `${name}/map`, `${name}/config`]),
  ];
  return files
    .flatMap((file) => SUFFIXES.map((suffix) => `${folder.root}${file}${suffix}`))
    .filter((name) => folder.names.has(name));
}
