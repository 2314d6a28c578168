/** Keys of data centres as TDLib stores them (formats/tdlib.md, section 4), one setting each: `auth2`. */

import { AUTH_KEY_LENGTH, authKeyId, checkAuthKey } from '../../auth-key.ts';
import type { ByteReader } from '../bytes.ts';
import { readTlBytes, TlWriter } from '../tl.ts';
import { decimal, recordOf, type Settings } from './key-values.ts';

/** TDLib knows no data centre beyond. */
export const MAX_TDLIB_DC = 1000;

const AUTHORIZED = 1;
/** Of old versions: that it was authorized once. */
const WAS_AUTHORIZED = 2;
const HAS_CREATED_AT = 4;
const HAS_EXPIRES_AT = 8;
const ALL_FLAGS = AUTHORIZED | WAS_AUTHORIZED | HAS_CREATED_AT | HAS_EXPIRES_AT;

const DOUBLE = 8;

/** The key of a data centre. */
export interface StoredKey {
  /** Null where the key was removed: TDLib stores an empty one then. */
  auth: Uint8Array | null;
  /** Whether it is logged in. */
  authorized: boolean;
}

/** The keys by data centre, in the order of their numbers. @throws SessionError `INVALID_VALUE` */
export function readKeys(values: Settings['values']): Map<number, StoredKey> {
  const keys = new Map<number, StoredKey>();
  for (const name of values.keys()) {
    const digits = /^auth(\d.*)$/s.exec(name)?.[1];
    const record = digits === undefined ? null : recordOf(values, name);
    if (record !== null) keys.set(decimal(digits!, `${record.place}.dc`, 1, MAX_TDLIB_DC), readKey(record));
  }
  return new Map([...keys].sort(([a], [b]) => a - b));
}

/** Id of the key, flags, key, when it was made, and (two numbers) how long it is good for. */
function readKey(record: ByteReader): StoredKey {
  const id = hex(record.bytes('keyId', 8));
  const flags = record.u32le('flags');
  if ((flags & ~ALL_FLAGS) !== 0) record.refuse('flags', `flags up to ${ALL_FLAGS}`, String(flags));
  const key = readTlBytes(record, 'key');
  if ((flags & HAS_CREATED_AT) !== 0) record.take('createdAt', DOUBLE);
  if ((flags & HAS_EXPIRES_AT) !== 0) record.take('expiresAt', 2 * DOUBLE);
  record.end();
  if (key.left === 0) return { auth: null, authorized: false };
  if (key.left !== AUTH_KEY_LENGTH) {
    record.refuse('key', `an auth key of exactly ${AUTH_KEY_LENGTH} bytes`, `${key.left} bytes`);
  }
  const auth = checkAuthKey(record.place, 'key', key.bytes('', AUTH_KEY_LENGTH))!;
  // Not the id of this key: one of the two is damaged.
  if (id !== authKeyId(auth)) record.refuse('keyId', 'the id of the key', 'another one');
  return { auth, authorized: (flags & AUTHORIZED) !== 0 };
}

/** A key as the value of its setting. */
export function writeKey(auth: Uint8Array, authorized: boolean): Uint8Array {
  const id = authKeyId(auth).match(/../g)!;
  const writer = new TlWriter()
    .raw(...id.map((byte) => Number.parseInt(byte, 16)))
    .int(authorized ? AUTHORIZED : 0)
    .bytes(auth);
  const value = writer.done();
  writer.wipe();
  return value;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
