/**
 * Reading bytes that may come from anywhere, field by field: nothing is read beyond the end, no length is believed
 * before it is checked, and every error names the field and what was found, without its content.
 */

import { type Place, refuse } from '../check.ts';
import { SessionError } from '../errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A place in some bytes, and what the fields that stand there are called. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #at: Place;
  readonly #end: number;
  #offset: number;

  /**
   * @param at what errors call the owner of the fields, such as `session string`
   * @param offset where to begin
   * @param end where the bytes end that may be read
   */
  constructor(bytes: Uint8Array, at: Place, offset = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, end);
    this.#at = at;
    this.#offset = offset;
    this.#end = end;
  }

  /** What errors call the owner of the fields. */
  get place(): Place {
    return this.#at;
  }

  /** Where the next field begins. */
  get offset(): number {
    return this.#offset;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#end - this.#offset;
  }

  /** Passes over bytes and says where they began. @throws SessionError `INVALID_VALUE` if there are not as many */
  take(name: string, length: number): number {
    if (length > this.left) {
      this.refuse(name, `at least ${length} bytes long`, `the last ${this.left} bytes`);
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }

  /** A byte. */
  u8(name: string): number {
    return this.#view.getUint8(this.take(name, 1));
  }

  /** An unsigned integer of 2 bytes, big-endian. */
  u16be(name: string): number {
    return this.#view.getUint16(this.take(name, 2));
  }

  /** An unsigned integer of 4 bytes, big-endian. */
  u32be(name: string): number {
    return this.#view.getUint32(this.take(name, 4));
  }

  /** A signed integer of 4 bytes, big-endian. */
  i32be(name: string): number {
    return this.#view.getInt32(this.take(name, 4));
  }

  /** An unsigned integer of 8 bytes, big-endian. */
  u64be(name: string): bigint {
    return this.#view.getBigUint64(this.take(name, 8));
  }

  /** An unsigned integer of 4 bytes, little-endian. */
  u32le(name: string): number {
    return this.#view.getUint32(this.take(name, 4), true);
  }

  /** A signed integer of 4 bytes, little-endian. */
  i32le(name: string): number {
    return this.#view.getInt32(this.take(name, 4), true);
  }

  /** A signed integer of 8 bytes, little-endian. */
  i64le(name: string): bigint {
    return this.#view.getBigInt64(this.take(name, 8), true);
  }

  /** What {@link u32le} would give a number of bytes further on, or null beyond the end. */
  peekU32le(ahead = 0): number | null {
    return ahead + 4 > this.left ? null : this.#view.getUint32(this.#offset + ahead, true);
  }

  /** A copy of the next bytes. */
  bytes(name: string, length: number): Uint8Array {
    const start = this.take(name, length);
    return this.#bytes.slice(start, start + length);
  }

  /** UTF-8 text. @throws SessionError `INVALID_VALUE` if it is not */
  text(name: string, length: number): string {
    const start = this.take(name, length);
    return utf8Text(this.#at, name, this.#bytes.subarray(start, start + length));
  }

  /**
   * A count or length, checked: at most `max`, and not more than the bytes left can hold.
   *
   * @param each the fewest bytes that one of the things counted takes
   */
  count(name: string, value: number, max: number, each = 1): number {
    if (value < 0 || value > max) this.refuse(name, `a count from 0 to ${max}`, String(value));
    if (value * each > this.left) {
      this.refuse(name, `a count of what follows, which is ${this.left} bytes`, String(value));
    }
    return value;
  }

  /** A reader of the next bytes alone, which are passed over. */
  part(name: string, length: number): ByteReader {
    const start = this.take(name, length);
    return new ByteReader(this.#bytes, `${this.#at}.${name}`, start, start + length);
  }

  /** Says that all has been read. @throws SessionError `INVALID_VALUE` if bytes are left */
  end(): void {
    if (this.left === 0) return;
    const found = `${this.left} more`;
    throw new SessionError(
      'INVALID_VALUE',
      `${this.#at} must end after ${this.#offset} bytes, but has ${found}.`,
      {
        field: String(this.#at),
        found,
      },
    );
  }

  /** Throws the `INVALID_VALUE` for a field: what it must be, and what it is. */
  refuse(name: string, expected: string, found: string): never {
    return refuse(this.#at, name, expected, null, found);
  }
}

/** Bytes as UTF-8 text. @throws SessionError `INVALID_VALUE` */
export function utf8Text(at: Place, name: string, bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return refuse(at, name, 'UTF-8 text', bytes);
  }
}

/** The four bytes at an offset as an integer without sign, big-endian. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
