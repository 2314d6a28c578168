/**
 * Base64, strictly: both alphabets are read, without stray bits, and with exact padding unless it is said that there
 * may be none. In every runtime, and fast: a
 * typed array costs more to make than a session string takes to decode, so that small ones share two of them.
 */

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Which two characters stand for 62 and 63: `-_`, which URLs allow, or `+/`. */
export type Alphabet = 'url' | 'standard';
/** `exact`: to a multiple of four characters; `none`; `optional`, in reading: one of these. */
export type Padding = 'exact' | 'none' | 'optional';

/** Character code of each value. */
const CODES = Uint8Array.from(`${LETTERS_AND_DIGITS}-_`, (character) => character.charCodeAt(0));
const STANDARD_CODES = Uint8Array.from(`${LETTERS_AND_DIGITS}+/`, (character) => character.charCodeAt(0));
/** Value of each character code in both alphabets; negative where it has none. */
const VALUES = new Int32Array(256).fill(-1);
CODES.forEach((code, value) => {
  VALUES[code] = value;
});
VALUES['+'.charCodeAt(0)] = 62;
VALUES['/'.charCodeAt(0)] = 63;

const PADDING = 0x3d;
const encoder = new TextEncoder();
const decoder = new TextDecoder('latin1');
/** Shared; wiped after use, as keys go through it. */
const scratch = new Uint8Array(1024);

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
  if (padding === 'none' && text.charCodeAt(text.length - 1) === PADDING) return -1;
  const isSmall = text.length <= scratch.length;
  const source = isSmall ? scratch : encoder.encode(text);
  const length = isSmall ? encoder.encodeInto(text, scratch).written : source.length;
  // Other characters than ASCII have more bytes than one.
  const count = length === text.length ? decode(source, length, bytes) : -1;
  if (isSmall) scratch.fill(0, 0, length);
  return count;
}

function decode(source: Uint8Array, length: number, bytes: Uint8Array): number {
  let end = length;
  // Text that is not a multiple of four is not padded at all.
  if (length % 4 === 0) {
    if (end > 0 && source[end - 1] === PADDING) end--;
    if (end > 0 && end < length && source[end - 1] === PADDING) end--;
  }
  const count = (end * 3) >> 2;
  if (count > bytes.length) return -1;
  const whole = end & ~3;
  let bad = 0;
  let to = 0;
  let i = 0;
  for (; i < whole; i += 4, to += 3) {
    const value =
      (VALUES[source[i]!]! << 18) |
      (VALUES[source[i + 1]!]! << 12) |
      (VALUES[source[i + 2]!]! << 6) |
      VALUES[source[i + 3]!]!;
    // One without a value is -1, which makes all of it negative.
    bad |= value;
    bytes[to] = value >> 16;
    bytes[to + 1] = value >> 8;
    bytes[to + 2] = value;
  }
  if (i < end) {
    const third = i + 2 < end ? VALUES[source[i + 2]!]! : 0;
    const value = (VALUES[source[i]!]! << 18) | (VALUES[source[i + 1]!]! << 12) | (third << 6);
    bad |= value;
    bytes[to] = value >> 16;
    if (i + 2 < end) bytes[to + 1] = value >> 8;
    // The last character has bits to spare. Where they are set, no encoder wrote it.
    if ((value & (i + 2 < end ? 0xff : 0xffff)) !== 0) return -1;
  }
  return bad < 0 ? -1 : count;
}

/** Encodes; with padding and in the alphabet that is safe in URLs, unless told otherwise. */
export function encodeBase64(
  bytes: Uint8Array,
  alphabet: Alphabet = 'url',
  padding: 'exact' | 'none' = 'exact',
): string {
  const codes = alphabet === 'url' ? CODES : STANDARD_CODES;
  const length = Math.ceil(bytes.length / 3) * 4;
  const isSmall = length <= scratch.length;
  const target = isSmall ? scratch : new Uint8Array(length);
  let to = 0;
  for (let i = 0; i < bytes.length; i += 3, to += 4) {
    const value = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    target[to] = codes[value >> 18]!;
    target[to + 1] = codes[(value >> 12) & 63]!;
    target[to + 2] = codes[(value >> 6) & 63]!;
    target[to + 3] = codes[value & 63]!;
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  target.fill(PADDING, length - missing, length);
  const text = decoder.decode(target.subarray(0, padding === 'exact' ? length : length - missing));
  if (isSmall) scratch.fill(0, 0, length);
  return text;
}
