/** The content of an input as text. */

import { SessionError } from '../errors.ts';
import { type FormatInput, MAX_FILE_BYTES } from './codec.ts';

const latin1 = new TextDecoder('latin1');

/** Longest line that may be a session string. The longest ones known have less than 1000 characters. */
const MAX_LINE = 64 * 1024;

/** What the formats asked for before, of inputs that are still read: each of them asks for the same. */
const lines = new WeakMap<FormatInput, string | null>();
const objects = new WeakMap<FormatInput, string | null>();

/**
 * The first bytes of an input as text, if it is an object of JSON by its begin. Null if it is anything else. What is not
 * UTF-8 in it comes as replacement characters.
 */
export async function jsonHeadOf(input: FormatInput): Promise<string | null> {
  return onceFor(input, objects, async () => {
    const head = await input.head();
    const first = head.find((byte) => !ASCII_SPACES.includes(byte));
    // A byte order mark is no ASCII, nor are some spaces.
    if (first !== OPEN_OBJECT && !(first !== undefined && first > 0x7f)) return null;
    const text = new TextDecoder().decode(head);
    return /^\s*\{/.test(text) ? text : null;
  });
}

const OPEN_OBJECT = 0x7b;
const ASCII_SPACES: readonly number[] = [0x20, 0x0a, 0x0d, 0x09, 0x0b, 0x0c];

async function onceFor(
  input: FormatInput,
  known: WeakMap<FormatInput, string | null>,
  find: () => Promise<string | null>,
): Promise<string | null> {
  const before = known.get(input);
  if (before !== undefined) return before;
  const text = await find();
  known.set(input, text);
  return text;
}

/**
 * The only line of an input, without the line break that editors and `echo` put behind it. Null if it is too long
 * for a session string, or not in printable ASCII.
 */
export async function lineOf(input: FormatInput): Promise<string | null> {
  return onceFor(input, lines, async () => {
    const head = await input.head();
    return head.length >= MAX_LINE ? null : printableLine(head);
  });
}

/** The only line in some bytes, without a line break behind it. Null if there is none, or it is not printable ASCII. */
export function printableLine(bytes: Uint8Array): string | null {
  let end = bytes.length;
  if (end === 0) return null;
  if (bytes[end - 1] === 0x0a) end--;
  if (bytes[end - 1] === 0x0d && end < bytes.length) end--;
  // Not with every(): session strings of hundreds of megabytes are possible.
  for (let i = 0; i < end; i++) if (bytes[i]! < 0x20 || bytes[i]! > 0x7e) return null;
  return latin1.decode(bytes.subarray(0, end));
}

/** All of an input as UTF-8 text. @throws SessionError `INVALID_VALUE`, also if it has more bytes than `maxBytes` */
export async function textOf(input: FormatInput, maxBytes = MAX_FILE_BYTES): Promise<string> {
  const bytes = await input.bytes(undefined, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SessionError('INVALID_VALUE', `${input.label} is not UTF-8 text.`, { cause });
  }
}
