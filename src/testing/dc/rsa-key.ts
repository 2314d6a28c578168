/** The RSA key with which the loopback data centres prove to clients who they are. Made new in every process. */

import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto';
import { promisify } from 'node:util';

/** A public RSA key in numbers. */
export interface PublicKeyNumbers {
  readonly modulus: bigint;
  readonly exponent: bigint;
  /** The last 8 bytes of the SHA-1 of both numbers as TL bytes, as a signed `long`. */
  readonly fingerprint: bigint;
}

/** An RSA key and its names. */
export interface RsaKey extends PublicKeyNumbers {
  /** PKCS#1 PEM, as clients take it. */
  readonly publicKeyPem: string;
  /** What was encrypted with the public key, without any padding: 256 bytes. */
  decrypt(data: Uint8Array): Uint8Array;
}

let ours: Promise<RsaKey> | undefined;

/** The key of this process. */
export function rsaKey(): Promise<RsaKey> {
  ours ??= makeKey();
  return ours;
}

/** The numbers of a public key. Throws if it is none. */
export function readPublicKey(pem: string): PublicKeyNumbers {
  return numbersOf(createPublicKey(pem));
}

async function makeKey(): Promise<RsaKey> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const numbers = numbersOf(publicKey);
  // mtcute 0.29 does not find a key whose fingerprint begins with a zero in hexadecimal digits.
  if (BigInt.asUintN(64, numbers.fingerprint) >> 60n === 0n) return makeKey();
  return {
    ...numbers,
    publicKeyPem: publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    decrypt: (data) => privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, data),
  };
}

function numbersOf(publicKey: KeyObject): PublicKeyNumbers {
  const { n, e } = publicKey.export({ format: 'jwk' });
  const [modulus, exponent] = [Buffer.from(n!, 'base64url'), Buffer.from(e!, 'base64url')];
  return {
    modulus: BigInt(`0x${modulus.toString('hex')}`),
    exponent: BigInt(`0x${exponent.toString('hex')}`),
    fingerprint: fingerprintOf(modulus, exponent),
  };
}

function fingerprintOf(modulus: Buffer, exponent: Buffer): bigint {
  // TL bytes of 256 (fe, three bytes of length, no padding) and of 3 (one byte of length, no padding).
  const digest = createHash('sha1')
    .update(Buffer.of(0xfe, 0, 1, 0))
    .update(modulus)
    .update(Buffer.of(exponent.length))
    .update(exponent)
    .digest();
  return digest.readBigInt64LE(12);
}
