/** Collecting bytes that may be secret: the room for them grows, and what was written in the old one is wiped. */

const encoder = new TextEncoder();

/** Bytes, one after the other. */
export class ByteWriter {
  #bytes = new Uint8Array(512);
  #length = 0;

  /** How many bytes were written. */
  get length(): number {
    return this.#length;
  }

  /** Bytes as they are, one by one. */
  raw(...bytes: number[]): this {
    // First the room: it may be in other bytes than before.
    const at = this.room(bytes.length);
    for (let i = 0; i < bytes.length; i++) this.#bytes[at + i] = bytes[i]!;
    return this;
  }

  /** Bytes as they are, without a length. */
  append(content: Uint8Array): this {
    const at = this.room(content.length);
    this.#bytes.set(content, at);
    return this;
  }

  /** Text in UTF-8, without a length. */
  utf8(text: string): this {
    return this.append(encoder.encode(text));
  }

  /** Eight bytes, little-endian. */
  long(value: bigint): this {
    const at = this.room(8);
    new DataView(this.#bytes.buffer).setBigInt64(at, value, true);
    return this;
  }

  /** A copy of what was written. */
  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Overwrites what was written, where it was secret. */
  wipe(): void {
    this.#bytes.fill(0);
  }

  /** Makes room for bytes, which are zero, and says where they begin. */
  protected room(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#bytes);
      this.#bytes.fill(0);
      this.#bytes = larger;
    }
    return at;
  }
}
