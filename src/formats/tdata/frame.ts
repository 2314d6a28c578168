/** What is around the content of every file of Telegram Desktop (formats/tdata.md, section 2). */

import { createHash } from 'node:crypto';
import { SessionError } from '../../errors.ts';
import { joined } from './qt.ts';

/** `TDF$` */
const MAGIC = Uint8Array.of(0x54, 0x44, 0x46, 0x24);
const HEADER = 8;
const MD5 = 16;

/**
 * The version that files of ours have. Telegram Desktop ignores what was written by a newer version than itself, and
 * then overwrites it; this one is old enough for all that know user ids of 64 bits, and 4.6.5 was seen to take it.
 */
export const APP_VERSION = 3_004_000;

/** The content of a file, and what it is called. */
export interface Frame {
  /** Name of the file, relative to the folder. */
  file: string;
  /** The version of Telegram Desktop that wrote it: 5008003 is 5.8.3. */
  appVersion: number;
  data: Uint8Array;
}

/** Whether bytes begin as a file of Telegram Desktop. */
export function hasMagic(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** @throws SessionError `DAMAGED` */
export function readFrame(file: string, bytes: Uint8Array): Frame {
  const damaged = (what: string, found: string) =>
    new SessionError('DAMAGED', `${file} ${what}. Copy it again, with Telegram Desktop closed.`, {
      field: file,
      found,
    });
  if (!hasMagic(bytes))
    throw damaged('is no file of Telegram Desktop: it does not begin with TDF$', 'no TDF$');
  if (bytes.length < HEADER + MD5) throw damaged('is cut off', `${bytes.length} bytes`);
  const data = bytes.slice(HEADER, -MD5);
  const version = bytes.slice(4, HEADER);
  const sum = checksum(data, version);
  if (!sum.every((byte, i) => byte === bytes[bytes.length - MD5 + i])) {
    throw damaged('is cut off or changed: its checksum is wrong', 'another checksum');
  }
  const appVersion = new DataView(version.buffer).getInt32(0, true);
  if (appVersion < 0) throw damaged(`has a version that never was: ${appVersion}`, String(appVersion));
  return { file, appVersion, data };
}

/** A file with some content. */
export function writeFrame(data: Uint8Array): Uint8Array {
  const version = littleEndian(APP_VERSION);
  return joined(MAGIC, version, data, checksum(data, version));
}

/** Catches accidents; anybody can make one. */
function checksum(data: Uint8Array, version: Uint8Array): Uint8Array {
  const hash = createHash('md5');
  for (const part of [data, littleEndian(data.length), version, MAGIC]) hash.update(part);
  return hash.digest();
}

function littleEndian(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setInt32(0, value, true);
  return new Uint8Array(view.buffer);
}
