/**
 * Messages of MTProto 2.0 and what is packed in them (core.telegram.org/mtproto/description and
 * service_messages; formats/loopback-dc.md section 3).
 */

import { unzipSync } from 'node:zlib';
import { longAt, longBytes, type Toolkit } from './toolkit.ts';

/** What stands inside an encrypted packet. */
export interface Message {
  readonly salt: bigint;
  readonly sessionId: bigint;
  readonly id: bigint;
  readonly seqNo: number;
  readonly body: Uint8Array;
}

const CONTAINER = 0x73f1f8dc;
const GZIP_PACKED = 0x3072cfa1;
/** Longest message that a packed one may become. */
const MAX_UNPACKED = 16 * 2 ** 20;
/** Most messages in a container, as Telegram allows. */
const MAX_CONTAINED = 1020;

/** The id of the key that a packet is encrypted with, as hexadecimal digits; null for a plain packet. */
export function keyIdOf(packet: Uint8Array): string | null {
  if (packet.length < 24) throw new Error(`A packet of ${packet.length} bytes is too short for a message.`);
  return longAt(packet) === 0n ? null : Buffer.from(packet.subarray(0, 8)).toString('hex');
}

/** The body of a plain packet. */
export function readPlain(packet: Uint8Array): Uint8Array {
  const length = Buffer.from(packet.buffer, packet.byteOffset, packet.length).readUInt32LE(16);
  if (length > packet.length - 20) throw new Error('The packet ends before its message does.');
  return packet.subarray(20, 20 + length);
}

/** A plain packet. */
export function writePlain(id: bigint, body: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([new Uint8Array(8), longBytes(id), length, body]);
}

/** Decrypts a packet of a client. Throws if it was not made with this key. */
export function decrypt(toolkit: Toolkit, key: Uint8Array, packet: Uint8Array): Message {
  const messageKey = packet.subarray(8, 24);
  // Padded transports add up to 15 bytes.
  const encrypted = packet.subarray(24, packet.length - ((packet.length - 24) % 16));
  const plain = Buffer.from(toolkit.messageCipher(key, messageKey, true).decrypt(encrypted));
  if (!messageKeyOf(toolkit, key, plain, 0).equals(messageKey)) throw new Error('The message key is wrong.');
  const length = plain.length < 32 ? -1 : plain.readInt32LE(28);
  const padding = plain.length - 32 - length;
  if (length < 0 || length % 4 !== 0 || padding < 12 || padding > 1024) {
    throw new Error(`A message of ${length} bytes does not fit its packet of ${plain.length}.`);
  }
  return {
    salt: longAt(plain),
    sessionId: longAt(plain, 8),
    id: longAt(plain, 16),
    seqNo: plain.readInt32LE(24),
    body: plain.subarray(32, 32 + length),
  };
}

/** Encrypts a message for a client. */
export function encrypt(toolkit: Toolkit, keyId: string, key: Uint8Array, message: Message): Uint8Array {
  const header = Buffer.alloc(8);
  header.writeInt32LE(message.seqNo, 0);
  header.writeInt32LE(message.body.length, 4);
  const parts = [longBytes(message.salt), longBytes(message.sessionId), longBytes(message.id), header];
  const padding = 12 + ((4 + 16 - (message.body.length % 16)) % 16);
  const plain = Buffer.concat([...parts, message.body, toolkit.crypto.randomBytes(padding)]);
  const messageKey = messageKeyOf(toolkit, key, plain, 8);
  const cipher = toolkit.messageCipher(key, messageKey, false);
  return Buffer.concat([Buffer.from(keyId, 'hex'), messageKey, cipher.encrypt(plain)]);
}

function messageKeyOf(toolkit: Toolkit, key: Uint8Array, plain: Uint8Array, x: 0 | 8): Buffer {
  const digest = toolkit.crypto.sha256(Buffer.concat([key.subarray(88 + x, 120 + x), plain]));
  return Buffer.from(digest.subarray(8, 24));
}

/** The messages that a message holds, unpacked, in order. */
export function unpack(toolkit: Toolkit, message: Message, contained = false): Message[] {
  const { body } = message;
  if (body.length < 4) throw new Error('The message is empty.');
  const reader = toolkit.reader(body);
  const id = reader.uint();
  if (id === GZIP_PACKED) {
    const unpacked = unzipSync(reader.bytes(), { maxOutputLength: MAX_UNPACKED });
    return unpack(toolkit, { ...message, body: unpacked }, contained);
  }
  if (id !== CONTAINER) return [message];
  const count = reader.uint();
  if (contained || count > MAX_CONTAINED) throw new Error('The container holds too much.');
  const messages: Message[] = [];
  for (let i = 0; i < count; i++) {
    const inner = { id: longAt(reader.raw(8)), seqNo: reader.int() };
    const length = reader.uint();
    if (length > body.length - reader.pos) throw new Error('The container ends before its messages do.');
    messages.push(...unpack(toolkit, { ...message, ...inner, body: reader.raw(length) }, true));
  }
  return messages;
}

/** Ids of the server's messages: unix time in the upper half, strictly rising, 1 mod 4 for answers and 3 for others. */
export class MessageIds {
  #last = 0n;

  next(kind: 'answer' | 'notification'): bigint {
    const now = (BigInt(Date.now()) << 32n) / 1000n;
    const after = now > this.#last ? now : this.#last;
    this.#last = (after & ~3n) + (kind === 'answer' ? 5n : 7n);
    return this.#last;
  }
}
