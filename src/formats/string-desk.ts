/**
 * Where session strings with one key are read. They are parsed by the million, often for other things than the key, and
 * a key takes longer than all the rest: memory of its own is dear. So here the base64 is checked to the last bit, only
 * what stands around the key becomes bytes, and the key stays on a shelf, as characters, until it is asked for. Nobody
 * else can look there; who asks gets memory of his own.
 */

import { AUTH_KEY_LENGTH, AuthKey } from '../auth-key.ts';
import type { DataCenter } from '../session.ts';

/** Longest text that is read here: those of today have 400 characters, and 688 if they name a host. */
const MAX_TEXT = 1024;
/** The bytes of as many characters. */
const MAX_BYTES = (MAX_TEXT / 4) * 3;
const DESK = MAX_TEXT + MAX_BYTES;
/** Characters in which the bytes of a key stand, wherever it begins. */
const KEY_TEXT = Math.ceil((AUTH_KEY_LENGTH + 2) / 3) * 4;
/** How many keys have a shelf. One of them that is in use keeps the memory of all, about 16 KiB. */
const KEYS = 44;

const encoder = new TextEncoder();

/** What the characters of a pair are: not base64 at all, or of only one of its two alphabets. */
const FOREIGN = 1;
const STANDARD = 2;
const URL_SAFE = 4;

/** The characters of the text, then its first bytes, then the keys of strings that were read before. */
let shelf = new Uint8Array(0);
let characters = shelf;
let pairs = new Uint16Array(0);
let bytes = shelf;
/** Where the next key will stand. */
let next = 0;

/** By character: its six bits. */
const sixBits = new Uint8Array(128);
/** By the two characters of a pair, in any order, as one number: what they are. Made when it is first needed. */
let kinds: Uint8Array | undefined;

/** How the text may be padded: to a multiple of four characters, or that or not at all. */
export type Padding = 'exact' | 'optional';

/**
 * Lays out the base64 that a text has from a character on. Gives how many bytes it has, or -1 if it is not base64 to the
 * letter, or is too long. To be followed by {@link clearDesk}, in any case.
 */
export function layOut(text: string, begin: number, padding: Padding): number {
  if (next + KEY_TEXT > shelf.length) addShelf();
  kinds ??= kindsOfPairs();
  const length = text.length - begin;
  if (length > MAX_TEXT) return -1;
  const { read, written } = encoder.encodeInto(text.slice(begin), characters);
  // What is not ASCII takes more bytes.
  if (read !== length || written !== length) return -1;
  let end = length;
  if (length % 4 === 0) while (end > 0 && end > length - 2 && characters[end - 1] === 0x3d) end--;
  else if (padding === 'exact') return -1;
  const inGroup = end % 4;
  // One character alone has too few bits for a byte; those that are left over at the end are zero.
  if (inGroup === 1) return -1;
  if (inGroup !== 0 && (sixBits[characters[end - 1]!]! & (inGroup === 2 ? 15 : 3)) !== 0) return -1;
  // An even number of characters, of which an A is zero bits.
  if (inGroup === 3) characters[end] = 0x41;
  const seen = kindsIn(pairs, (end + 1) >> 1, kinds);
  const isMixed = (seen & STANDARD) !== 0 && (seen & URL_SAFE) !== 0;
  return (seen & FOREIGN) !== 0 || isMixed ? -1 : (end * 3) >> 2;
}

/** All that some pairs are. */
function kindsIn(pairs: Uint16Array, count: number, kinds: Uint8Array): number {
  let seen = 0;
  for (let i = 0; i < count; i++) seen |= kinds[pairs[i]!]!;
  return seen;
}

/** Wipes what was laid out. */
export function clearDesk(): void {
  shelf.fill(0, 0, DESK);
}

/**
 * Decodes a part of the text. Gives an array that has its bytes at their own places; those decoded before are there still,
 * until the desk is cleared. Not beyond the end of the text.
 */
export function decode(begin: number, end: number): Uint8Array {
  const text = characters;
  const made = bytes;
  const six = sixBits;
  const group = Math.floor(begin / 3);
  for (let from = 4 * group, to = 3 * group; to < end; from += 4, to += 3) {
    const a = six[text[from]!]!;
    const b = six[text[from + 1]!]!;
    const c = six[text[from + 2]!]!;
    made[to] = (a << 2) | (b >> 4);
    made[to + 1] = (b << 4) | (c >> 2);
    made[to + 2] = (c << 6) | six[text[from + 3]!]!;
  }
  return made;
}

/** Whether there is a key at a byte, and not the zero bytes that mean none. */
export function hasKeyAt(at: number): boolean {
  for (let i = at; i < at + AUTH_KEY_LENGTH; i++) if (byteIn(characters, 0, i) !== 0) return true;
  return false;
}

/** Gives a data centre the key at a byte. */
export function giveKey(dc: DataCenter, at: number): void {
  const begin = next;
  next += KEY_TEXT;
  const skip = at % 3;
  const from = ((at - skip) / 3) * 4;
  shelf.copyWithin(begin, from, from + KEY_TEXT);
  const keys = shelf;
  const ownCopy = (): Uint8Array => {
    const key = new AuthKey(AUTH_KEY_LENGTH);
    for (let i = 0; i < AUTH_KEY_LENGTH; i++) key[i] = byteIn(keys, begin, skip + i);
    return key;
  };
  // A data centre keeps what it is given as it is, unless that is a key already.
  dc.auth = ownCopy as unknown as Uint8Array;
}

/** A byte of the base64 that begins at an offset. */
function byteIn(text: Uint8Array, begin: number, i: number): number {
  const part = i % 3;
  const at = begin + ((i - part) / 3) * 4 + part;
  const bits = (sixBits[text[at]!]! << 6) | sixBits[text[at + 1]!]!;
  return (bits >> (4 - 2 * part)) & 255;
}

function addShelf(): void {
  shelf = new Uint8Array(DESK + KEYS * KEY_TEXT);
  characters = shelf.subarray(0, MAX_TEXT);
  pairs = new Uint16Array(shelf.buffer, 0, MAX_TEXT / 2);
  bytes = shelf.subarray(MAX_TEXT, DESK);
  next = DESK;
}

function kindsOfPairs(): Uint8Array {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const kindOf = new Uint8Array(256).fill(FOREIGN);
  for (const [letters, kind] of [
    [`${alphabet}+/`, STANDARD],
    [`${alphabet}-_`, URL_SAFE],
  ] as const) {
    for (let i = 0; i < letters.length; i++) {
      const code = letters.charCodeAt(i);
      sixBits[code] = i;
      kindOf[code] = i < alphabet.length ? 0 : kind;
    }
  }
  return new Uint8Array(65536).map((_, pair) => kindOf[pair >> 8]! | kindOf[pair & 255]!);
}
