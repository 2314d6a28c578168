/** The local key and the list of accounts (formats/tdata.md, sections 4 and 7). */

import { randomBytes } from 'node:crypto';
import { SessionError } from '../../errors.ts';
import { ByteReader } from '../bytes.ts';
import type { Frame } from './frame.ts';
import {
  decryptLocal,
  encryptLocal,
  KEY_LENGTH,
  type KeyOf,
  legacyPasscodeKey,
  passcodeKey,
  SALT_LENGTH,
} from './local-encryption.ts';
import { MAX_ACCOUNTS } from './names.ts';
import { byteArray, int32, joined, readByteArray } from './qt.ts';

/** What opens the files of all accounts, and which accounts there are. */
export interface KeyData {
  /** 256 bytes; as secret as the accounts themselves. */
  localKey: Uint8Array;
  /** Numbers of the accounts, in the order of the list. */
  indexes: number[];
  /** The account in use, as it is stored: left out, -1 and numbers that are not in the list say nothing. */
  active: number | null;
}

/**
 * Reads `key_data`.
 *
 * @param passcode empty if none was given
 * @throws SessionError `NEEDS_SECRET`, `WRONG_SECRET`, `DAMAGED`, `INVALID_VALUE`
 */
export async function readKeyData(frame: Frame, passcode: string, notes: string[]): Promise<KeyData> {
  const { localKey, encrypted } = await unlock(frame, passcode, passcodeKey, notes);
  const at = `${frame.file}.accounts`;
  const content = decryptLocal(encrypted, localKey, at);
  if (content === null) throw otherKey(at);
  return { localKey, ...readAccountList(new ByteReader(content, at)) };
}

/** Whether a map has the local key in it, rather than two empty arrays in its place. */
export function hasLocalKey({ file, data }: Frame): boolean {
  return readByteArray(new ByteReader(data, file), 'salt').length > 0;
}

/** Reads the map of the only account, which has the local key in versions until 2.2. */
export async function readLegacyMap(frame: Frame, passcode: string, notes: string[]): Promise<KeyData> {
  const { localKey } = await unlock(frame, passcode, legacyPasscodeKey, notes);
  return { localKey, indexes: [0], active: 0 };
}

/** The error for what does not open with the local key, whose sum was right. */
export function otherKey(field: string): SessionError {
  return new SessionError(
    'DAMAGED',
    `${field} is encrypted with another key: it belongs to another folder.`,
    {
      field,
      found: 'another key',
    },
  );
}

function readAccountList(reader: ByteReader): Pick<KeyData, 'indexes' | 'active'> {
  const count = reader.i32be('count');
  if (count < 1 || count > MAX_ACCOUNTS) {
    reader.refuse('count', `a count from 1 to ${MAX_ACCOUNTS}`, String(count));
  }
  const indexes: number[] = [];
  for (let i = 0; i < count; i++) {
    const name = `index[${i}]`;
    const index = reader.i32be(name);
    if (index < 0 || index >= MAX_ACCOUNTS) {
      reader.refuse(name, `a number from 0 to ${MAX_ACCOUNTS - 1}`, String(index));
    }
    if (indexes.includes(index)) reader.refuse(name, 'unique', `${index} a second time`);
    indexes.push(index);
  }
  const active = reader.left === 0 ? null : reader.i32be('active');
  reader.end();
  return { indexes, active };
}

/** Opens the local key. What follows it is encrypted with it. */
async function unlock(
  { file, data }: Frame,
  passcode: string,
  keyOf: KeyOf,
  notes: string[],
): Promise<{ localKey: Uint8Array; encrypted: Uint8Array }> {
  const reader = new ByteReader(data, file);
  const salt = readByteArray(reader, 'salt');
  if (salt.length !== SALT_LENGTH) {
    reader.refuse('salt', `${SALT_LENGTH} bytes long`, `${salt.length} bytes long`);
  }
  const encryptedKey = readByteArray(reader, 'localKey');
  const encrypted = readByteArray(reader, 'accounts');
  reader.end();
  const field = `${file}.localKey`;
  const open = async (text: string) => decryptLocal(encryptedKey, await keyOf(text, salt), field);
  // Without a passcode a try costs next to nothing, and it tells which of the two errors is right.
  let localKey = await open('');
  if (localKey !== null && passcode !== '')
    notes.push('The folder has no passcode: the one given was not needed.');
  if (localKey === null) {
    if (passcode === '') throw needsPasscode(field);
    localKey = await open(passcode);
  }
  if (localKey === null) throw wrongPasscode(field);
  if (localKey.length !== KEY_LENGTH) {
    reader.refuse('localKey', `${KEY_LENGTH} bytes long`, `${localKey.length} bytes long`);
  }
  return { localKey, encrypted };
}

function needsPasscode(field: string): SessionError {
  return new SessionError(
    'NEEDS_SECRET',
    'The folder is protected by the local passcode of Telegram Desktop: give it as the option "passcode".',
    { field },
  );
}

function wrongPasscode(field: string): SessionError {
  return new SessionError(
    'WRONG_SECRET',
    'The folder is protected by another passcode than the one given, which counts to the letter.',
    { field },
  );
}

/** Writes `key_data`, without its frame. */
export async function writeKeyData(
  { localKey, indexes, active }: KeyData,
  passcode: string,
): Promise<Uint8Array> {
  const salt = new Uint8Array(randomBytes(SALT_LENGTH));
  const list = int32(indexes.length, ...indexes, ...(active === null ? [] : [active]));
  return joined(
    byteArray(salt),
    byteArray(encryptLocal(localKey, await passcodeKey(passcode, salt))),
    byteArray(encryptLocal(list, localKey)),
  );
}
