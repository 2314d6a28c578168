/** AES-256 in the mode IGE, which no runtime has of its own: each block depends on the one before, in both forms. */

import { createCipheriv, createDecipheriv } from 'node:crypto';

const BLOCK = 16;

/**
 * Encrypts whole blocks.
 *
 * @param key 32 bytes
 * @param iv 32 bytes: what stands before the first block, encrypted and then plain
 */
export function encryptIge(plain: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return chain(plain, (block) => cipher.update(block), iv.subarray(BLOCK), iv.subarray(0, BLOCK));
}

/** Decrypts whole blocks; the key and the bytes before the first block are those of {@link encryptIge}. */
export function decryptIge(encrypted: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return chain(encrypted, (block) => decipher.update(block), iv.subarray(0, BLOCK), iv.subarray(BLOCK));
}

/** The mode itself, the same both ways: out = turn(in XOR the last out) XOR the last in. */
function chain(
  input: Uint8Array,
  turn: (block: Uint8Array) => Uint8Array,
  lastIn: Uint8Array,
  lastOut: Uint8Array,
): Uint8Array {
  const output = new Uint8Array(input.length);
  for (let at = 0; at < input.length; at += BLOCK) {
    const block = input.subarray(at, at + BLOCK);
    const out = xor(turn(xor(block, lastOut)), lastIn);
    output.set(out, at);
    lastIn = block;
    lastOut = out;
  }
  return output;
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  const result = new Uint8Array(BLOCK);
  for (let i = 0; i < BLOCK; i++) result[i] = a[i]! ^ b[i]!;
  return result;
}
