/** The pieces of TL: what is written is read again, whatever its size. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader } from '../../src/formats/bytes.ts';
import { readTlBool, readTlBytes, readTlString, TlWriter } from '../../src/formats/tl.ts';

test('values of all kinds come back, however much room they need', () => {
  const value = fc.oneof(
    fc.record({ raw: fc.uint8Array({ maxLength: 700 }) }),
    fc.record({ bytes: fc.uint8Array({ maxLength: 700 }) }),
    fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 300 }) }),
    fc.record({ int: fc.integer() }),
    fc.record({ long: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
    fc.record({ bool: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(value), (values) => {
      const writer = new TlWriter();
      for (const one of values) {
        if ('raw' in one) writer.raw(...one.raw);
        else if ('bytes' in one) writer.bytes(one.bytes);
        else if ('text' in one) writer.string(one.text);
        else if ('int' in one) writer.int(one.int);
        else if ('long' in one) writer.long(one.long);
        else writer.bool(one.bool);
      }
      const reader = new ByteReader(writer.done(), 'TL');
      const again = values.map((one) => {
        if ('raw' in one) return { raw: reader.bytes('', one.raw.length) };
        if ('text' in one) return { text: readTlString(reader, '') };
        if ('int' in one) return { int: reader.i32le('') };
        if ('long' in one) return { long: reader.i64le('') };
        if ('bool' in one) return { bool: readTlBool(reader, '') };
        const content = readTlBytes(reader, '');
        return { bytes: content.bytes('', content.left) };
      });
      reader.end();
      expect(again).toEqual(values);
    }),
  );
});
