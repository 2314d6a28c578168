/** The encryption of a binlog (formats/tdlib.md, section 3): the first event holds all but the key. */

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  pbkdf2Sync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import type { ByteReader } from '../bytes.ts';
import { readTlBytes, TlWriter } from '../tl.ts';
import { ENCRYPTION, writeEvent } from './events.ts';

const encoder = new TextEncoder();
/** The key of applications that give none. */
const DEFAULT_KEY = encoder.encode('cucumber');
const HASHED = encoder.encode('cucumbers everywhere');
/** What is given is a key and no password, so that two rounds are enough for TDLib. */
const ROUNDS = 2;
const CIPHER = 'aes-256-ctr';
const KEY_SIZE = 32;
const SALT_SIZE = 32;
const IV_SIZE = 16;
const HASH_SIZE = 32;

/** The raw key to use: the one given, or TDLib's own, which an empty one stands for too. @throws SessionError `INVALID_VALUE` */
export function rawKey(given: Uint8Array | undefined): Uint8Array {
  if (given === undefined) return DEFAULT_KEY;
  if (!(given instanceof Uint8Array)) return refuse('options', 'databaseEncryptionKey', 'bytes', given);
  return given.length === 0 ? DEFAULT_KEY : given;
}

/**
 * Decrypts what follows the encryption event.
 *
 * @param event the data of that event
 * @param given the key of the application, if it was given
 * @throws SessionError `NEEDS_SECRET`, `WRONG_SECRET`, `INVALID_VALUE`
 */
export function decrypt(event: ByteReader, bytes: Uint8Array, given: Uint8Array | undefined, label: string) {
  const flags = event.i32le('flags');
  if (flags !== 0) event.refuse('flags', '0', String(flags));
  const salt = field(event, 'salt', SALT_SIZE);
  const iv = field(event, 'iv', IV_SIZE);
  const hash = field(event, 'keyHash', HASH_SIZE);
  event.end();
  const raw = rawKey(given);
  const key = keyOf(raw, salt);
  if (!timingSafeEqual(hashOf(key), hash)) {
    const fitsDefault = raw !== DEFAULT_KEY && timingSafeEqual(hashOf(keyOf(DEFAULT_KEY, salt)), hash);
    throw wrongKey(label, raw === DEFAULT_KEY, fitsDefault);
  }
  return createDecipheriv(CIPHER, key, iv).update(bytes);
}

/** Encrypts events with a fresh salt and iv, the encryption event in front. */
export function encrypt(events: Uint8Array, given: Uint8Array | undefined): Uint8Array {
  const salt = randomBytes(SALT_SIZE);
  const iv = randomBytes(IV_SIZE);
  const key = keyOf(rawKey(given), salt);
  const data = new TlWriter().int(0).bytes(salt).bytes(iv).bytes(hashOf(key)).done();
  const first = writeEvent(0, ENCRYPTION, data);
  const bytes = new Uint8Array(first.length + events.length);
  bytes.set(first);
  bytes.set(createCipheriv(CIPHER, key, iv).update(events), first.length);
  return bytes;
}

function field(event: ByteReader, name: string, size: number): Uint8Array {
  const content = readTlBytes(event, name);
  if (content.left !== size) event.refuse(name, `${size} bytes`, `${content.left} bytes`);
  return content.bytes('', size);
}

function keyOf(raw: Uint8Array, salt: Uint8Array): Uint8Array {
  return pbkdf2Sync(raw, salt, ROUNDS, KEY_SIZE, 'sha256');
}

function hashOf(key: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(HASHED).digest();
}

function wrongKey(label: string, isDefault: boolean, fitsDefault: boolean): SessionError {
  const details = { field: 'databaseEncryptionKey' };
  if (isDefault) {
    return new SessionError(
      'NEEDS_SECRET',
      `${label} is encrypted with a key of the application. Give it with the option "databaseEncryptionKey", as the bytes of database_encryption_key.`,
      details,
    );
  }
  const advice = fitsDefault
    ? 'TDLib’s own key fits: leave the option "databaseEncryptionKey" out.'
    : 'It must be the bytes that the application gives as database_encryption_key.';
  return new SessionError(
    'WRONG_SECRET',
    `${label} is encrypted with another key than the one given. ${advice}`,
    details,
  );
}
