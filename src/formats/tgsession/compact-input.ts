/** The compact notation in reading. There is one way to write each value, and all others are refused. */

import { refuse } from '../../check.ts';
import { ByteReader } from '../bytes.ts';
import { Budget } from './budget.ts';
import { type Input, KINDS, type Kind, type RecordFields } from './notation.ts';
import { namedStep, Path } from './path.ts';

/** How many UTF-16 units become text at once. */
const CHUNK = 4096;
const KEY_BYTES = 256;

/** Reads the compact notation. */
export class CompactInput implements Input {
  readonly path = new Path();
  readonly budget = new Budget('INVALID_VALUE');
  readonly leavesOut = true;
  readonly #bytes: Uint8Array;
  readonly #reader: ByteReader;

  constructor(bytes: Uint8Array, end = bytes.length) {
    this.#bytes = bytes;
    this.#reader = new ByteReader(bytes, this.path, 0, end);
  }

  get offset(): number {
    return this.#reader.offset;
  }

  *fields({ names, usual }: RecordFields): Generator<number> {
    const canBeMissing = usual.reduce((sum, place) => sum + (place < 0 ? 0 : 1), 0);
    const present = canBeMissing === 0 ? 0 : this.#count(2 ** canBeMissing - 1);
    for (let i = 0; i < names.length; i++) {
      const place = usual[i]!;
      if (place >= 0 && (present & (1 << place)) === 0) continue;
      this.path.into(names[i]!);
      yield i;
      this.path.out();
    }
  }

  *items(): Generator<number> {
    const length = this.#length(1);
    for (let i = 0; i < length; i++) {
      this.path.into(i);
      yield i;
      this.path.out();
    }
  }

  *entries(): Generator<string> {
    const length = this.#length(2);
    for (let i = 0; i < length; i++) {
      const name = this.text();
      this.path.into(namedStep(name));
      yield name;
      this.path.out();
    }
  }

  kind(): Kind {
    const number = this.#reader.u8('');
    return KINDS[number] ?? refuse(this.path, '', 'of a kind that is known', number);
  }

  null(): boolean {
    return false;
  }

  boolean(): boolean {
    const byte = this.#reader.u8('');
    return byte <= 1 ? byte === 1 : refuse(this.path, '', '0 or 1', byte);
  }

  integer(): number {
    const first = this.#reader.u8('');
    const rest = first < 0x80 ? 0 : this.#count(Math.floor(Number.MAX_SAFE_INTEGER / 64));
    const size = (first & 0x3f) + rest * 64;
    const isNegative = (first & 0x40) !== 0;
    if ((first >= 0x80 && rest === 0) || (isNegative && size === 0)) this.#long();
    return isNegative ? -size : size;
  }

  number(): number {
    if (this.boolean()) return this.integer();
    const value = new Float64Array(BigInt64Array.of(this.#reader.i64le('')).buffer)[0]!;
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.#long();
    return value;
  }

  int64(): bigint {
    return this.#reader.i64le('');
  }

  text(): string {
    const header = this.#count(Number.MAX_SAFE_INTEGER);
    const length = this.#reader.count('', Math.floor(header / 2), Number.MAX_SAFE_INTEGER);
    if (header % 2 === 0) return this.#reader.text('', length);
    if (length % 2 === 1) refuse(this.path, '', 'text in UTF-16', null, 'an odd number of bytes');
    const bytes = this.#reader.bytes('', length);
    let text = '';
    for (let at = 0; at < length; at += CHUNK * 2) {
      const units: number[] = [];
      for (let i = at; i < length && i < at + CHUNK * 2; i += 2) units.push(bytes[i]! | (bytes[i + 1]! << 8));
      text += String.fromCharCode(...units);
    }
    if (text.isWellFormed()) refuse(this.path, '', 'UTF-8 where there is one', null, 'UTF-16');
    return text;
  }

  key(): Uint8Array {
    return this.#reader.bytes('', KEY_BYTES);
  }

  address(family: 4 | 6): string {
    if (family === 6) return this.text();
    const [a, b, c, d, low, high] = this.#reader.bytes('', 6);
    return `${a}.${b}.${c}.${d}:${low! | (high! << 8)}`;
  }

  word(words: readonly string[]): string {
    const number = this.#reader.u8('');
    return words[number] ?? refuse(this.path, '', `below ${words.length}`, number);
  }

  again(from: number): () => CompactInput {
    const bytes = this.#bytes.slice(from, this.#reader.offset);
    return () => new CompactInput(bytes);
  }

  /** Says that all has been read. @throws SessionError `INVALID_VALUE` if more follows */
  end(): void {
    this.#reader.end();
  }

  /** A length of what follows, each of which takes some bytes at least. */
  #length(each: number): number {
    const length = this.#count(Number.MAX_SAFE_INTEGER);
    return this.#reader.count('', length, Number.MAX_SAFE_INTEGER, each);
  }

  #count(max: number): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#reader.u8('');
      value += (byte & 0x7f) * factor;
      if (value > max) refuse(this.path, '', `a number from 0 to ${max}`, null, 'a larger one');
      if (byte < 0x80) {
        if (byte === 0 && factor > 1) this.#long();
        return value;
      }
      if (factor > max) this.#long();
    }
  }

  #long(): never {
    return refuse(this.path, '', 'written in the shortest way', null, 'a longer one');
  }
}
