/** The notation of JSON in reading: as it comes, without a tree of all of it. */

import { refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { decodeBase64 } from '../base64.ts';
import { checkJsonInt64 } from '../big-json.ts';
import { Budget } from './budget.ts';
import { KEY_PREFIX } from './json-output.ts';
import { JsonScanner, QUOTE } from './json-scanner.ts';
import type { Input, Kind, RecordFields } from './notation.ts';
import { namedStep, Path } from './path.ts';
import type { Window } from './window.ts';

const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const COLON = 0x3a;

/** What kinds are called in errors. */
const TITLES: Record<Kind, string> = {
  null: 'null',
  boolean: 'true or false',
  number: 'a number',
  text: 'text',
  list: 'a list',
  map: 'an object',
};

/** The error for a field that version 1 does not know: to pass over it would lose it in silence. */
export function unknownField(path: Path): SessionError {
  return new SessionError(
    'INVALID_VALUE',
    `${path} is no field that is known. It would be lost in silence: take it out, or use a tgsession that knows it.`,
    { field: String(path), found: 'an unknown field' },
  );
}

/** Reads JSON. */
export class JsonInput implements Input {
  readonly path: Path;
  readonly budget = new Budget('INVALID_VALUE');
  readonly leavesOut = false;
  readonly again = null;
  readonly #scanner: JsonScanner;

  constructor(window: Window, path = new Path()) {
    this.path = path;
    this.#scanner = new JsonScanner(window, path);
  }

  get offset(): number {
    this.#scanner.peek();
    return this.#scanner.offset;
  }

  *fields({ names }: RecordFields): Generator<number> {
    let seen = 0;
    for (const name of this.entries()) {
      const i = names.indexOf(name);
      if (i < 0) throw unknownField(this.path);
      if ((seen & (1 << i)) !== 0) this.#twice();
      seen |= 1 << i;
      yield i;
    }
  }

  *items(): Generator<number> {
    this.#expectKind('list');
    this.#scanner.expect(OPEN_LIST);
    for (const i of this.#scanner.separated(CLOSE_LIST)) {
      this.path.into(i);
      yield i;
      this.path.out();
    }
  }

  *entries(): Generator<string> {
    this.#expectKind('map');
    this.#scanner.expect(OPEN_OBJECT);
    for (const _ of this.#scanner.separated(CLOSE_OBJECT)) {
      const name = this.#scanner.string();
      this.path.into(namedStep(name));
      this.#scanner.expect(COLON);
      yield name;
      this.path.out();
    }
  }

  kind(): Kind {
    const byte = this.#scanner.peek();
    if (byte === QUOTE) return 'text';
    if (byte === OPEN_OBJECT) return 'map';
    if (byte === OPEN_LIST) return 'list';
    if (byte === 0x6e) return 'null';
    if (byte === 0x74 || byte === 0x66) return 'boolean';
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return 'number';
    return this.#scanner.malformed();
  }

  null(): boolean {
    if (this.#scanner.peek() !== 0x6e) return false;
    this.#scanner.literal('null');
    return true;
  }

  boolean(): boolean {
    this.#expectKind('boolean');
    const value = this.#scanner.peek() === 0x74;
    this.#scanner.literal(String(value));
    return value;
  }

  /** By its digits: a number that is written as 1.0 or 1e3 is refused, one beyond 2^53 is not rounded. */
  integer(): number {
    this.#expectKind('number');
    const digits = this.#scanner.number();
    const value = Number(digits);
    if (/^-?\d+$/.test(digits) && Number.isSafeInteger(value)) return value;
    return refuse(this.path, '', 'an integer up to 2^53 - 1', value, 'another number');
  }

  number(): number {
    this.#expectKind('number');
    return Number(this.#scanner.number());
  }

  int64(): bigint {
    const text = this.text();
    const isInteger = /^(?:0|-?[1-9]\d{0,18})$/.test(text);
    if (!isInteger) refuse(this.path, '', 'an integer of 64 bits as decimal text', text);
    return checkJsonInt64(this.path, '', BigInt(text));
  }

  text(): string {
    this.#expectKind('text');
    return this.#scanner.string();
  }

  key(): Uint8Array {
    const text = this.text();
    const isKey = text.startsWith(KEY_PREFIX) && !/[-_]/.test(text);
    const bytes = isKey ? decodeBase64(text.slice(KEY_PREFIX.length)) : null;
    return bytes ?? refuse(this.path, '', `"${KEY_PREFIX}" and base64, or null`, text);
  }

  address(): string {
    return this.text();
  }

  word(words: readonly string[]): string {
    const text = this.text();
    if (words.includes(text)) return text;
    return refuse(this.path, '', words.map((word) => `"${word}"`).join(' or '), text);
  }

  /** Passes over a value. */
  skip(): void {
    this.#scanner.skip();
  }

  /** Says that all has been read. @throws SessionError `INVALID_VALUE` if more follows */
  end(): void {
    if (this.#scanner.peek() !== -1) this.#scanner.malformed();
  }

  #expectKind(kind: Kind): void {
    const found = this.kind();
    if (found !== kind) refuse(this.path, '', TITLES[kind], null, TITLES[found]);
  }

  #twice(): never {
    return refuse(this.path, '', 'there once', null, 'there twice');
  }
}
