/** The tokens of JSON, strictly by RFC 8259, from bytes: nothing is made of a value that is not asked for. */

import { refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { utf8Text } from '../bytes.ts';
import type { Path } from './path.ts';

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];
/** Deepest nesting that is passed over: far more than anything that is read has. */
const MAX_DEPTH = 1024;
/** Longest text, in bytes as it stands there: it takes several times as much memory until it is refused. */
export const MAX_TEXT = 8 * 1024 * 1024;
/** Text up to this length is put together here: that is faster than to ask for a decoder. */
const SHORT = 48;
/** Longest number: those of 64 bits have 20 characters, the others are what JSON.stringify writes. */
const MAX_NUMBER = 64;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Steps through the tokens. */
export class JsonScanner {
  readonly #bytes: Uint8Array;
  readonly #path: Path;
  #offset: number;

  constructor(bytes: Uint8Array, path: Path, offset: number) {
    this.#bytes = bytes;
    this.#path = path;
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  /** The first byte of the next token, -1 at the end. */
  peek(): number {
    for (;;) {
      const byte = this.#bytes[this.#offset];
      if (byte === undefined) return -1;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.#offset++;
    }
  }

  /** Passes over a character, if it is the next token. */
  accept(byte: number): boolean {
    if (this.peek() !== byte) return false;
    this.#offset++;
    return true;
  }

  /** Passes over a character that must stand there. */
  expect(byte: number): void {
    if (!this.accept(byte)) this.malformed();
  }

  /** Steps through what stands between brackets, the first of which was passed over. */
  *separated(close: number): Generator<number> {
    if (this.accept(close)) return;
    let i = 0;
    do yield i++;
    while (this.accept(COMMA));
    this.expect(close);
  }

  /** Passes over `null`, `true` or `false`. */
  literal(word: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.#bytes[this.#offset + i] !== word.charCodeAt(i)) this.malformed();
    }
    this.#offset += word.length;
  }

  /** The characters of a number. */
  number(): string {
    this.peek();
    let text = '';
    for (let i = 0; i <= MAX_NUMBER; i++) {
      const byte = this.#bytes[this.#offset + i];
      const isPart =
        byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || '+-.eE'.includes(String.fromCharCode(byte)));
      if (!isPart) break;
      text += String.fromCharCode(byte);
    }
    if (text.length > MAX_NUMBER || !NUMBER.test(text)) this.malformed();
    this.#offset += text.length;
    return text;
  }

  /** A text. */
  string(): string {
    this.expect(QUOTE);
    const begin = this.#offset;
    const isPlain = this.#passText();
    const end = this.#offset - 1;
    if (isPlain && end - begin <= SHORT) {
      let text = '';
      for (let i = begin; i < end; i++) text += String.fromCharCode(this.#bytes[i]!);
      return text;
    }
    if (end - begin > MAX_TEXT) this.#refuse(`text of at most ${MAX_TEXT} bytes`, `${end - begin} bytes`);
    const text = utf8Text(this.#path, '', this.#bytes.subarray(begin - 1, end + 1));
    if (isPlain) return text.slice(1, -1);
    try {
      return JSON.parse(text);
    } catch {
      // The engine's own message shows a piece of the text.
      return this.malformed(begin);
    }
  }

  /** Passes over a value, which is only looked at as far as that needs. There may be hundreds of megabytes of it. */
  skip(): void {
    const bytes = this.#bytes;
    let at = this.#offset;
    let depth = 0;
    // Words and commas are not told apart in here; what is read later is.
    for (; ; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.#offset = at + 1;
        this.#passText();
        at = this.#offset - 1;
      } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        if (++depth > MAX_DEPTH) this.#refuse(`nested ${MAX_DEPTH} levels deep at most`, 'nested deeper');
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
      else if (byte === undefined) {
        this.#offset = at;
        this.malformed();
      } else if (depth > 0 || byte <= 0x20) continue;
      else at = wordEnd(bytes, at) - 1;
      if (depth <= 0) break;
    }
    this.#offset = at + 1;
  }

  /** Throws: this is not JSON. */
  malformed(offset = this.#offset): never {
    throw new SessionError('INVALID_VALUE', `${this.#path}: what stands at byte ${offset} is not JSON.`, {
      field: String(this.#path),
      found: 'not JSON',
    });
  }

  #refuse(expected: string, found: string): never {
    refuse(this.#path, '', expected, null, found);
  }

  /** Passes over a text and the quote at its end. Says whether it is all ASCII, without escapes and controls. */
  #passText(): boolean {
    const bytes = this.#bytes;
    const begin = this.#offset;
    let isPlain = true;
    for (let at = begin; ; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.#offset = at + 1;
        return isPlain;
      }
      if (byte === undefined) this.malformed(begin);
      if (byte === BACKSLASH) at++;
      if (byte === BACKSLASH || byte < 0x20 || byte > 0x7e) isPlain = false;
    }
  }
}

/** Where a number or literal ends that begins at an offset. */
function wordEnd(bytes: Uint8Array, begin: number): number {
  for (let at = begin + 1; ; at++) {
    const byte = bytes[at];
    if (byte === undefined || byte === COMMA || byte <= 0x20) return at;
    if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) return at;
  }
}
