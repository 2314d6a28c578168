/**
 * Base64, strictly: both alphabets are read, without stray bits, and with exact padding unless it is said that there
 * may be none. The runtime's own decoder is fast and believes anything; so what it made is encoded again, and must be
 * the text that was given.
 */

import { Buffer } from 'node:buffer';

/** Which two characters stand for 62 and 63: `-_`, which URLs allow, or `+/`. */
export type Alphabet = 'url' | 'standard';
/** `exact`: to a multiple of four characters; `none`; `optional`, in reading: one of these. */
export type Padding = 'exact' | 'none' | 'optional';

/** Decodes base64. Null if it is not base64 to the letter. */
export function decodeBase64(text: string, padding: Padding = 'exact'): Uint8Array | null {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  const length = decodeBase64Into(text, bytes, padding);
  return length < 0 ? null : bytes.slice(0, length);
}

/** Decodes base64 into an array. Gives how many bytes it has, or -1 if it is not base64, or does not fit. */
export function decodeBase64Into(text: string, bytes: Uint8Array, padding: Padding = 'exact'): number {
  const rest = text.length % 4;
  // One character alone has too few bits for a byte.
  if (rest === 1 || (rest !== 0 && padding === 'exact')) return -1;
  if (padding === 'none' && text.endsWith('=')) return -1;
  // Text that is not a multiple of four is not padded at all.
  const missing = rest === 0 ? paddingOf(text) : 0;
  const length = ((text.length - missing) * 3) >> 2;
  if (length > bytes.length) return -1;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  if (view.write(text, 'base64') !== length) return -1;
  const alphabet = text.includes('+') || text.includes('/') ? 'standard' : 'url';
  const isExact = encodeBase64(view, alphabet, missing === 0 ? 'none' : 'exact') === text;
  return isExact ? length : -1;
}

/** How many characters of padding stand at the end: at most two. */
function paddingOf(text: string): 0 | 1 | 2 {
  if (!text.endsWith('=')) return 0;
  return text.endsWith('==') ? 2 : 1;
}

/** Encodes; with padding and in the alphabet that is safe in URLs, unless told otherwise. */
export function encodeBase64(
  bytes: Uint8Array,
  alphabet: Alphabet = 'url',
  padding: 'exact' | 'none' = 'exact',
): string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return encodeBegin(view, bytes.length, alphabet, padding);
}

/** Encodes the first bytes of a buffer. */
export function encodeBegin(
  view: Buffer,
  length: number,
  alphabet: Alphabet,
  padding: 'exact' | 'none',
): string {
  const text = view.toString(alphabet === 'url' ? 'base64url' : 'base64', 0, length);
  // The runtime pads one of the alphabets, and not the other.
  const missing = (3 - (length % 3)) % 3;
  if (alphabet === 'url') return padding === 'exact' ? text + PADDING[missing] : text;
  return padding === 'exact' ? text : text.slice(0, text.length - missing);
}

const PADDING = ['', '=', '=='] as const;
