/**
 * Strings that begin with `1`: those of Telethon v1 have 263 or 275 bytes, those of GramJS 261 and the address as text.
 * With an address of 14 characters, which is what most have, both have the same length, and only the content tells
 * them apart (formats/gramjs.md section 1, formats/telethon.md section 3.1).
 */

import { isIpv4, isIpv6 } from '../address.ts';
import { isHostName } from '../server-address.ts';
import { decodeBase64Into } from './base64.ts';

/** Whose a string is. `either`: it is odd for both. `neither`: it has the length of none. */
export type Producer = 'gramjs' | 'telethon' | 'either' | 'neither';

/** Bytes of a GramJS string beside the address: the data centre, two lengths, the key. */
export const GRAMJS_BYTES = 1 + 2 + 2 + 256;
/** Bytes of the strings of Telethon, over IPv4 and IPv6. */
const IPV4_BYTES = 263;
const IPV6_BYTES = 275;
/** A GramJS that reads more than this in place of the length takes it for the begin of an IPv6 address. */
const GRAMJS_MAX_ADDRESS = 100;

/**
 * Whose the bytes behind the `1` are.
 *
 * A real address of Telethon's never begins with the two bytes that GramJS has there, a length from 1 to 100: such IPv4
 * addresses (0.1 to 0.100) mean no host, and of such IPv6 addresses (1: to 64:) only 64:ff9b: is given to anybody. Nor
 * is any server at the multicast addresses (ff00: and above), which a negative length looks like.
 */
export function producerOf(bytes: Uint8Array, count: number): Producer {
  const length = (bytes[1]! << 8) | bytes[2]!;
  const isTelethonLength = count === IPV4_BYTES || count === IPV6_BYTES;
  const address = count === GRAMJS_BYTES + length ? asciiText(bytes, 3, length) : null;
  if (!isTelethonLength) return address === null ? 'neither' : 'gramjs';
  if (address !== null && isAddress(address)) return 'gramjs';
  const isNat64 = bytes[1] === 0 && bytes[2] === 0x64 && bytes[3] === 0xff && bytes[4] === 0x9b;
  if (count === IPV6_BYTES && bytes[1] === 0xff) return 'either';
  return length === 0 || length > GRAMJS_MAX_ADDRESS || isNat64 ? 'telethon' : 'either';
}

/** Shared; wiped after use. */
const scratch = new Uint8Array(1024);

/** Whose a line is, padding or not: `looksCut` if it begins like one of GramJS, but does not go on like one. */
export function producerOfLine(line: string): { producer: Producer; looksCut: boolean } {
  const none = { producer: 'neither', looksCut: false } as const;
  if (line.charCodeAt(0) !== 0x31) return none;
  try {
    const count = decodeBase64Into(line.slice(1), scratch, 'optional');
    if (count < 3) return none;
    const length = (scratch[1]! << 8) | scratch[2]!;
    const begin = 3 + length <= count ? asciiText(scratch, 3, length) : null;
    return { producer: producerOf(scratch, count), looksCut: begin !== null && isAddress(begin) };
  } finally {
    scratch.fill(0);
  }
}

/** Printable ASCII without spaces, or null. */
export function asciiText(bytes: Uint8Array, start: number, length: number): string | null {
  if (length === 0) return null;
  let text = '';
  for (let i = start; i < start + length; i++) {
    const code = bytes[i]!;
    if (!(code > 0x20 && code < 0x7f)) return null;
    text += String.fromCharCode(code);
  }
  return text;
}

/** A name without a dot is none that a session has, so that it settles nothing. */
function isAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text) || (text.includes('.') && isHostName(text));
}
