/** Session strings give their keys memory of their own when these are asked for, and are checked to the last bit. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64 } from '../../src/formats/base64.ts';
import {
  formatGramjsString,
  formatPyrogramString,
  formatTelethonString,
  parseGramjsString,
  parsePyrogramString,
  parseTelethonString,
} from '../../src/formats/index.ts';
import { clearDesk, desk, hasKeyAt, layOut, type Padding } from '../../src/formats/string-desk.ts';
import { type DataCenter, Session } from '../../src/session.ts';

/** A key that is the same for the same number. */
const keyOf = (seed: number) => new Uint8Array(256).map((_, i) => (seed * 7919 + i * 31 + (i >> 3)) & 255);
const sessionOf = (seed: number) =>
  new Session({
    dcs: [{ id: 2, ipv4Addr: '149.154.167.51:443', auth: keyOf(seed) }],
    user: { id: 1 + seed, dc: 2, bot: false },
  });

const formats: [string, (session: Session) => string, (text: string) => DataCenter][] = [
  ['Telethon', formatTelethonString, (text) => parseTelethonString(text).dcs[0]!],
  ['Pyrogram', formatPyrogramString, (text) => parsePyrogramString(text).session.dcs[0]!],
  ['GramJS', formatGramjsString, (text) => parseGramjsString(text).dcs[0]!],
];

describe.each(formats)('a key from a session string of %s', (_, format, parse) => {
  test('has memory of its own, which shows no other key', () => {
    const [a, b] = [1, 2].map((seed) => parse(format(sessionOf(seed))).auth!);
    for (const key of [a!, b!]) {
      expect([key.byteOffset, key.buffer.byteLength, key.length]).toEqual([0, 256, 256]);
    }
    a!.fill(0);
    expect([...b!]).toEqual([...keyOf(2)]);
  });

  test('is one and the same each time, and can be changed and replaced', () => {
    const dc = parse(format(sessionOf(3)));
    expect(dc.auth).toBe(dc.auth);
    dc.auth![0]! ^= 1;
    expect(dc.auth![0]).toBe(keyOf(3)[0]! ^ 1);
    const other = parse(format(sessionOf(3)));
    other.auth = keyOf(4);
    expect([...other.auth]).toEqual([...keyOf(4)]);
    other.auth = null;
    expect(other.auth).toBeNull();
  });

  test('shows as its id wherever it is printed', () => {
    const dc = parse(format(sessionOf(5)));
    const [first, second] = keyOf(5);
    for (const text of [JSON.stringify(dc), String(dc), JSON.stringify({ ...dc }), `${dc.auth}`]) {
      expect(text).toContain(dc.authKeyId);
      expect(text).not.toContain(`${first},${second}`);
    }
  });

  test('is right however many strings, good and refused ones, are read before it is asked for', () => {
    const dcs = Array.from({ length: 200 }, (_, seed) => {
      const text = format(sessionOf(seed));
      expect(() => parse(`${text.slice(0, -9)}!${text.slice(-8)}`)).toThrow();
      expect(() => parse(text.repeat(100))).toThrow();
      return parse(text);
    });
    for (const [seed, dc] of dcs.entries()) expect([...dc.auth!]).toEqual([...keyOf(seed)]);
  });
});

test('nothing stays on the desk, whether a string was read, refused or written, or its key was asked for', () => {
  for (const [, format, parse] of formats) {
    const text = format(sessionOf(6));
    expect(desk.every((byte) => byte === 0)).toBe(true);
    const dc = parse(text);
    expect(desk.every((byte) => byte === 0)).toBe(true);
    expect(dc.auth).not.toBeNull();
    expect(desk.every((byte) => byte === 0)).toBe(true);
    expect(() => parse(`${text.slice(0, -4)}!${text.slice(-3)}`)).toThrow();
    expect(desk.every((byte) => byte === 0)).toBe(true);
  }
});

describe('what is laid out', () => {
  /** All the bytes of a text, or null. */
  const laidOut = (text: string, padding: Padding) => {
    try {
      const count = layOut(text, 0, padding);
      return count < 0 ? null : [...desk.subarray(0, count)];
    } finally {
      clearDesk();
    }
  };
  const strict = (text: string, padding: Padding) => {
    const bytes = decodeBase64(text, padding);
    return bytes === null ? null : [...bytes];
  };
  const paddings = fc.constantFrom<Padding>('exact', 'optional');

  test('is what the strict decoder makes of the same text, whatever it is', () => {
    // Nearly base64: one thing is wrong with it, such as a character whose lower half is one of base64.
    const base64 = fc
      .tuple(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('base64' as const, 'base64url' as const))
      .map(([bytes, encoding]) => Buffer.from(bytes).toString(encoding));
    const spoilt = fc
      .tuple(
        base64,
        fc.nat(400),
        fc.constantFrom(
          '',
          '=',
          '==',
          '+',
          '-',
          '/',
          '_',
          ' ',
          '\n',
          'A',
          'B',
          '\u0141',
          'é',
          '\0',
          '\uff21',
          '\ud800',
        ),
      )
      .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + (at % 2)));
    fc.assert(
      fc.property(
        fc.oneof(base64, spoilt, fc.string(), fc.string({ unit: 'binary' })),
        paddings,
        (text, padding) => {
          expect(laidOut(text, padding)).toEqual(strict(text, padding));
        },
      ),
      { numRuns: 5000 },
    );
  });

  test('is what the strict decoder makes of every last group', () => {
    const letters = ['', ...'ABQgwZaz09+/-_=\u0141 '];
    const groups = letters.flatMap((a) =>
      letters.flatMap((b) => letters.flatMap((c) => letters.map((d) => a + b + c + d))),
    );
    const wrong = ['', 'AAAA', 'A-B_'].flatMap((before) =>
      (['exact', 'optional'] as const).flatMap((padding) =>
        groups
          .map((group) => before + group)
          .filter((text) => String(laidOut(text, padding)) !== String(strict(text, padding))),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test('is refused if it is longer than any string', () => {
    expect(layOut('A'.repeat(1024), 0, 'exact')).toBe(768);
    clearDesk();
    expect(layOut('A'.repeat(1028), 0, 'exact')).toBe(-1);
    clearDesk();
  });

  test('a key is all of its 256 bytes', () => {
    for (const at of [0, 1, 2, 7, 255, 256, 300]) {
      const bytes = Buffer.alloc(600);
      bytes[300] = 1;
      layOut(bytes.toString('base64'), 0, 'exact');
      expect(hasKeyAt(at)).toBe(at <= 300 && at + 256 > 300);
      clearDesk();
    }
  });
});
