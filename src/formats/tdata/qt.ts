/** The pieces of Qt's QDataStream that the files are made of (formats/tdata.md, section 2): all are big-endian. */

import type { ByteReader } from '../bytes.ts';

/** The length of an array that is null, which here means the same as an empty one. */
const NULL = 0xffffffff;

/** A QByteArray. */
export function readByteArray(reader: ByteReader, name: string): Uint8Array {
  const length = reader.u32be(name);
  return reader.bytes(name, length === NULL ? 0 : length);
}

/** Parts one after the other. */
export function joined(...parts: Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** Integers of 4 bytes, signed or not. */
export function int32(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => {
    view.setInt32(4 * i, value);
  });
  return new Uint8Array(view.buffer);
}

/** An unsigned integer of 8 bytes. */
export function uint64(value: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value);
  return new Uint8Array(view.buffer);
}

/** A QByteArray. */
export function byteArray(content: Uint8Array): Uint8Array {
  return joined(int32(content.length), content);
}

/** A QString: its length counts bytes, its characters have two each. */
export function string(text: string): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i));
  return byteArray(new Uint8Array(view.buffer));
}
