/** The tokens of JSON, strictly by RFC 8259, from bytes: nothing is made of a value that is not asked for. */

import { refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { utf8Text } from '../bytes.ts';
import type { Path } from './path.ts';
import type { Window } from './window.ts';

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
  readonly #window: Window;
  readonly #path: Path;

  constructor(window: Window, path: Path) {
    this.#window = window;
    this.#path = path;
  }

  /** Where the next token may begin. */
  get offset(): number {
    return this.#window.offset;
  }

  /** The first byte of the next token, -1 at the end. */
  peek(): number {
    const window = this.#window;
    while (window.has()) {
      const byte = window.bytes[window.at]!;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      window.at++;
    }
    return -1;
  }

  /** Passes over a character, if it is the next token. */
  accept(byte: number): boolean {
    if (this.peek() !== byte) return false;
    this.#window.at++;
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
    const window = this.#window;
    window.want(word.length);
    for (let i = 0; i < word.length; i++) {
      const isThere = window.at < window.end && window.bytes[window.at] === word.charCodeAt(i);
      if (!isThere) this.malformed();
      window.at++;
    }
  }

  /** The characters of a number. */
  number(): string {
    this.peek();
    const window = this.#window;
    window.want(MAX_NUMBER + 1);
    let text = '';
    for (let i = window.at; i < window.end && text.length <= MAX_NUMBER; i++) {
      const byte = window.bytes[i]!;
      if (!isNumberPart(byte)) break;
      text += String.fromCharCode(byte);
    }
    if (text.length > MAX_NUMBER || !NUMBER.test(text)) this.malformed();
    window.at += text.length;
    return text;
  }

  /** A text. */
  string(): string {
    this.expect(QUOTE);
    const window = this.#window;
    // The quote before it too.
    window.keep = window.at - 1;
    const { offset } = window;
    const isPlain = this.#passText();
    const begin = window.keep + 1;
    const end = window.at - 1;
    window.keep = -1;
    if (isPlain && end - begin <= SHORT) {
      let text = '';
      for (let i = begin; i < end; i++) text += String.fromCharCode(window.bytes[i]!);
      return text;
    }
    if (end - begin > MAX_TEXT) this.#refuse(`text of at most ${MAX_TEXT} bytes`, `${end - begin} bytes`);
    const text = utf8Text(this.#path, '', window.bytes.subarray(begin - 1, end + 1));
    if (isPlain) return text.slice(1, -1);
    try {
      return JSON.parse(text);
    } catch {
      // The engine's own message shows a piece of the text.
      return this.malformed(offset);
    }
  }

  /** Passes over a value, which is only looked at as far as that needs. There may be hundreds of megabytes of it. */
  skip(): void {
    const window = this.#window;
    let depth = 0;
    // Words and commas are not told apart in here; what is read later is.
    for (;;) {
      if (!window.has()) this.malformed();
      const byte = window.bytes[window.at]!;
      window.at++;
      if (byte === QUOTE) {
        this.#passText();
      } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        if (++depth > MAX_DEPTH) this.#refuse(`nested ${MAX_DEPTH} levels deep at most`, 'nested deeper');
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
      else if (depth > 0 || byte <= 0x20) continue;
      else this.#passWord();
      if (depth <= 0) break;
    }
  }

  /** Throws: this is not JSON. */
  malformed(offset = this.offset): never {
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
    const window = this.#window;
    const { offset } = window;
    let isPlain = true;
    for (;;) {
      if (!window.has()) this.malformed(offset);
      const { bytes, end } = window;
      for (let at = window.at; at < end; at++) {
        const byte = bytes[at]!;
        if (byte === QUOTE) {
          window.at = at + 1;
          return isPlain;
        }
        if (byte === BACKSLASH) at++;
        if (byte === BACKSLASH || byte < 0x20 || byte > 0x7e) isPlain = false;
        // It may be behind the end of what is there: then that is where to go on.
        window.at = at + 1;
      }
      if (window.keep >= 0 && window.at - window.keep > MAX_TEXT + 2) {
        this.#refuse(`text of at most ${MAX_TEXT} bytes`, 'more');
      }
    }
  }

  /** Passes over the rest of a number or literal. */
  #passWord(): void {
    const window = this.#window;
    for (; window.has(); window.at++) {
      const byte = window.bytes[window.at]!;
      if (byte === COMMA || byte <= 0x20 || byte === CLOSE_LIST || byte === CLOSE_OBJECT) return;
    }
  }
}

/** Whether a byte is a digit, or one of `+-.eE`. */
function isNumberPart(byte: number): boolean {
  if (byte >= 0x30 && byte <= 0x39) return true;
  return byte === 0x2b || byte === 0x2d || byte === 0x2e || byte === 0x65 || byte === 0x45;
}
