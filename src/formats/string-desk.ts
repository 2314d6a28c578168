/**
 * Where session strings with one key are read and written: by the million, and always in the same memory, as memory of its
 * own takes longer than all the rest. In reading, a text is decoded here, looked at, and wiped at once; its key is decoded
 * a second time when it is asked for. Until then there is no copy of it, and who asks gets one that nobody shares.
 */

import { Buffer } from 'node:buffer';
import { AUTH_KEY_LENGTH, AuthKey } from '../auth-key.ts';
import type { DataCenter } from '../session.ts';
import { type Alphabet, encodeBegin } from './base64.ts';

/** Longest text that is read here: those of today have 400 characters, and 688 if they name a host. */
const MAX_TEXT = 1024;
/** The bytes of as many characters. */
const MAX_BYTES = (MAX_TEXT / 4) * 3;

/** The bytes of the text that lies on the desk, and behind them room for a key. */
export const desk = new Uint8Array(2 * MAX_BYTES);
const buffer = Buffer.from(desk.buffer);
/** Where a key is put when it is asked for, however much stands before it. */
const KEY_AT = MAX_BYTES;
const keyOnDesk = desk.subarray(KEY_AT, KEY_AT + AUTH_KEY_LENGTH);

/** Characters that have no room in a byte: a decoder may take their lower halves for letters. */
const WIDE = /[\u0100-\uffff]/;
/** Letters whose last four, or two, bits are zero. */
const ENDS_IN_4 = 'AQgw';
const ENDS_IN_2 = 'AEIMQUYcgkosw048';

/** How the text may be padded: to a multiple of four characters, or that or not at all. */
export type Padding = 'exact' | 'optional';

/**
 * Lays the base64 that a text has from a character on out on the {@link desk}. Gives how many bytes it has, or -1 if it is
 * not base64 to the letter, or is too long. To be followed by {@link clearDesk}, in any case.
 */
export function layOut(text: string, begin: number, padding: Padding): number {
  const length = text.length - begin;
  if (length > MAX_TEXT || WIDE.test(text)) return -1;
  if (length % 4 !== 0 && padding === 'exact') return -1;
  const end = length % 4 === 0 ? endOf(text) : text.length;
  const inGroup = (end - begin) % 4;
  // One character alone has too few bits for a byte; those that are left over at the end are zero.
  if (inGroup === 1) return -1;
  if (inGroup !== 0 && !(inGroup === 2 ? ENDS_IN_4 : ENDS_IN_2).includes(text[end - 1]!)) return -1;
  const alphabet = alphabetOf(text);
  if (alphabet === 'base64url' && (text.includes('+') || text.includes('/'))) return -1;
  const count = ((end - begin) * 3) >> 2;
  // The runtime's decoder passes over what is no letter, or ends there: then there are fewer bytes.
  return buffer.write(text.slice(begin), 0, alphabet) === count ? count : -1;
}

/** Where the padding begins, if there is any. */
function endOf(text: string): number {
  if (!text.endsWith('=')) return text.length;
  return text.length - (text.endsWith('==') ? 2 : 1);
}

/** The only alphabet that a text can be in. */
function alphabetOf(text: string): 'base64' | 'base64url' {
  return text.includes('-') || text.includes('_') ? 'base64url' : 'base64';
}

/** The first bytes of the desk as text. To be followed by {@link clearDesk}, as everything that is put there. */
export function encodeDesk(length: number, alphabet: Alphabet, padding: 'exact' | 'none'): string {
  return encodeBegin(buffer, length, alphabet, padding);
}

/** Wipes what lies on the desk. */
export function clearDesk(): void {
  desk.fill(0, 0, MAX_BYTES);
}

/** Whether there is a key at a byte, and not the zero bytes that mean none. */
export function hasKeyAt(at: number): boolean {
  for (let i = at; i < at + AUTH_KEY_LENGTH; i++) if (desk[i] !== 0) return true;
  return false;
}

/** Gives a data centre the key at a byte of what a text that was laid out has from a character on. */
export function giveKey(dc: DataCenter, text: string, begin: number, at: number): void {
  // A data centre keeps what it is given as it is, unless that is a key already.
  dc.auth = (() => keyIn(text, begin, at)) as unknown as Uint8Array;
}

function keyIn(text: string, begin: number, at: number): Uint8Array {
  try {
    buffer.write(text.slice(begin), KEY_AT - at, alphabetOf(text));
    return new AuthKey(keyOnDesk);
  } finally {
    desk.fill(0);
  }
}
