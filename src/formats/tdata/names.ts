/** What the files of an account are called (formats/tdata.md, section 1). */

import { createHash } from 'node:crypto';
import { refuse } from '../../check.ts';

/** Name of the format. */
export const NAME = 'tdata';

/** Longest passcode that is tried. */
export const MAX_PASSCODE = 1000;

/** Most accounts in a folder; without a premium account it is three. */
export const MAX_ACCOUNTS = 6;

/** The name that Telegram Desktop has for its data unless it was started with another one (`-key NAME`). */
export const USUAL_DATA_NAME = 'data';

/** Longest name of a file on any system that Telegram Desktop runs on. */
const MAX_NAME = 200;

/**
 * The name of an account's files: the begin of the MD5 of its data name, each byte with its halves swapped.
 *
 * @param index number of the account, from 0
 */
export function fileNameOf(dataName: string, index = 0): string {
  const name = index === 0 ? dataName : `${dataName}#${index + 1}`;
  const [...bytes] = createHash('md5').update(name, 'utf8').digest().subarray(0, 8);
  return bytes
    .map((byte) => `${(byte & 15).toString(16)}${(byte >> 4).toString(16)}`)
    .join('')
    .toUpperCase();
}

/** The file with the local key and the list of accounts, without its suffix. */
export function keyFileOf(dataName: string): string {
  return `key_${dataName}`;
}

/** @throws SessionError `INVALID_VALUE` for what is no name of data that is to be read */
export function checkDataName(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME && !/[/\\\0]/.test(name))
    return name;
  return refuse('dataName', '', 'the NAME that Telegram Desktop was started with (-key NAME)', name);
}

/** @throws SessionError `INVALID_VALUE` for a name that Telegram Desktop would change, and then not find */
export function checkNewDataName(name: string): string {
  if (/^[a-z\d_-]{1,100}$/.test(name)) return name;
  return refuse('dataName', '', 'up to 100 small letters, digits, - and _, as Telegram Desktop allows', name);
}
