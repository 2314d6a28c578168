/**
 * The creation of an authorization key, the server's half (core.telegram.org/mtproto/auth_key;
 * formats/loopback-dc.md section 4b). One handshake for each connection at a time.
 */

import { createDiffieHellman, timingSafeEqual } from 'node:crypto';
import { DH_GENERATOR, DH_PRIME } from './dh-prime.ts';
import type { RsaKey } from './rsa-key.ts';
import type { TlObject } from './tl-object.ts';
import { longAt, type Toolkit } from './toolkit.ts';

/** What a finished handshake has made. */
export interface MadeKey {
  /** The 256 bytes of the key. */
  readonly key: Uint8Array;
  /** The first salt that is good with it. */
  readonly salt: bigint;
  /** The data centre that the client believes to talk to: test servers + 10000, media negative; null if unsaid. */
  readonly dc: number | null;
  /** For how many seconds a temporary key lives, or null for a permanent one. */
  readonly expiresIn: number | null;
}

/** `pq` and its factors: the same for all, as nobody is kept from anything by it. */
const PQ = Buffer.from('17ed48941a08f981', 'hex');
const P = Buffer.from('494c553b', 'hex');
const Q = Buffer.from('53911073', 'hex');

/** `p_q_inner_data`, which mtcute's schema no longer has and GramJS still sends. */
const OLD_INNER_DATA = 0x83c95aec;

/** Bytes of the server's exponent: below the prime, which has 256. */
const SECRET_LENGTH = 255;

/** One for all handshakes: to make it takes half a second, in which the prime is checked. */
const group = createDiffieHellman(DH_PRIME, Buffer.of(DH_GENERATOR));

/** A handshake under way. */
export class Handshake {
  readonly #toolkit: Toolkit;
  readonly #rsa: RsaKey;
  readonly #serverNonce: Uint8Array;
  #nonce: Uint8Array | undefined;
  #inner: InnerData | undefined;
  #secret: Buffer | undefined;

  constructor(toolkit: Toolkit, rsa: RsaKey) {
    this.#toolkit = toolkit;
    this.#rsa = rsa;
    this.#serverNonce = toolkit.crypto.randomBytes(16);
  }

