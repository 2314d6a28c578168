/**
 * TL and cryptography of MTProto, from mtcute's own modules. They are optional peers, loaded when a data centre is
 * started: whoever tests against one has a client installed, and nobody else needs them.
 */

import { mapValues, type TlObject } from './tl-object.ts';

/** Encrypts and decrypts with one key. */
export interface Cipher {
  encrypt(data: Uint8Array): Uint8Array;
  decrypt(data: Uint8Array): Uint8Array;
}

/** What is used of mtcute's crypto provider. */
export interface Crypto {
  sha1(data: Uint8Array): Uint8Array;
  sha256(data: Uint8Array): Uint8Array;
  randomBytes(size: number): Uint8Array;
  createAesIge(key: Uint8Array, iv: Uint8Array): Cipher;
  createAesCtr(key: Uint8Array, iv: Uint8Array, encrypt: boolean): { process(data: Uint8Array): Uint8Array };
}

/** mtcute's reader, of which the simple values are read. */
export interface TlReader {
  pos: number;
  int(): number;
  uint(): number;
  bytes(): Uint8Array;
  string(): string;
  boolean(): boolean;
  double(): number;
  int128(): Uint8Array;
  int256(): Uint8Array;
  raw(length?: number): Uint8Array;
  object(): unknown;
}

/** mtcute's 64-bit number. */
interface Long {
  readonly low: number;
  readonly high: number;
}

interface ReaderClass {
  new (map: object | undefined, data: Uint8Array, start?: number): TlReader;
}

/** What is used of `@mtcute/node/utils.js`, which has `@mtcute/core/utils.js` in it. */
interface Utils {
  NodeCryptoProvider: new () => Crypto & { initialize(): Promise<void> };
  TlBinaryReader: ReaderClass;
  TlBinaryWriter: { serializeObject(map: object, object: object): Uint8Array };
  __tlReaderMap: object;
  __tlWriterMap: object;
  longFromBuffer(bytes: Uint8Array): Long;
  createAesIgeForMessage(crypto: Crypto, key: Uint8Array, messageKey: Uint8Array, client: boolean): Cipher;
  createAesIgeForMessageOld(crypto: Crypto, key: Uint8Array, messageKey: Uint8Array, client: boolean): Cipher;
  generateKeyAndIvFromNonce(
    crypto: Crypto,
    serverNonce: Uint8Array,
    newNonce: Uint8Array,
  ): [Uint8Array, Uint8Array];
  computeNewPasswordHash(crypto: Crypto, algo: object, password: string): Promise<Uint8Array>;
}

/** TL and cryptography. */
export interface Toolkit {
  readonly crypto: Crypto;
  /** Reads one object from its first byte on. Throws for an unknown constructor. */
  read(data: Uint8Array, start?: number): { object: TlObject; end: number };
  /** Writes one object, boxed. mtcute cannot write what is in a bare vector. */
  write(object: TlObject): Uint8Array;
  /** A reader of simple values, and of objects of mtcute's own layer. */
  reader(data: Uint8Array, start?: number): TlReader;
  /** The cipher of a message (MTProto 2.0). */
  messageCipher(key: Uint8Array, messageKey: Uint8Array, fromClient: boolean): Cipher;
  /** The cipher of the inner message of `auth.bindTempAuthKey` (MTProto 1.0). */
  bindingCipher(key: Uint8Array, messageKey: Uint8Array): Cipher;
  /** The cipher of the second half of a handshake. */
  handshakeCipher(serverNonce: Uint8Array, newNonce: Uint8Array): Cipher;
  /** The verifier of a password, 256 bytes. Lengthens `algo.salt1` by random bytes, as a client that sets one. */
  passwordVerifier(algo: { salt1: Uint8Array } & TlObject, password: string): Promise<Uint8Array>;
}

/** What to install. */
const INSTALL = 'npm install --save-dev @mtcute/core @mtcute/node';

/** Loads mtcute's modules. Rejects with an error that says what to install if they are not there. */
export async function loadToolkit(): Promise<Toolkit> {
  let utils: Utils;
  try {
    utils = (await import('@mtcute/node/utils.js')) as unknown as Utils;
  } catch (cause) {
    throw new Error(
      `The loopback data centre takes TL and cryptography from mtcute, which is not here: ${INSTALL}`,
      {
        cause,
      },
    );
  }
  const crypto = new utils.NodeCryptoProvider();
  await crypto.initialize();
  return toolkitOf(utils, crypto);
}

function toolkitOf(utils: Utils, crypto: Crypto): Toolkit {
  const { TlBinaryReader, TlBinaryWriter, __tlReaderMap, __tlWriterMap } = utils;
  const reader = (data: Uint8Array, start = 0) => new TlBinaryReader(__tlReaderMap, data, start);
  const toLong = (value: unknown) =>
    typeof value === 'bigint' ? utils.longFromBuffer(longBytes(value)) : undefined;
  return {
    crypto,
    reader,
    read(data, start = 0) {
      const from = reader(data, start);
      const object = withBigints(from.object()) as TlObject;
      return { object, end: from.pos };
    },
    write: (object) => TlBinaryWriter.serializeObject(__tlWriterMap, mapValues(object, toLong) as object),
    messageCipher: (key, messageKey, fromClient) =>
      utils.createAesIgeForMessage(crypto, key, messageKey, fromClient),
    bindingCipher: (key, messageKey) => utils.createAesIgeForMessageOld(crypto, key, messageKey, true),
    handshakeCipher: (serverNonce, newNonce) =>
      crypto.createAesIge(...utils.generateKeyAndIvFromNonce(crypto, serverNonce, newNonce)),
    passwordVerifier: (algo, password) => utils.computeNewPasswordHash(crypto, algo, password),
  };
}

/** The 8 bytes of a `long` on the wire. */
export function longBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt.asIntN(64, value), true);
  return bytes;
}

/** The `long` in 8 bytes of the wire, signed. */
export function longAt(bytes: Uint8Array, at = 0): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigInt64(at, true);
}

/** An object of mtcute with its 64-bit numbers as `bigint`. */
export function withBigints(value: unknown): unknown {
  return mapValues(value, (each) => {
    if (typeof each !== 'object' || each === null || !('low' in each && 'high' in each)) return undefined;
    const { low, high } = each as Long;
    return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
  });
}
