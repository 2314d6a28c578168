/**
 * The run-length coding of MTKruto (formats/mtkruto.md, section 1): a run of zero bytes is 0 and the length of the run,
 * 1 to 255; all other bytes stand for themselves.
 */

import { SessionError } from '../../errors.ts';

/**
 * Decodes.
 *
 * @param at what errors call the bytes
 * @param max most bytes that may come out; a few runs of 255 make a lot of little
 * @throws SessionError `INVALID_VALUE` for a run without a length, or for more bytes than that
 */
export function decodeRle(at: string, bytes: Uint8Array, max: number): Uint8Array {
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 0) length++;
    // MTKruto itself drops a zero at the end, and passes over a run of none.
    else if (++i >= bytes.length || bytes[i] === 0) throw invalid(at, 'a run of zeros without its length');
    else length += bytes[i]!;
  }
  if (length > max) throw invalid(at, `${length} bytes, more than the ${max} that it can have`);
  const decoded = new Uint8Array(length);
  let to = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 0) decoded[to++] = bytes[i]!;
    else to += bytes[++i]!;
  }
  return decoded;
}

function invalid(at: string, found: string): SessionError {
  return new SessionError('INVALID_VALUE', `${at} must be run-length coded, but has ${found}.`, {
    field: at,
    found,
  });
}

/** Encodes. */
export function encodeRle(bytes: Uint8Array): Uint8Array {
  // A zero by itself takes two bytes; nothing takes more.
  const encoded = new Uint8Array(bytes.length * 2);
  let to = 0;
  for (let i = 0; i < bytes.length; ) {
    let run = 0;
    while (bytes[i + run] === 0 && run < 255) run++;
    encoded[to++] = bytes[i]!;
    if (run > 0) encoded[to++] = run;
    i += Math.max(run, 1);
  }
  const result = encoded.slice(0, to);
  encoded.fill(0);
  return result;
}
