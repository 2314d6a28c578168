/** {@link CompactPeers}: a million peers in the memory that a tenth of them takes as objects. */

import type { Peer, Peers } from '../peers.ts';

/** Bytes in a block, as long as no peer is larger. */
const BLOCK = 256 * 1024;
/** Bytes that must be free for a peer to be begun: it fits, unless its texts are long. */
const HEAD = 1024;

// What a record says of a peer before its values: which of them there are.
const KINDS: readonly Peer['kind'][] = ['user', 'chat', 'channel'];
const KIND_BITS = 3;
const HAS_HASH = 1 << 2;
const HAS_SEEN = 1 << 3;
const HAS_PHONE = 1 << 4;
const HAS_NAME = 1 << 5;
const KNOWS_BOT = 1 << 6;
const KNOWS_MEGAGROUP = 1 << 7;
const IS_BOT = 1 << 8;
const IS_MEGAGROUP = 1 << 9;
const KNOWS_MIN = 1 << 10;
const IS_MIN = 1 << 11;

/** Of a text that is not well-formed, and so has no UTF-8: its length counts bytes of UTF-16. */
const IS_UTF16 = 2 ** 31;

const encoder = new TextEncoder();
// A byte order mark at the begin of a text is a part of it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** How many UTF-16 units become text at once. */
const CHUNK = 4096;

/**
 * A list of peers that only grows, kept as bytes: some 55 for a peer with a name and a username. Going through it makes
 * each peer anew, so what is changed in one changes nothing in the list. The peers must have been checked.
 */
export class CompactPeers implements Peers {
  #full: Uint8Array[] = [];
  #block = new Uint8Array(1024);
  #view = new DataView(this.#block.buffer);
  #used = 0;
  #length = 0;

  /** @param peers what it begins with */
  constructor(peers: Iterable<Peer> = []) {
    for (const peer of peers) this.push(peer);
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a peer at the end. */
  push({ kind, id, accessHash, usernames, phone, name, seen, bot, megagroup, min }: Peer): void {
    this.#begin();
    const flags =
      KINDS.indexOf(kind) |
      (accessHash === null ? 0 : HAS_HASH) |
      (seen === null ? 0 : HAS_SEEN) |
      (phone === null ? 0 : HAS_PHONE) |
      (name === null ? 0 : HAS_NAME) |
      (bot === undefined ? 0 : KNOWS_BOT) |
      (megagroup === undefined ? 0 : KNOWS_MEGAGROUP) |
      (min === undefined ? 0 : KNOWS_MIN) |
      (bot === true ? IS_BOT : 0) |
      (megagroup === true ? IS_MEGAGROUP : 0) |
      (min === true ? IS_MIN : 0);
    const view = this.#view;
    let at = this.#used;
    view.setUint16(at, flags);
    view.setFloat64(at + 2, id);
    at += 10;
    if (accessHash !== null) {
      view.setBigInt64(at, accessHash);
      at += 8;
    }
    if (seen !== null) {
      view.setFloat64(at, seen);
      at += 8;
    }
    view.setUint32(at, usernames.length);
    this.#used = at + 4;
    if (phone !== null) this.#pushText(phone);
    if (name !== null) this.#pushText(name);
    for (const username of usernames) this.#pushText(username);
    this.#length++;
  }

  *[Symbol.iterator](): Generator<Peer> {
    for (const block of [...this.#full, this.#block.subarray(0, this.#used)]) {
      const reader = new RecordReader(block);
      while (!reader.atEnd) yield reader.peer();
    }
  }

  #pushText(text: string): void {
    this.#reserve(4 + 3 * text.length);
    if (!text.isWellFormed()) {
      this.#pushUnits(text);
      return;
    }
    const { written } = encoder.encodeInto(text, this.#block.subarray(this.#used + 4));
    this.#view.setUint32(this.#used, written);
    this.#used += 4 + written;
  }

  #pushUnits(text: string): void {
    this.#view.setUint32(this.#used, IS_UTF16 + 2 * text.length);
    this.#used += 4;
    for (let i = 0; i < text.length; i++, this.#used += 2) {
      this.#view.setUint16(this.#used, text.charCodeAt(i));
    }
  }

  /** Begins a new block where a peer may not fit in this one: a peer stays in one block. */
  #begin(): void {
    if (this.#block.length >= BLOCK && this.#used + HEAD > this.#block.length) {
      this.#full.push(this.#block.subarray(0, this.#used));
      this.#setBlock(new Uint8Array(BLOCK));
      this.#used = 0;
    }
    this.#reserve(HEAD);
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#block.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#block.length, this.#used + bytes));
    larger.set(this.#block.subarray(0, this.#used));
    this.#setBlock(larger);
  }

  #setBlock(block: Uint8Array<ArrayBuffer>): void {
    this.#block = block;
    this.#view = new DataView(block.buffer);
  }
}

/** Goes through the records of a block. */
class RecordReader {
  readonly #block: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(block: Uint8Array) {
    this.#block = block;
    this.#view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  }

  get atEnd(): boolean {
    return this.#at >= this.#block.length;
  }

  peer(): Peer {
    const flags = this.#view.getUint16(this.#at);
    const id = this.#view.getFloat64(this.#at + 2);
    this.#at += 10;
    const has = (flag: number) => (flags & flag) !== 0;
    const accessHash = has(HAS_HASH) ? this.#view.getBigInt64(this.#skip(8)) : null;
    const seen = has(HAS_SEEN) ? this.#view.getFloat64(this.#skip(8)) : null;
    const count = this.#view.getUint32(this.#skip(4));
    const phone = has(HAS_PHONE) ? this.#text() : null;
    const name = has(HAS_NAME) ? this.#text() : null;
    const usernames: string[] = [];
    for (let i = 0; i < count; i++) usernames.push(this.#text());
    return {
      kind: KINDS[flags & KIND_BITS]!,
      id,
      accessHash,
      usernames,
      phone,
      name,
      seen,
      ...(has(KNOWS_BOT) && { bot: has(IS_BOT) }),
      ...(has(KNOWS_MEGAGROUP) && { megagroup: has(IS_MEGAGROUP) }),
      ...(has(KNOWS_MIN) && { min: has(IS_MIN) }),
    };
  }

  #skip(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    return at;
  }

  #text(): string {
    const length = this.#view.getUint32(this.#skip(4));
    if (length >= IS_UTF16) return this.#units(length - IS_UTF16);
    const at = this.#skip(length);
    return decoder.decode(this.#block.subarray(at, at + length));
  }

  #units(bytes: number): string {
    const end = this.#at + bytes;
    let text = '';
    while (this.#at < end) {
      const units: number[] = [];
      while (this.#at < end && units.length < CHUNK) units.push(this.#view.getUint16(this.#skip(2)));
      text += String.fromCharCode(...units);
    }
    return text;
  }
}
