/** Authorization keys: the 256 bytes that are the login. They print as their id, never as bytes. */

import { type Place, refuse } from './check.ts';
import { sha1 } from './vendor/sha1.ts';

/** Length of an authorization key in bytes, fixed by MTProto. */
export const AUTH_KEY_LENGTH = 256;

/** The name under which Node.js, Bun and Deno look for an object's own way to be printed. */
export const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * The id of an authorization key: the 64 lower-order bits of its SHA-1, as MTProto defines `auth_key_id`
 * (core.telegram.org/mtproto/description), written as 16 hexadecimal digits in the order of the wire.
 * It names a key and gives nothing of it away.
 */
export function authKeyId(key: Uint8Array): string {
  let hex = '';
  for (const byte of sha1(key).subarray(12)) hex += byte.toString(16).padStart(2, '0');
  return hex;
}

/**
 * A key as a `Uint8Array` that names itself by its id wherever it is printed, so that a careless
 * `console.log({ ...dc })` or `JSON.stringify` gives nothing away. For the bytes, use it as the array it is.
 */
export class AuthKey extends Uint8Array {
  /** Parts of a key are plain arrays. As a field: with a getter V8 compiles again and again what makes keys. */
  static readonly [Symbol.species] = Uint8Array;

  override toString(): string {
    return `[auth key ${authKeyId(this)}]`;
  }

  override toLocaleString(): string {
    return this.toString();
  }

  override join(): string {
    return this.toString();
  }

  toJSON(): string {
    return this.toString();
  }

  [INSPECT](): string {
    return this.toString();
  }
}

/** Checks a key and copies it; null stays null. 256 zero bytes are refused: no handshake makes such a key. */
export function checkAuthKey(at: Place, name: string, value: unknown): Uint8Array | null {
  if (value === null) return null;
  if (!(value instanceof Uint8Array) || value.length !== AUTH_KEY_LENGTH) {
    return refuse(at, name, `an auth key of exactly ${AUTH_KEY_LENGTH} bytes, or null`, value);
  }
  if (!value.some((byte) => byte)) {
    return refuse(at, name, 'an auth key, or null for none', value, `${AUTH_KEY_LENGTH} zero bytes`);
  }
  return new AuthKey(value);
}

/** Whether two keys are the same, both absent included. */
export function sameAuthKey(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === b) return true;
  if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
