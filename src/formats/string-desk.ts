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

/** How many bytes are looked at together to see whether a key is all zeros. */
const STEP = 16;

const encoder = new TextEncoder();

/** What the characters of a pair are: not base64 at all, or of only one of its two alphabets. */
const FOREIGN = 1;
const STANDARD = 2;
const URL_SAFE = 4;

/** The characters of the text, then its first bytes, then the keys of strings that were read before. */
let shelf = new Uint8Array(0);
let characters = shelf;
let groups = new Uint32Array(0);
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
  // What is not ASCII becomes bytes that are no letters of base64 either.
  encoder.encodeInto(text.slice(begin), characters);
  let end = length;
  if (length % 4 === 0) while (end > 0 && end > length - 2 && characters[end - 1] === 0x3d) end--;
  else if (padding === 'exact') return -1;
  const inGroup = end % 4;
  // One character alone has too few bits for a byte; those that are left over at the end are zero.
  if (inGroup === 1) return -1;
  if (inGroup !== 0 && (sixBits[characters[end - 1]!]! & (inGroup === 2 ? 15 : 3)) !== 0) return -1;
  // A whole group at the end too, as an A is six zero bits.
  for (let i = end; i % 4 !== 0; i++) characters[i] = 0x41;
  const seen = kindsIn(groups, (end + 3) >> 2, kinds);
  const isMixed = (seen & STANDARD) !== 0 && (seen & URL_SAFE) !== 0;
  return (seen & FOREIGN) !== 0 || isMixed ? -1 : (end * 3) >> 2;
}

/** All that the characters of some groups are. */
function kindsIn(groups: Uint32Array, count: number, kinds: Uint8Array): number {
  let seen = 0;
  for (let i = 0; i < count; i++) {
    const group = groups[i]!;
    seen |= kinds[group & 0xffff]! | kinds[group >>> 16]!;
  }
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
  const group = Math.floor(begin / 3);
  decodeGroups(characters, 4 * group, bytes, 3 * group, end);
  return bytes;
}

/** Decodes whole groups of characters, until all bytes up to an end are made. */
function decodeGroups(text: Uint8Array, from: number, bytes: Uint8Array, to: number, end: number): void {
  const six = sixBits;
  for (let at = from, i = to; i < end; at += 4, i += 3) {
    const a = six[text[at]!]!;
    const b = six[text[at + 1]!]!;
    const c = six[text[at + 2]!]!;
    bytes[i] = (a << 2) | (b >> 4);
    bytes[i + 1] = (b << 4) | (c >> 2);
    bytes[i + 2] = (c << 6) | six[text[at + 3]!]!;
  }
}

/** Whether there is a key at a byte, and not the zero bytes that mean none. */
export function hasKeyAt(at: number): boolean {
  for (let begin = at; begin < at + AUTH_KEY_LENGTH; begin += STEP) {
    const made = decode(begin, begin + STEP);
    for (let i = begin; i < begin + STEP; i++) if (made[i] !== 0) return true;
  }
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
    try {
      decodeGroups(keys, begin, bytes, 0, skip + AUTH_KEY_LENGTH);
      return new AuthKey(bytes.subarray(skip, skip + AUTH_KEY_LENGTH));
    } finally {
      clearDesk();
    }
  };
  // A data centre keeps what it is given as it is, unless that is a key already.
  dc.auth = ownCopy as unknown as Uint8Array;
}

function addShelf(): void {
  shelf = new Uint8Array(DESK + KEYS * KEY_TEXT);
  characters = shelf.subarray(0, MAX_TEXT);
  groups = new Uint32Array(shelf.buffer, 0, MAX_TEXT / 4);
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
