/**
 * The account as Telegram for Android keeps it: a `User` of TL, in the layer of the app that wrote it
 * (formats/android.md, section 3). All layers since 2015 begin in the same way up to the phone number, which is all that
 * is read. What stands behind it differs from layer to layer.
 */

import { checkId, checkText } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { MAX_USERNAME_LENGTH } from '../../session.ts';
import type { ByteReader } from '../bytes.ts';
import { readTlString, TlWriter } from '../tl.ts';

/** Longest name that is read, in UTF-16 units; Telegram's own limit is 64. */
const MAX_NAME_LENGTH = 4096;
/** Longest phone number, in digits; the longest real ones have 15. */
export const MAX_PHONE_LENGTH = 64;

const USER_EMPTY = 0xd3bc4b7a;
const USER_EMPTY_INT = 0x200250ba;
/** `user` from layer 133 to 144: the oldest with an id of 64 bits, and so the one that most apps can read. */
const USER_133 = 0x3ff6ecb0;

/** Constructors with flags and an id of 32 bits: layers up to 131. */
const WITH_INT_ID = [0x22e49072, 0xd10d979a, 0x2e13f4c3, 0x938458c1];
/** With flags and an id of 64 bits: layers 133 to 147. */
const WITH_LONG_ID = [USER_133, 0x5d99adee];
/** With flags, more flags, and an id of 64 bits: since layer 148. */
const WITH_FLAGS2 = [
  0x8f97c628, 0xabb5f120, 0xeb602f25, 0x215c4438, 0x4fe9cce0, 0x83314fca, 0x4b46c37e, 0x020b1422, 0x31774388,
  0xb1b8cc83,
];

const ACCESS_HASH = 1 << 0;
const FIRST_NAME = 1 << 1;
const LAST_NAME = 1 << 2;
const USERNAME = 1 << 3;
const PHONE = 1 << 4;
const SELF = 1 << 10;
const BOT = 1 << 14;
const MIN = 1 << 20;
/** In the second flags: several usernames, which stand in a list far behind. */
const USERNAMES = 1 << 0;

/** What the app says of the account. */
export interface AndroidUser {
  id: number;
  /** Whether it is a bot; null where only the id is known. */
  bot: boolean | null;
  accessHash: bigint | null;
  /** First and last name, or null. */
  name: string | null;
  username: string | null;
  /** Digits of the phone number, or null. */
  phone: string | null;
  /** Whether the server told only a part of it. */
  min: boolean;
  /** Whether it has a list of usernames, which was not read. */
  hasUsernames: boolean;
}

/**
 * Reads the account.
 *
 * @throws SessionError `UNSUPPORTED` for a constructor that is not known, `INVALID_VALUE`
 */
export function readUser(reader: ByteReader): AndroidUser {
  const id = reader.u32le('constructor');
  if (id === USER_EMPTY || id === USER_EMPTY_INT) return readEmpty(reader, id === USER_EMPTY);
  const hasFlags2 = WITH_FLAGS2.includes(id);
  const hasLongId = hasFlags2 || WITH_LONG_ID.includes(id);
  if (!hasLongId && !WITH_INT_ID.includes(id)) throw unknownConstructor(reader, id);
  const flags = reader.u32le('flags');
  const flags2 = hasFlags2 ? reader.u32le('flags2') : 0;
  const has = (flag: number) => (flags & flag) !== 0;
  const text = (flag: number, name: string, maxLength: number) =>
    has(flag) ? checkText(reader.place, name, readTlString(reader, name), maxLength) : null;
  const userId = readId(reader, hasLongId);
  const accessHash = has(ACCESS_HASH) ? reader.i64le('accessHash') : null;
  const firstName = text(FIRST_NAME, 'firstName', MAX_NAME_LENGTH);
  const lastName = text(LAST_NAME, 'lastName', MAX_NAME_LENGTH);
  const username = text(USERNAME, 'username', MAX_USERNAME_LENGTH);
  const phone = text(PHONE, 'phone', MAX_PHONE_LENGTH);
  if (phone !== null && !/^\d*$/.test(phone)) {
    reader.refuse('phone', 'digits', `text of ${phone.length} characters`);
  }
  return {
    id: userId,
    bot: has(BOT),
    accessHash,
    name: fullName(firstName, lastName),
    username: username === '' ? null : username,
    phone: phone === '' ? null : phone,
    min: has(MIN),
    hasUsernames: (flags2 & USERNAMES) !== 0,
  };
}

/** Only the id: what AndroidTelePorter writes. */
function readEmpty(reader: ByteReader, isLong: boolean): AndroidUser {
  const id = readId(reader, isLong);
  reader.end();
  return {
    id,
    bot: null,
    accessHash: null,
    name: null,
    username: null,
    phone: null,
    min: false,
    hasUsernames: false,
  };
}

function readId(reader: ByteReader, isLong: boolean): number {
  const id = isLong ? Number(reader.i64le('id')) : reader.i32le('id');
  return checkId(reader.place, 'id', id);
}

function fullName(first: string | null, last: string | null): string | null {
  if (first === null || last === null) return first ?? last;
  return [first, last].filter((part) => part !== '').join(' ');
}

function unknownConstructor(reader: ByteReader, id: number): SessionError {
  const found = `0x${id.toString(16).padStart(8, '0')}`;
  return new SessionError(
    'UNSUPPORTED',
    `${reader.place} has the constructor ${found}, which is no user that is known: the app that wrote it may be newer. To read the keys without the user, copy tgnet.dat to an empty folder and read it there.`,
    { field: `${reader.place}.constructor`, found },
  );
}

/** Writes the account in layer 133; texts that are given have been checked. */
export function writeUser({
  id,
  bot,
  accessHash,
  name,
  username,
  phone,
}: Pick<AndroidUser, 'id' | 'bot' | 'accessHash' | 'name' | 'username' | 'phone'>): Uint8Array {
  const writer = new TlWriter()
    .int(USER_133)
    .int(
      SELF |
        (bot === true ? BOT : 0) |
        (accessHash === null ? 0 : ACCESS_HASH) |
        (name === null ? 0 : FIRST_NAME) |
        (username === null ? 0 : USERNAME) |
        (phone === null ? 0 : PHONE),
    )
    .long(BigInt(id));
  if (accessHash !== null) writer.long(accessHash);
  for (const text of [name, username, phone]) if (text !== null) writer.string(text);
  // The flag of bots is also the one of the version of what they say of themselves.
  if (bot === true) writer.int(1);
  return writer.done();
}
