/**
 * The TCP transports of MTProto, as a server sees them: which one a client speaks, by its first bytes, and its
 * packets taken out of the stream (core.telegram.org/mtproto/mtproto-transports; formats/loopback-dc.md section 2).
 */

import { createCipheriv, createDecipheriv, randomBytes, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** How packets are told apart in the stream. */
export type Framing = 'full' | 'abridged' | 'intermediate' | 'padded intermediate';

/** Longest packet that is taken. Telegram's own limit is about 1 MB. */
const MAX_PACKET = 16 * 2 ** 20;

const TAGS: readonly [tag: number, framing: Framing][] = [
  [0xefefefef, 'abridged'],
  [0xeeeeeeee, 'intermediate'],
  [0xdddddddd, 'padded intermediate'],
];

/** Takes packets out of the front of a stream, and puts packets into one. */
interface Codec {
  /** The first packet of the bytes and how many of them it took, or null if it is not whole yet. */
  take(bytes: Buffer): { packet: Buffer; size: number } | null;
  wrap(packet: Uint8Array): Buffer;
}

/** One end of a connection: raw bytes in, packets out, and the other way around. */
export class Transport {
  #pending = Buffer.alloc(0);
  #codec: Codec | undefined;
  #framing: Framing | null = null;
  #obfuscated = false;
  #decrypt = (bytes: Buffer): Buffer => bytes;
  #encrypt = (bytes: Buffer): Buffer => bytes;

  /** How the client frames its packets, or null before its first bytes told. */
  get framing(): Framing | null {
    return this.#framing;
  }

  /** Whether the stream is obfuscated. */
  get obfuscated(): boolean {
    return this.#obfuscated;
  }

  /** Takes bytes from the socket and gives the packets that are whole now. Throws for what is no transport. */
  push(bytes: Buffer): Buffer[] {
    // Before the transport is known nothing is decrypted: the key of an obfuscated stream is in its first bytes.
    this.#pending = Buffer.concat([this.#pending, this.#codec === undefined ? bytes : this.#decrypt(bytes)]);
    this.#codec ??= this.#detect();
    const packets: Buffer[] = [];
    while (this.#codec !== undefined) {
      const taken = this.#codec.take(this.#pending);
      if (taken === null) break;
      packets.push(taken.packet);
      this.#pending = this.#pending.subarray(taken.size);
    }
    return packets;
  }

  /** A packet as the bytes to send. Only after the client said how it frames. */
  wrap(packet: Uint8Array): Buffer {
    if (this.#codec === undefined) throw new Error('The client has not said anything yet.');
    return this.#encrypt(this.#codec.wrap(packet));
  }

  #detect(): Codec | undefined {
    const bytes = this.#pending;
    if (bytes[0] === 0xef) return this.#use('abridged', 1);
    if (bytes.length < 8) return undefined;
    const framing = framingOf(bytes.readUInt32LE(0));
    if (framing !== null) return this.#use(framing, 4);
    // The sequence number of the first packet of the full transport. An obfuscated header never has zero there.
    if (bytes.readUInt32LE(4) === 0) return this.#use('full', 0);
    return bytes.length < 64 ? undefined : this.#deobfuscate(bytes.subarray(0, 64));
  }

  #deobfuscate(header: Buffer): Codec {
    const reversed = Buffer.from(header.subarray(8, 56)).reverse();
    const decipher = createDecipheriv('aes-256-ctr', header.subarray(8, 40), header.subarray(40, 56));
    const cipher = createCipheriv('aes-256-ctr', reversed.subarray(0, 32), reversed.subarray(32, 48));
    const framing = framingOf(decipher.update(header).readUInt32LE(56));
    if (framing === null) throw new Error('The first bytes are those of no transport.');
    this.#obfuscated = true;
    this.#decrypt = (bytes) => decipher.update(bytes);
    this.#encrypt = (bytes) => cipher.update(bytes);
    this.#pending = Buffer.concat([header, decipher.update(this.#pending.subarray(64))]);
    return this.#use(framing, 64);
  }

  #use(framing: Framing, headerSize: number): Codec {
    this.#framing = framing;
    this.#pending = this.#pending.subarray(headerSize);
    if (framing === 'full') return new Full();
    return framing === 'abridged' ? abridged : framing === 'intermediate' ? intermediate : padded;
  }
}

function framingOf(tag: number): Framing | null {
  return TAGS.find(([each]) => each === tag)?.[1] ?? null;
}

/** The packet after a header, or null if the bytes end before it does. */
function packetAfter(bytes: Buffer, header: number, length: number): { packet: Buffer; size: number } | null {
  if (length > MAX_PACKET) throw new Error(`A packet of ${length} bytes is too long.`);
  const size = header + length;
  return bytes.length < size ? null : { packet: bytes.subarray(header, size), size };
}

/** Length, sequence number, packet, CRC-32 of all before it. */
class Full implements Codec {
  #received = 0;
  #sent = 0;

  take(bytes: Buffer): { packet: Buffer; size: number } | null {
    if (bytes.length < 4) return null;
    const length = bytes.readUInt32LE(0);
    if (length < 12) throw new Error(`A full packet of ${length} bytes has no room for its frame.`);
    const whole = packetAfter(bytes, 0, length);
    if (whole === null) return null;
    const { packet, size } = whole;
    if (packet.readUInt32LE(4) !== this.#received) {
      throw new Error(`Packet ${this.#received} was expected, not ${packet.readUInt32LE(4)}.`);
    }
    if (crc32(packet.subarray(0, -4)) !== packet.readUInt32LE(length - 4))
      throw new Error('The checksum is wrong.');
    this.#received++;
    return { packet: packet.subarray(8, -4), size };
  }

  wrap(packet: Uint8Array): Buffer {
    const bytes = Buffer.alloc(packet.length + 12);
    bytes.writeUInt32LE(bytes.length, 0);
    bytes.writeUInt32LE(this.#sent++, 4);
    bytes.set(packet, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
    return bytes;
  }
}

/** One byte of length in units of 4 bytes, or 7f and three bytes. The top bit asks for a quick ack; none is given. */
const abridged: Codec = {
  take(bytes) {
    if (bytes.length < 4) return null;
    const short = bytes[0]! & 0x7f;
    return short < 0x7f
      ? packetAfter(bytes, 1, short * 4)
      : packetAfter(bytes, 4, bytes.readUIntLE(1, 3) * 4);
  },
  wrap(packet) {
    const units = packet.length / 4;
    const header = units < 0x7f ? Buffer.of(units) : Buffer.from([0x7f, units, units >> 8, units >> 16]);
    return Buffer.concat([header, packet]);
  },
};

/** Four bytes of length. The top bit asks for a quick ack; none is given. */
const intermediate: Codec = {
  take: (bytes) =>
    bytes.length < 4 ? null : packetAfter(bytes, 4, (bytes.readUInt32LE(0) & 0x7fffffff) >>> 0),
  wrap(packet) {
    const header = Buffer.alloc(4);
    header.writeUInt32LE(packet.length);
    return Buffer.concat([header, packet]);
  },
};

/** The same with up to 15 random bytes at the end of each packet; its reader knows its own length. */
const padded: Codec = {
  take: intermediate.take,
  wrap: (packet) =>
    intermediate.wrap(packet.length === 4 ? packet : Buffer.concat([packet, randomBytes(randomInt(16))])),
};
