/**
 * The pieces of TL, Telegram's binary language (core.telegram.org/mtproto/serialize), that sessions are made of.
 * Padding counts from the begin of its own field, so that fields may stand anywhere.
 */

import { ByteWriter } from './byte-writer.ts';
import type { ByteReader } from './bytes.ts';

/** Constructors of Bool. */
export const BOOL_TRUE = 0x997275b5;
export const BOOL_FALSE = 0xbc799737;

/** Lengths up to this have one byte, longer ones four. */
const MAX_SHORT = 253;
const LONG = 0xfe;
const MAX_LENGTH = 0xffffff;

const encoder = new TextEncoder();

/** A `bytes` as a reader of its content; its padding is passed over and must be zero. */
export function readTlBytes(reader: ByteReader, name: string): ByteReader {
  const first = reader.u8(name);
  if (first > LONG) reader.refuse(name, 'bytes of TL with their length', `a length byte of ${first}`);
  const length = first < LONG ? first : readLongLength(reader, name);
  const content = reader.part(name, length);
  const padding = paddingOf(length);
  for (let i = 0; i < padding; i++) {
    if (reader.u8(name) !== 0) reader.refuse(name, 'padded with zeros', 'padded with something else');
  }
  return content;
}

function readLongLength(reader: ByteReader, name: string): number {
  const length = reader.u8(name) | (reader.u8(name) << 8) | (reader.u8(name) << 16);
  return reader.count(name, length, MAX_LENGTH);
}

/** A `string`. */
export function readTlString(reader: ByteReader, name: string): string {
  const content = readTlBytes(reader, name);
  return content.text('', content.left);
}

/** A `Bool`. */
export function readTlBool(reader: ByteReader, name: string): boolean {
  const id = reader.u32le(name);
  if (id === BOOL_TRUE) return true;
  if (id === BOOL_FALSE) return false;
  return reader.refuse(name, 'a Bool of TL', `the constructor 0x${id.toString(16).padStart(8, '0')}`);
}

/** Zero bytes behind content of a length, to a multiple of four together with the length. */
function paddingOf(length: number): number {
  return -(length + (length <= MAX_SHORT ? 1 : 4)) & 3;
}

/** Collects bytes in the language. */
export class TlWriter extends ByteWriter {
  /** An `int`, or a constructor: 4 bytes, little-endian. */
  int(value: number): this {
    return this.raw(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255);
  }

  bool(value: boolean): this {
    return this.int(value ? BOOL_TRUE : BOOL_FALSE);
  }

  string(text: string): this {
    return this.bytes(encoder.encode(text));
  }

  /** A `bytes`, at most 2^24 - 1. */
  bytes(content: Uint8Array): this {
    const { length } = content;
    if (length <= MAX_SHORT) this.raw(length);
    else this.raw(LONG, length & 255, (length >> 8) & 255, length >> 16);
    this.append(content);
    this.room(paddingOf(length)); // zero already
    return this;
  }
}
