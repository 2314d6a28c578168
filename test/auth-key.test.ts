import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameAuthKey } from '../src/auth-key.ts';
import { AUTH_KEY_LENGTH, authKeyId, DataCenter } from '../src/index.ts';
import { sampleKey } from '../src/testing/index.ts';
import { sha1 } from '../src/vendor/sha1.ts';

/** A key as a data centre holds it. */
const held = (key = sampleKey()) => new DataCenter({ id: 2, auth: key }).auth!;

describe('the id of an auth key', () => {
  test('is the last 8 bytes of its SHA-1, as MTProto defines it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: AUTH_KEY_LENGTH, maxLength: AUTH_KEY_LENGTH }), (key) => {
        expect(authKeyId(key)).toBe(createHash('sha1').update(key).digest('hex').slice(-16));
      }),
    );
  });

  test('is that of a known key', () => {
    // The bytes 0 to 255: SHA-1 4916d6bdb7f78e6803698cab32d1586ea457dfc8.
    expect(authKeyId(Uint8Array.from({ length: 256 }, (_, i) => i))).toBe('32d1586ea457dfc8');
  });

  test('is the same for the key that a data centre holds, and for a part of a larger buffer', () => {
    const around = new Uint8Array(512);
    around.set(sampleKey(), 100);
    expect(authKeyId(around.subarray(100, 356))).toBe(authKeyId(sampleKey()));
    expect(authKeyId(held())).toBe(authKeyId(sampleKey()));
    expect(new DataCenter({ id: 2, auth: sampleKey() }).authKeyId).toBe(authKeyId(sampleKey()));
    expect(new DataCenter({ id: 2 }).authKeyId).toBeNull();
  });

  test('SHA-1 is right at every length around its blocks', () => {
    for (let length = 0; length < 300; length++) {
      const data = new Uint8Array(length).map((_, i) => i * 31);
      expect(Buffer.from(sha1(data)).toString('hex')).toBe(createHash('sha1').update(data).digest('hex'));
    }
  });
});

describe('a key that a data centre holds', () => {
  test('is a Uint8Array with the bytes of the key', () => {
    expect(held()).toBeInstanceOf(Uint8Array);
    expect(held().length).toBe(256);
    expect([...held()]).toEqual([...sampleKey()]);
    expect(Buffer.from(held()).equals(sampleKey())).toBe(true);
  });

  test('gives plain arrays for its parts', () => {
    for (const part of [
      held().slice(0, 8),
      held().subarray(0, 8),
      held().map((byte) => byte),
      held().toReversed(),
    ]) {
      expect(Object.getPrototypeOf(part)).toBe(Uint8Array.prototype);
    }
  });

  test('is made of a Buffer too, and does not share its memory', () => {
    const buffer = Buffer.from(sampleKey());
    const key = held(buffer);
    buffer.fill(0);
    expect([...key]).toEqual([...sampleKey()]);
  });

  test('names itself by its id wherever it becomes text', () => {
    const text = `[auth key ${authKeyId(sampleKey())}]`;
    expect([`${held()}`, held().toLocaleString(), held().join(), JSON.parse(JSON.stringify(held()))]).toEqual(
      Array(4).fill(text),
    );
  });
});

describe('sameAuthKey()', () => {
  test('compares every byte, and none with none', () => {
    expect(sameAuthKey(null, null)).toBe(true);
    expect(sameAuthKey(sampleKey(), null)).toBe(false);
    expect(sameAuthKey(null, sampleKey())).toBe(false);
    expect(sameAuthKey(sampleKey(), held())).toBe(true);
    expect(sameAuthKey(sampleKey(), sampleKey().subarray(1))).toBe(false);
    for (let i = 0; i < 256; i++) {
      const other = sampleKey();
      other[i]! ^= 1;
      expect(sameAuthKey(sampleKey(), other)).toBe(false);
    }
  });
});
