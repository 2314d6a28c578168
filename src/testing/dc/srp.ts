/** The server's half of the proof of a password (core.telegram.org/api/srp). */

import { timingSafeEqual } from 'node:crypto';
import { DH_GENERATOR, DH_PRIME } from './dh-prime.ts';
import { RpcError } from './rpc-error.ts';
import type { TlObject } from './tl-object.ts';
import { longAt, type Toolkit } from './toolkit.ts';

const ALGORITHM = 'passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow';
const PRIME = toBigint(DH_PRIME);

/** A question for a password that waits for its proof. */
export interface PasswordQuestion {
  readonly id: bigint;
  /** What the client is told. */
  readonly algo: { readonly salt1: Uint8Array; readonly salt2: Uint8Array } & TlObject;
  readonly publicValue: Uint8Array;
  readonly secret: bigint;
  readonly verifier: Uint8Array;
}

/** The algorithm for passwords, with salts of its own. */
export function passwordAlgorithm({ crypto }: Toolkit): PasswordQuestion['algo'] {
  const [salt1, salt2] = [crypto.randomBytes(8), crypto.randomBytes(16)];
  return { _: ALGORITHM, salt1, salt2, g: DH_GENERATOR, p: DH_PRIME };
}

/** Begins to ask for a password. */
export async function askPassword(toolkit: Toolkit, password: string): Promise<PasswordQuestion> {
  const { crypto } = toolkit;
  const algo = passwordAlgorithm(toolkit);
  // Lengthens algo.salt1, as when a client sets a password.
  const verifier = await toolkit.passwordVerifier(algo, password);
  const secret = toBigint(crypto.randomBytes(256));
  const multiplier = toBigint(crypto.sha256(Buffer.concat([DH_PRIME, toBytes(BigInt(DH_GENERATOR))])));
  const power = modPow(BigInt(DH_GENERATOR), secret, PRIME);
  const publicValue = toBytes((multiplier * toBigint(verifier) + power) % PRIME);
  return { id: longAt(crypto.randomBytes(8)), algo, publicValue, secret, verifier };
}

/** Throws the RPC error for a proof that is none. */
export function checkProof({ crypto }: Toolkit, question: PasswordQuestion, proof: TlObject): void {
  if (proof._ !== 'inputCheckPasswordSRP') throw new RpcError(400, 'PASSWORD_HASH_INVALID');
  if (proof.srpId !== question.id) throw new RpcError(400, 'SRP_ID_INVALID');
  const client = toBigint(proof.A as Uint8Array);
  if (client % PRIME === 0n) throw new RpcError(400, 'SRP_PASSWORD_CHANGED');
  const { algo, publicValue, secret, verifier } = question;
  const A = toBytes(client);
  const hash = (...parts: Uint8Array[]) => crypto.sha256(Buffer.concat(parts));
  const scrambler = toBigint(hash(A, publicValue));
  const shared = modPow(client * modPow(toBigint(verifier), scrambler, PRIME), secret, PRIME);
  const group = hash(toBytes(BigInt(DH_GENERATOR)));
  const mixed = hash(DH_PRIME).map((byte, i) => byte ^ group[i]!);
  const expected = hash(mixed, hash(algo.salt1), hash(algo.salt2), A, publicValue, hash(toBytes(shared)));
  const M1 = proof.M1 as Uint8Array;
  if (M1.length !== expected.length || !timingSafeEqual(M1, expected)) {
    throw new RpcError(400, 'PASSWORD_HASH_INVALID');
  }
}

function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let power = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * power) % modulus;
    power = (power * power) % modulus;
  }
  return result;
}

function toBigint(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** A number as 256 bytes. */
function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(512, '0'), 'hex');
}
