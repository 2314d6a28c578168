/** Binlogs of TDLib made and taken apart by hand, from the description of the format alone. */

import { createDecipheriv, createHmac, pbkdf2Sync } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** An event without its frame. */
export interface BinlogEvent {
  id: number;
  type: number;
  flags: number;
  data: Buffer;
}

export const SETTING = 0x4327;
export const OPTION = 0x1f18;
export const REWRITE = 1;
export const PARTIAL = 2;
export const EMPTY = -2;

/** A string of TL. */
export function tl(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  const { length } = bytes;
  const head =
    length < 254 ? Buffer.of(length) : Buffer.of(254, length & 255, (length >> 8) & 255, length >> 16);
  return Buffer.concat([head, bytes, Buffer.alloc(-(head.length + length) & 3)]);
}

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** An event that sets something. */
export function setting(id: number, name: string, value: string | Uint8Array, flags = 0): BinlogEvent {
  return { id, type: SETTING, flags, data: Buffer.concat([tl(name), tl(value)]) };
}

/** An event that takes another one away. */
export function erased(id: number): BinlogEvent {
  return { id, type: EMPTY, flags: REWRITE, data: Buffer.alloc(0) };
}

/** A file that is not encrypted. */
export function binlogOf(events: readonly BinlogEvent[]): Uint8Array {
  const framed = events.map(({ id, type, flags, data }) => {
    const bytes = Buffer.alloc(32 + data.length);
    bytes.writeUInt32LE(bytes.length, 0);
    bytes.writeBigUInt64LE(BigInt(id), 4);
    bytes.writeInt32LE(type, 12);
    bytes.writeInt32LE(flags, 16);
    data.copy(bytes, 28);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
    return bytes;
  });
  return new Uint8Array(Buffer.concat(framed));
}

/** The events of a file that is not encrypted. */
export function eventsOf(bytes: Uint8Array): BinlogEvent[] {
  const all = Buffer.from(bytes);
  const events: BinlogEvent[] = [];
  for (let offset = 0; offset < all.length; ) {
    const event = all.subarray(offset, offset + all.readUInt32LE(offset));
    if (crc32(event.subarray(0, -4)) !== event.readUInt32LE(event.length - 4)) throw new Error('bad CRC');
    events.push({
      id: Number(event.readBigUInt64LE(4)),
      type: event.readInt32LE(12),
      flags: event.readInt32LE(16),
      data: event.subarray(28, -4),
    });
    offset += event.length;
  }
  return events;
}

/** What stands behind the encryption event, which has fixed lengths: 128 bytes. */
export function decrypted(bytes: Uint8Array, rawKey = 'cucumber'): Uint8Array {
  const [event] = eventsOf(bytes.subarray(0, 128));
  const { type, data } = event!;
  const [salt, iv, hash] = [data.subarray(5, 37), data.subarray(41, 57), data.subarray(61, 93)];
  const key = pbkdf2Sync(rawKey, salt, 2, 32, 'sha256');
  if (type !== -3 || !createHmac('sha256', key).update('cucumbers everywhere').digest().equals(hash)) {
    throw new Error('not encrypted with this key');
  }
  return new Uint8Array(createDecipheriv('aes-256-ctr', key, iv).update(bytes.subarray(128)));
}

/** Names and values of the settings among events, those of the same name in their order. */
export function settingsOf(events: readonly BinlogEvent[]): [name: string, value: Buffer][] {
  return events.flatMap(({ type, data }) => {
    if (type !== SETTING) return [];
    const [name, next] = stringAt(data, 0);
    return [[name.toString(), stringAt(data, next)[0]]];
  });
}

function stringAt(data: Buffer, at: number): [content: Buffer, next: number] {
  const isLong = data[at] === 254;
  const start = at + (isLong ? 4 : 1);
  const end = start + (isLong ? data.readUIntLE(at + 1, 3) : data[at]!);
  return [data.subarray(start, end), end + (-(end - at) & 3)];
}

/** The bytes with the checksum of each event made right, as far as they look like events. */
export function resealed(bytes: Uint8Array): Uint8Array {
  const all = Buffer.from(bytes);
  for (let offset = 0; offset + 32 <= all.length; ) {
    const size = all.readUInt32LE(offset);
    if (size < 32 || offset + size > all.length) break;
    all.writeUInt32LE(crc32(all.subarray(offset, offset + size - 4)), offset + size - 4);
    offset += size;
  }
  return new Uint8Array(all);
}
