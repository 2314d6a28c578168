/** The notation of JSON in writing: indented for people, many small things on a line each. */

import { Buffer } from 'node:buffer';
import { SessionError } from '../../errors.ts';
import { encodeBase64 } from '../base64.ts';
import { MAX_FILE_BYTES } from '../codec.ts';
import { Budget } from './budget.ts';
import { MAX_TEXT } from './json-scanner.ts';
import type { Output } from './notation.ts';
import { Path } from './path.ts';

/** What stands in front of every key, so that it can be found wherever it should not be. */
export const KEY_PREFIX = 'tgsk1/';

/** How much text is collected before it becomes bytes. What is held for longer makes V8 take more memory for the new. */
const CHUNK = 4 * 1024;

/** Where the text goes, in UTF-8. */
export interface TextSink {
  readonly length: number;
  utf8(text: string): unknown;
}

/** Writes JSON. */
export class JsonOutput implements Output {
  readonly path = new Path();
  readonly budget = new Budget('CANNOT_HOLD');
  readonly leavesOut = false;
  readonly #sink: TextSink;
  #text = '';
  #depth = 0;
  /** Whether something stands before in the list or object. */
  #isFirst = true;
  /** How many values that stand on one line we are in. */
  #oneLine = 0;

  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  beginRecord(): void {
    this.#begin('{');
  }

  field(name: string): void {
    this.entry(name);
  }

  endRecord(): void {
    this.#end('}');
  }

  beginList(): void {
    this.#begin('[');
  }

  item(): void {
    this.#put(this.#isFirst ? '' : ',');
    this.#line(this.#isFirst ? '' : ' ');
    this.#isFirst = false;
  }

  endList(): void {
    this.#end(']');
  }

  beginMap(): void {
    this.#begin('{');
  }

  entry(name: string): void {
    this.item();
    this.#put(`${JSON.stringify(name)}: `);
  }

  endMap(): void {
    this.#end('}');
  }

  kind(): void {}

  null(): void {
    this.#put('null');
  }

  boolean(value: boolean): void {
    this.#put(String(value));
  }

  integer(value: number): void {
    this.#put(String(value));
  }

  number(value: number): void {
    this.#put(Object.is(value, -0) ? '-0' : String(value));
  }

  int64(value: bigint): void {
    this.#put(`"${value}"`);
  }

  text(value: string): void {
    const json = JSON.stringify(value);
    // A character has three bytes at most.
    const bytes = json.length * 3 <= MAX_TEXT ? 0 : Buffer.byteLength(json) - 2;
    if (bytes > MAX_TEXT) {
      throw new SessionError(
        'CANNOT_HOLD',
        `${this.path} is a text of ${bytes} bytes: a file may have texts of ${MAX_TEXT} bytes at most.`,
        { field: String(this.path), found: `${bytes} bytes` },
      );
    }
    this.#put(json);
  }

  key(value: Uint8Array): void {
    this.#put(`"${KEY_PREFIX}${encodeBase64(value, 'standard')}"`);
  }

  address(value: string): void {
    this.text(value);
  }

  word(value: string): void {
    this.text(value);
  }

  oneLine(on: boolean): void {
    this.#oneLine += on ? 1 : -1;
  }

  /** Ends the document with a line break. @throws SessionError `CANNOT_HOLD` if it is too large to be read */
  end(): void {
    this.#put('\n');
    this.#flush();
  }

  #begin(bracket: string): void {
    this.#put(bracket);
    this.#depth++;
    this.#isFirst = true;
  }

  #end(bracket: string): void {
    this.#depth--;
    if (!this.#isFirst) this.#line('');
    this.#put(bracket);
    this.#isFirst = false;
  }

  /** Begins a line, or puts this in its place where all is on one. */
  #line(otherwise: string): void {
    this.#put(this.#oneLine > 0 ? otherwise : `\n${'  '.repeat(this.#depth)}`);
  }

  #put(text: string): void {
    this.#text += text;
    if (this.#text.length > CHUNK) this.#flush();
  }

  #flush(): void {
    this.#sink.utf8(this.#text);
    this.#text = '';
    if (this.#sink.length <= MAX_FILE_BYTES) return;
    throw new SessionError(
      'CANNOT_HOLD',
      `The file would have more than ${MAX_FILE_BYTES} bytes, and could not be read again: write fewer accounts into it.`,
      { field: String(this.path), found: `more than ${MAX_FILE_BYTES} bytes` },
    );
  }
}
