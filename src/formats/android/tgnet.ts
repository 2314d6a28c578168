/** tgnet.dat (formats/android.md, section 2): versions 1 to 5 are read, 5 is written. */

import { checkDcId } from '../../check.ts';
import type { DataCenter } from '../../session.ts';
import { ByteReader } from '../bytes.ts';
import { BOOL_FALSE, BOOL_TRUE, readTlBool, readTlString, TlWriter } from '../tl.ts';
import {
  MIN_DATA_CENTER_BYTES,
  readDataCenter,
  type TgnetDataCenter,
  writeDataCenter,
} from './data-center.ts';
import { readVersion } from './version.ts';

const OLDEST = 1;
const NEWEST = 5;
/** More data centres than there are. */
const MAX_DATA_CENTERS = 100;
const MAX_SESSIONS = 1_000_000;
const SESSION_BYTES = 8;
/** A version above this is none; such a file is something else. */
const MAX_LIKELY_VERSION = 255;

/** What the file holds. */
export interface Tgnet {
  version: number;
  /** Whether it belongs to the test servers. */
  testBackend: boolean;
  /** The data centre that the account lives on; it is one of those below. */
  currentDc: number;
  /** How many sessions the app has yet to close at the server. */
  sessionsToDestroy: number;
  dataCenters: TgnetDataCenter[];
}

/** The version of a file that begins like one of these; null for anything else. */
export function likelyVersion(head: Uint8Array): number | null {
  const reader = new ByteReader(head, 'head');
  const [version, bool] = [reader.peekU32le(4), reader.peekU32le(8)];
  if (version === null || version < OLDEST || version > MAX_LIKELY_VERSION) return null;
  return bool === BOOL_TRUE || bool === BOOL_FALSE ? version : null;
}

/**
 * Reads the file.
 *
 * @param at what errors call it
 * @throws SessionError `NEWER_VERSION`, `BAD_VERSION`, `INVALID_VALUE`
 */
export function readTgnet(bytes: Uint8Array, at: string): Tgnet {
  const reader = new ByteReader(bytes, at);
  const size = reader.u32le('size');
  if (size === 0 || size !== reader.left) {
    reader.refuse('size', `the count of what follows, which is ${reader.left} bytes`, String(size));
  }
  const version = readVersion(reader, 'version', OLDEST, NEWEST);
  const testBackend = readTlBool(reader, 'testBackend');
  if (version >= 3) readTlBool(reader, 'clientBlocked');
  if (version >= 4) readTlString(reader, 'lastInitSystemLangcode');
  if (!readTlBool(reader, 'configured')) {
    reader.refuse('configured', 'true', 'false: the app has never connected, and the file holds no key');
  }
  const currentDc = checkDcId(at, 'currentDatacenterId', reader.u32le('currentDatacenterId'));
  reader.take('timeDifference', 4);
  reader.take('lastDcUpdateTime', 4);
  reader.take('pushSessionId', 8);
  if (version >= 2) readTlBool(reader, 'registeredForInternalPush');
  if (version >= 5) reader.take('lastServerTime', 4);
  const sessionsToDestroy = reader.count(
    'sessionsToDestroy',
    reader.u32le('sessionsToDestroy'),
    MAX_SESSIONS,
    SESSION_BYTES,
  );
  reader.take('sessionsToDestroy', sessionsToDestroy * SESSION_BYTES);
  const dataCenters = readDataCenters(reader);
  reader.end();
  if (!dataCenters.some(({ id }) => id === currentDc)) {
    reader.refuse('currentDatacenterId', 'one of the data centres in the file', `${currentDc}, which is not`);
  }
  return { version, testBackend, currentDc, sessionsToDestroy, dataCenters };
}

function readDataCenters(reader: ByteReader): TgnetDataCenter[] {
  const count = reader.count(
    'datacenters',
    reader.u32le('datacenters'),
    MAX_DATA_CENTERS,
    MIN_DATA_CENTER_BYTES,
  );
  const dataCenters: TgnetDataCenter[] = [];
  const seen = new Set<number>();
  for (let i = 0; i < count; i++) {
    const dc = readDataCenter(reader, `datacenters[${i}]`);
    if (seen.has(dc.id)) reader.refuse(`datacenters[${i}].id`, 'unique', `${dc.id} a second time`);
    seen.add(dc.id);
    dataCenters.push(dc);
  }
  return dataCenters;
}

/**
 * Writes the file. Times and the id of the push session are 0, as in an app that was just installed.
 *
 * @param isAuthorized whether the key of a data centre is logged in
 */
export function writeTgnet(
  dcs: readonly DataCenter[],
  main: DataCenter,
  test: boolean,
  isAuthorized: (dc: DataCenter) => boolean,
): Uint8Array {
  const writer = new TlWriter()
    .int(0) // the size, which is not known yet
    .int(NEWEST)
    .bool(test)
    .bool(false) // not blocked
    .string('') // no language yet
    .bool(true)
    .int(main.id)
    .int(0)
    .int(0)
    .long(0n)
    .bool(false) // not registered for push messages
    .int(0)
    .int(0) // no sessions to destroy
    .int(dcs.length);
  for (const dc of dcs) writeDataCenter(writer, dc, isAuthorized(dc));
  const bytes = writer.done();
  writer.wipe();
  new DataView(bytes.buffer).setUint32(0, bytes.length - 4, true);
  return bytes;
}
