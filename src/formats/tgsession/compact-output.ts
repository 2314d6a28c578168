/** The compact notation in writing: bytes without names, and nothing for what goes without saying. */

import { splitAddress } from '../../address.ts';
import { SessionError } from '../../errors.ts';
import { ByteWriter } from '../byte-writer.ts';
import { ipv4Bytes } from '../ip.ts';
import { Budget } from './budget.ts';
import { KINDS, type Kind, type Output, type RecordFields } from './notation.ts';
import { Path } from './path.ts';

/**
 * Longest string, in characters. Its checksum is over all of it, so that it is there as a whole, several times in several
 * forms, before the first value of it may be believed; what is larger goes through `tgsession-json`.
 */
export const MAX_STRING = 16 * 1024 * 1024;
/** The largest content whose base64, with a prefix and a checksum, is no longer. */
const MAX_BYTES = (MAX_STRING / 4) * 3 - 64;

/** Writes the compact notation. */
export class CompactOutput implements Output {
  readonly path = new Path();
  readonly budget = new Budget('CANNOT_HOLD');
  readonly leavesOut = true;
  readonly #bytes = new ByteWriter();

  beginRecord({ usual }: RecordFields, present: number): void {
    if (usual.some((place) => place >= 0)) this.#count(present);
  }

  field(): void {}

  endRecord(): void {
    this.#checkSize();
  }

  beginList(length: number): void {
    this.#count(length);
  }

  item(): void {}

  endList(): void {}

  beginMap(length: number): void {
    this.#count(length);
  }

  entry(name: string): void {
    this.text(name);
  }

  endMap(): void {}

  kind(kind: Kind): void {
    this.#bytes.raw(KINDS.indexOf(kind));
  }

  null(): void {}

  boolean(value: boolean): void {
    this.#bytes.raw(value ? 1 : 0);
  }

  /** The sign and six bits in the first byte, seven in each of the others, the low ones first. */
  integer(value: number): void {
    const size = Math.abs(value);
    const rest = Math.floor(size / 64);
    this.#bytes.raw((size % 64) | (value < 0 ? 0x40 : 0) | (rest > 0 ? 0x80 : 0));
    if (rest > 0) this.#count(rest);
  }

  number(value: number): void {
    const isInteger = Number.isSafeInteger(value) && !Object.is(value, -0);
    this.boolean(isInteger);
    if (isInteger) this.integer(value);
    else this.#bytes.long(new BigInt64Array(Float64Array.of(value).buffer)[0]!);
  }

  int64(value: bigint): void {
    this.#bytes.long(value);
  }

  /** UTF-8; text that has no UTF-8, as it has half a surrogate pair, in UTF-16. */
  text(value: string): void {
    if (value.isWellFormed()) {
      const bytes = new TextEncoder().encode(value);
      this.#count(bytes.length * 2);
      this.#bytes.append(bytes);
      return;
    }
    this.#count(value.length * 4 + 1);
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      this.#bytes.raw(unit & 255, unit >> 8);
    }
  }

  key(value: Uint8Array): void {
    this.bytes(value);
  }

  /** IPv4 in six bytes; IPv6 has many notations for an address, and stays the text that it is. */
  address(value: string, family: 4 | 6): void {
    if (family === 6) {
      this.text(value);
      return;
    }
    const { ip, port } = splitAddress(value)!;
    this.#bytes.raw(...ipv4Bytes(ip), port & 255, port >> 8);
  }

  word(value: string, words: readonly string[]): void {
    this.#bytes.raw(words.indexOf(value));
  }

  oneLine(): void {}

  /** Bytes as they are. */
  bytes(content: Uint8Array): void {
    this.#bytes.append(content);
  }

  /** What was written. @throws SessionError `CANNOT_HOLD` if it is too large to be read */
  done(): Uint8Array {
    this.#checkSize();
    return this.#bytes.done();
  }

  /** Overwrites what was written. */
  wipe(): void {
    this.#bytes.wipe();
  }

  /** A count, length or mask: seven bits in each byte, the low ones first. */
  #count(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#bytes.raw((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.#bytes.raw(rest);
  }

  #checkSize(): void {
    if (this.#bytes.length <= MAX_BYTES) return;
    throw new SessionError(
      'CANNOT_HOLD',
      `The string would have more than ${MAX_STRING} characters, and could not be read again: write tgsession-json, or fewer accounts.`,
      { field: String(this.path), found: `more than ${MAX_STRING} characters` },
    );
  }
}
