/** The content of an input as text. */

import { SessionError } from '../errors.ts';
import { type FormatInput, MAX_FILE_BYTES } from './codec.ts';
import { tooLarge } from './open-input.ts';

const latin1 = new TextDecoder('latin1');

/** Longest line that may be a session string. The longest ones known have less than 1000 characters. */
const MAX_LINE = 64 * 1024;

/**
 * The only line of an input, without the line break that editors and `echo` put behind it. Null if it is too long
 * for a session string, or not in printable ASCII.
 */
export async function lineOf(input: FormatInput): Promise<string | null> {
  const head = await input.head();
  return head.length >= MAX_LINE ? null : printableLine(head);
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
  const bytes = await input.bytes();
  if (bytes.length > maxBytes) throw tooLarge(input.label, bytes.length);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SessionError('INVALID_VALUE', `${input.label} is not UTF-8 text.`, { cause });
  }
}