  /** Answers one request of the client. Throws if it is not the one that comes next, or is wrong. */
  answer(request: TlObject): { answer: TlObject; made?: MadeKey } {
    if (request._ === 'mt_req_pq_multi') return { answer: this.#begin(bytesOf(request, 'nonce')) };
    expectSame('nonce', bytesOf(request, 'nonce'), this.#nonce);
    expectSame('server nonce', bytesOf(request, 'serverNonce'), this.#serverNonce);
    if (request._ === 'mt_req_DH_params') return { answer: this.#offer(request) };
    if (request._ === 'mt_set_client_DH_params') return this.#finish(bytesOf(request, 'encryptedData'));
    throw new Error(`${request._} is no part of a handshake.`);
  }

  #begin(nonce: Uint8Array): TlObject {
    this.#nonce = nonce;
    return this.#named('mt_resPQ', { pq: PQ, serverPublicKeyFingerprints: [this.#rsa.fingerprint] });
  }

  #offer(request: TlObject): TlObject {
    expectSame('p', bytesOf(request, 'p'), P);
    expectSame('q', bytesOf(request, 'q'), Q);
    if (request.publicKeyFingerprint !== this.#rsa.fingerprint)
      throw new Error('The client took another RSA key.');
    const inner = readInnerData(this.#toolkit, this.#unpad(bytesOf(request, 'encryptedData')));
    expectSame('pq', inner.pq, PQ);
    expectSame('inner nonce', inner.nonce, this.#nonce);
    expectSame('inner server nonce', inner.serverNonce, this.#serverNonce);
    this.#inner = inner;
    // With a private key in place this makes the public one of it, and no new pair.
    this.#secret = Buffer.from(this.#toolkit.crypto.randomBytes(SECRET_LENGTH));
    group.setPrivateKey(this.#secret);
    const gA = toLength(group.generateKeys());
    const offer = this.#named('mt_server_DH_inner_data', {
      g: DH_GENERATOR,
      dhPrime: DH_PRIME,
      gA,
      serverTime: Math.floor(Date.now() / 1000),
    });
    const { crypto } = this.#toolkit;
    const data = this.#toolkit.write(offer);
    const padding = crypto.randomBytes(15 - ((data.length + 19) % 16));
    const plain = Buffer.concat([crypto.sha1(data), data, padding]);
    return this.#named('mt_server_DH_params_ok', { encryptedAnswer: this.#cipher(inner).encrypt(plain) });
  }

  #finish(encrypted: Uint8Array): { answer: TlObject; made: MadeKey } {
    const [inner, secret] = [this.#inner, this.#secret];
    if (inner === undefined || secret === undefined)
      throw new Error('The client finishes what it did not begin.');
    const { crypto } = this.#toolkit;
    const plain = this.#cipher(inner).decrypt(encrypted);
    const { object, end } = this.#toolkit.read(plain, 20);
    expectSame('hash of the inner data', crypto.sha1(plain.subarray(20, end)), plain.subarray(0, 20));
    expectSame('inner nonce', bytesOf(object, 'nonce'), this.#nonce);
    expectSame('inner server nonce', bytesOf(object, 'serverNonce'), this.#serverNonce);
    group.setPrivateKey(secret);
    const key = toLength(group.computeSecret(bytesOf(object, 'gB')));
    const hash = crypto.sha1(Buffer.concat([inner.newNonce, Buffer.of(1), crypto.sha1(key).subarray(0, 8)]));
    const salt = longAt(inner.newNonce) ^ longAt(this.#serverNonce);
    return {
      answer: this.#named('mt_dh_gen_ok', { newNonceHash1: hash.subarray(4, 20) }),
      made: { key, salt: BigInt.asIntN(64, salt), dc: inner.dc, expiresIn: inner.expiresIn },
    };
  }

  #named(name: string, fields: object): TlObject {
    return { _: name, nonce: this.#nonce, serverNonce: this.#serverNonce, ...fields };
  }

  #cipher({ newNonce }: InnerData) {
    return this.#toolkit.handshakeCipher(this.#serverNonce, newNonce);
  }

  /** Undoes RSA_PAD: gives the 192 bytes, of which the inner data are the first. */
  #unpad(encrypted: Uint8Array): Uint8Array {
    const { crypto } = this.#toolkit;
    const padded = this.#rsa.decrypt(encrypted);
    const [hidden, data] = [padded.subarray(0, 32), padded.subarray(32)];
    const digest = crypto.sha256(data);
    const key = hidden.map((byte, i) => byte ^ digest[i]!);
    const plain = crypto.createAesIge(key, new Uint8Array(32)).decrypt(data);
    const inner = plain.slice(0, 192).reverse();
    expectSame('hash of RSA_PAD', plain.subarray(192), crypto.sha256(Buffer.concat([key, inner])));
    return inner;
  }
}

interface InnerData {
  readonly pq: Uint8Array;
  readonly nonce: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly newNonce: Uint8Array;
  readonly dc: number | null;
  readonly expiresIn: number | null;
}

function readInnerData(toolkit: Toolkit, data: Uint8Array): InnerData {
  const reader = toolkit.reader(data);
  if (reader.uint() === OLD_INNER_DATA) {
    const pq = reader.bytes();
    reader.bytes();
    reader.bytes();
    return {
      pq,
      nonce: reader.int128(),
      serverNonce: reader.int128(),
      newNonce: reader.int256(),
      dc: null,
      expiresIn: null,
    };
  }
  const { object } = toolkit.read(data);
  return {
    pq: bytesOf(object, 'pq'),
    nonce: bytesOf(object, 'nonce'),
    serverNonce: bytesOf(object, 'serverNonce'),
    newNonce: bytesOf(object, 'newNonce'),
    dc: object.dc as number,
    expiresIn: object._ === 'mt_p_q_inner_data_temp_dc' ? (object.expiresIn as number) : null,
  };
}

/** A number of at most 256 bytes with the zeros in front that it is written without. */
function toLength(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(256);
  padded.set(bytes, 256 - bytes.length);
  return padded;
}

function bytesOf(object: TlObject, field: string): Uint8Array {
  const value = object[field];
  if (!(value instanceof Uint8Array)) throw new Error(`${object._} has no ${field}.`);
  return value;
}

function expectSame(what: string, found: Uint8Array, expected: Uint8Array | undefined): void {
  if (expected === undefined || found.length !== expected.length || !timingSafeEqual(found, expected)) {
    throw new Error(`The ${what} is not the one of this handshake.`);
  }
}
