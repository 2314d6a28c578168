/** How Telegram Desktop encrypts its files, and what it makes of a passcode (formats/tdata.md, section 3). */

import { createHash, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { SessionError } from '../../errors.ts';
import { decryptIge, encryptIge } from './ige.ts';
import { joined } from './qt.ts';

/** Length of the local key, of those made of passcodes, and of what MTProto calls an auth key. */
export const KEY_LENGTH = 256;
export const SALT_LENGTH = 32;

const BLOCK = 16;
/** The length stands before the content, and counts itself. */
const LENGTH = 4;

const derive = promisify(pbkdf2);
const utf8 = new TextEncoder();

/** Makes a key of a passcode, which is empty where there is none. */
export type KeyOf = (passcode: string, salt: Uint8Array) => Promise<Uint8Array>;

/** Since version 2.2. One round where there is nothing to guess. */
export const passcodeKey: KeyOf = (passcode, salt) => {
  const password = digest('sha512', salt, utf8.encode(passcode), salt);
  return derive(password, salt, passcode === '' ? 1 : 100_000, KEY_LENGTH, 'sha512');
};

/** Before. */
export const legacyPasscodeKey: KeyOf = (passcode, salt) =>
  derive(utf8.encode(passcode), salt, passcode === '' ? 4 : 4000, KEY_LENGTH, 'sha1');

/** Encrypts any content, none included. */
export function encryptLocal(plain: Uint8Array, key: Uint8Array): Uint8Array {
  const length = LENGTH + plain.length;
  const block = new Uint8Array(length + (-length & (BLOCK - 1)));
  new DataView(block.buffer).setUint32(0, length, true);
  block.set(plain, LENGTH);
  block.set(randomBytes(block.length - length), length);
  const messageKey = messageKeyOf(block);
  return joined(messageKey, encryptIge(block, ...aesKeyOf(messageKey, key)));
}

/**
 * Decrypts what {@link encryptLocal} made.
 *
 * @param field what errors call it
 * @returns null if it was encrypted with another key
 * @throws SessionError `DAMAGED`
 */
export function decryptLocal(encrypted: Uint8Array, key: Uint8Array, field: string): Uint8Array | null {
  const size = encrypted.length;
  if (size <= BLOCK || size % BLOCK !== 0) {
    throw damaged(field, `must be encrypted blocks of ${BLOCK} bytes`, `${size} bytes`);
  }
  const messageKey = encrypted.subarray(0, BLOCK);
  const block = decryptIge(encrypted.subarray(BLOCK), ...aesKeyOf(messageKey, key));
  if (!messageKeyOf(block).every((byte, i) => byte === messageKey[i])) return null;
  const length = new DataView(block.buffer).getUint32(0, true);
  if (length < LENGTH || length > block.length || length <= block.length - BLOCK) {
    throw damaged(field, `must fill its ${block.length} bytes but for the padding`, `a length of ${length}`);
  }
  return block.slice(LENGTH, length);
}

function damaged(field: string, what: string, found: string): SessionError {
  return new SessionError('DAMAGED', `${field} ${what}, but has ${found}.`, { field, found });
}

function messageKeyOf(block: Uint8Array): Uint8Array {
  return digest('sha1', block).subarray(0, 16);
}

/** As in MTProto 1, from the server to the client. */
function aesKeyOf(messageKey: Uint8Array, key: Uint8Array): [key: Uint8Array, iv: Uint8Array] {
  const part = (from: number, to: number) => key.subarray(from, to);
  const a = digest('sha1', messageKey, part(8, 40));
  const b = digest('sha1', part(40, 56), messageKey, part(56, 72));
  const c = digest('sha1', part(72, 104), messageKey);
  const d = digest('sha1', messageKey, part(104, 136));
  return [
    joined(a.subarray(0, 8), b.subarray(8, 20), c.subarray(4, 16)),
    joined(a.subarray(8, 20), b.subarray(0, 8), c.subarray(16, 20), d.subarray(0, 8)),
  ];
}

function digest(algorithm: string, ...parts: Uint8Array[]): Uint8Array {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest();
}
