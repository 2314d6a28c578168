/** A part of a file, as it is gone through: what is behind is forgotten, unless it is to be kept for a while. */

import type { Pieces } from '../codec.ts';

/** How much is read at once. */
const STEP = 256 * 1024;

/** Bytes, and a place in them; more come from the file when they are asked for. */
export class Window {
  /** What is there of the file; behind {@link end} is nothing. */
  bytes: Uint8Array;
  end: number;
  /** Where we are in the bytes. */
  at: number;
  /** From where in the bytes on they must stay there; -1 if all before {@link at} can go. */
  keep = -1;
  readonly #pieces: Pieces | null;
  /** Where in the file the bytes begin. */
  #begin: number;

  /** @param from where in the content to begin */
  constructor(content: Uint8Array | Pieces, from: number) {
    const isWhole = content instanceof Uint8Array;
    this.#pieces = isWhole ? null : content;
    this.bytes = isWhole ? content : new Uint8Array(STEP);
    this.end = isWhole ? content.length : 0;
    this.#begin = isWhole ? 0 : from;
    this.at = isWhole ? from : 0;
  }

  /** Where in the file we are. */
  get offset(): number {
    return this.#begin + this.at;
  }

  /** Whether there is a byte here; in a file, more are read if need be, and then {@link bytes} may be others. */
  has(): boolean {
    return this.at < this.end || this.#more();
  }

  /** Reads on until there are so many bytes from here on, or the file ends. */
  want(count: number): void {
    while (this.end - this.at < count && this.#more());
  }

  /** Overwrites what is there, if it is a copy. */
  wipe(): void {
    if (this.#pieces !== null) this.bytes.fill(0);
  }

  #more(): boolean {
    if (this.#pieces === null) return false;
    const first = this.keep < 0 ? Math.min(this.at, this.end) : this.keep;
    const old = this.bytes;
    // What is kept may grow with the text that it is.
    if (this.end - first > old.length / 2) this.bytes = new Uint8Array(2 * old.length);
    if (this.bytes === old) old.copyWithin(0, first, this.end);
    else {
      this.bytes.set(old.subarray(first, this.end));
      old.fill(0);
    }
    this.#begin += first;
    this.at -= first;
    this.end -= first;
    if (this.keep > 0) this.keep = 0;
    const count = this.#pieces.read(this.bytes.subarray(this.end), this.#begin + this.end);
    this.end += count;
    return count > 0 && (this.at < this.end || this.#more());
  }
}
