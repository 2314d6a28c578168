/** Bytes that are collected come out as they went in, however many they are and wherever the room for them ends. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from '../../src/formats/byte-writer.ts';
import { TlWriter } from '../../src/formats/tl.ts';

test('any pieces, of any length', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 900 }), { maxLength: 8 }), (pieces) => {
      const one = new ByteWriter();
      const other = new ByteWriter();
      for (const piece of pieces) {
        one.append(piece);
        other.raw(...piece);
      }
      const expected = new Uint8Array(Buffer.concat(pieces));
      expect(one.done()).toEqual(expected);
      expect(other.done()).toEqual(expected);
      expect(one.length).toBe(expected.length);
    }),
  );
});

test('TL across the end of the room', () => {
  for (let length = 480; length < 520; length++) {
    const bytes = new TlWriter().append(new Uint8Array(length)).long(-2n).int(7).string('text').done();
    expect([...bytes.subarray(length)]).toEqual([
      ...[0xfe, 255, 255, 255, 255, 255, 255, 255, 7, 0, 0, 0],
      ...[4, 0x74, 0x65, 0x78, 0x74, 0, 0, 0],
    ]);
  }
});

test('what was written is gone after a wipe', () => {
  const writer = new ByteWriter().utf8('secret');
  writer.wipe();
  expect([...writer.done()]).toEqual([0, 0, 0, 0, 0, 0]);
});
