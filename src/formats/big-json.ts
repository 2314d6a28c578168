/** JSON with integers that a number cannot hold: they come as bigint, not rounded. */

import { type Place, refuse } from '../check.ts';
import { SessionError } from '../errors.ts';

/** A value of JSON, large integers as bigint. */
export type BigJson = string | number | bigint | boolean | null | BigJson[] | { [key: string]: BigJson };

/** Deepest nesting that is followed; session files have three levels. */
const MAX_DEPTH = 32;
/** Most values and names: they take far more memory than the text, and no session has as many. */
const MAX_VALUES = 500_000;
/** Longest number, in characters; those that are meant to be read have twenty. */
const MAX_NUMBER = 1000;
/** More digits than any integer of 64 bits has; larger ones have no place in a session, and take time. */
const MAX_DIGITS = 20;

const SPACES = /[ \n\r\t]*/y;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const NUMBER_PART = new Set(Array.from('0123456789+-.eE', (character) => character.charCodeAt(0)));
const LITERALS = new Map<number, [word: string, value: boolean | null]>([
  [0x74, ['true', true]],
  [0x66, ['false', false]],
  [0x6e, ['null', null]],
]);
const LONG_INTEGER = /^-?\d{16,}$/;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];
/** Of longer pieces an engine keeps the whole text, rather than copying them. */
const COPIED = 12;

/** How to parse. */
export interface BigJsonOptions {
  /**
   * Whether a number with a point or an exponent is no integer even if it is whole, as for Go: `2.0` and `2e0` come
   * as NaN then, which no check takes for one.
   */
  integersAreDigits?: boolean;
}

/**
 * Parses JSON, in one pass that ends where it is too deep or too much. Of a key that stands in an object twice, the last
 * one counts.
 *
 * @throws SessionError `INVALID_VALUE` if it is not JSON
 */
export function parseBigJson(text: string, label: string, options: BigJsonOptions = {}): BigJson {
  return new Parser(text, label, options.integersAreDigits === true).all();
}

class Parser {
  readonly #text: string;
  readonly #label: string;
  readonly #integersAreDigits: boolean;
  #at = 0;
  #left = MAX_VALUES;

  constructor(text: string, label: string, integersAreDigits: boolean) {
    this.#text = text;
    this.#label = label;
    this.#integersAreDigits = integersAreDigits;
  }

  all(): BigJson {
    const value = this.#value(MAX_DEPTH);
    this.#next();
    if (this.#at < this.#text.length) throw this.#notJson();
    return value;
  }

  /** The next character that is no space; NaN at the end. */
  #next(): number {
    const code = this.#text.charCodeAt(this.#at);
    if (code > 0x20) return code;
    SPACES.lastIndex = this.#at;
    SPACES.test(this.#text);
    this.#at = SPACES.lastIndex;
    return this.#text.charCodeAt(this.#at);
  }

  #value(depth: number): BigJson {
    if (--this.#left < 0) throw this.#tooMuch();
    const code = this.#next();
    if (code === QUOTE) return this.#string();
    if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (depth === 0) throw new SessionError('INVALID_VALUE', 'The JSON is nested too deeply.');
      this.#at++;
      return code === OPEN_LIST ? this.#list(depth - 1) : this.#object(depth - 1);
    }
    const literal = LITERALS.get(code);
    if (literal === undefined) return this.#number();
    if (!this.#text.startsWith(literal[0], this.#at)) throw this.#notJson();
    this.#at += literal[0].length;
    return literal[1];
  }

  #list(depth: number): BigJson[] {
    const items: BigJson[] = [];
    if (this.#accept(CLOSE_LIST)) return items;
    do items.push(this.#value(depth));
    while (this.#accept(COMMA));
    this.#expect(CLOSE_LIST);
    return items;
  }

  #object(depth: number): { [key: string]: BigJson } {
    const object: { [key: string]: BigJson } = {};
    if (this.#accept(CLOSE_OBJECT)) return object;
    do {
      if (--this.#left < 0) throw this.#tooMuch();
      if (this.#next() !== QUOTE) throw this.#notJson();
      const name = this.#string();
      this.#expect(COLON);
      const value = this.#value(depth);
      // Assigned, this name means something else.
      if (name !== '__proto__') object[name] = value;
      else
        Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
    } while (this.#accept(COMMA));
    this.#expect(CLOSE_OBJECT);
    return object;
  }

  #string(): string {
    const text = this.#text;
    const begin = this.#at;
    let end = text.indexOf('"', begin + 1);
    while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
    if (end < 0) throw this.#notJson();
    this.#at = end + 1;
    if (end - begin <= COPIED && isPlain(text, begin + 1, end)) return text.slice(begin + 1, end);
    try {
      return JSON.parse(text.slice(begin, end + 1));
    } catch {
      // The engine's own message shows a piece of the text, which may be a piece of the key.
      throw this.#notJson();
    }
  }

  #number(): number | bigint {
    let end = this.#at;
    while (NUMBER_PART.has(this.#text.charCodeAt(end))) end++;
    if (end - this.#at > MAX_NUMBER) {
      throw new SessionError('INVALID_VALUE', `The JSON has a number of ${end - this.#at} characters.`);
    }
    const token = this.#text.slice(this.#at, end);
    if (!NUMBER.test(token)) throw this.#notJson();
    this.#at = end;
    if (LONG_INTEGER.test(token)) return toInteger(token);
    const number = Number(token);
    const isWritten = this.#integersAreDigits && Number.isInteger(number) && /[.eE]/.test(token);
    return isWritten ? Number.NaN : number;
  }

  #accept(code: number): boolean {
    if (this.#next() !== code) return false;
    this.#at++;
    return true;
  }

  #expect(code: number): void {
    if (!this.#accept(code)) throw this.#notJson();
  }

  #notJson(): SessionError {
    return new SessionError('INVALID_VALUE', `${this.#label} is not JSON.`, { found: 'not JSON' });
  }

  #tooMuch(): SessionError {
    const found = `more than ${MAX_VALUES} values`;
    return new SessionError('INVALID_VALUE', `${this.#label} has ${found}; no session has as many.`, {
      found,
    });
  }
}

/** Whether an odd number of backslashes stands before a quote. */
function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
  return slashes % 2 === 1;
}

/** Whether there is neither a backslash nor a control character. */
function isPlain(text: string, begin: number, end: number): boolean {
  for (let i = begin; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5c || code < 0x20) return false;
  }
  return true;
}

function toInteger(digits: string): number | bigint {
  if (digits.length > MAX_DIGITS) {
    throw new SessionError('INVALID_VALUE', `The JSON has an integer of ${digits.length} digits.`);
  }
  const integer = BigInt(digits);
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}

/** An integer of 64 bits, signed, such as an access hash. @throws SessionError `INVALID_VALUE` */
export function checkJsonInt64(at: Place, name: string, value: BigJson): bigint {
  const isInteger = typeof value === 'bigint' || Number.isSafeInteger(value);
  const integer = isInteger ? BigInt(value as bigint | number) : null;
  if (integer === null || BigInt.asIntN(64, integer) !== integer) {
    return refuse(at, name, 'an integer of 64 bits, or null', value);
  }
  return integer;
}

/** An integer as plain JSON has it: those that a number cannot hold are text. */
export function plainInteger(value: number | bigint): number | string {
  return typeof value === 'bigint' ? String(value) : value;
}
