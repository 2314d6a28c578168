/** Our parser of JSON takes what the runtime's takes, in one pass that ends early where it is too deep or too much. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionError } from '../../src/errors.ts';
import { type BigJson, parseBigJson } from '../../src/formats/big-json.ts';

/** What the runtime's own parser makes of a text, or null if it is not JSON. */
function usual(text: string): { value: BigJson } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

function ours(text: string): { value: BigJson } | null {
  try {
    return { value: parseBigJson(text, 'x') };
  } catch {
    return null;
  }
}

/** The message of the error that a text is refused with. */
function refusal(text: string): string {
  try {
    parseBigJson(text, 'x');
  } catch (error) {
    expect(error).toBeInstanceOf(SessionError);
    return (error as SessionError).message;
  }
  return 'not refused';
}

/** Without integers that come as bigint, and with each kind of number. */
const json = fc
  .json({ maxDepth: 5 })
  .filter((text) => !/\d{16}/.test(text))
  .map((text) => text.replaceAll(',', ' ,\n\t'));

describe('a text', () => {
  test('that is JSON is read as the runtime reads it', () => {
    fc.assert(
      fc.property(json, (text) => {
        expect(ours(text)).toEqual(usual(text));
      }),
    );
  });

  test('that is nearly JSON is refused where the runtime refuses it', () => {
    const pieces = [
      '',
      '"',
      '\\',
      '\\"',
      ',',
      ':',
      '[',
      ']',
      '{',
      '}',
      '0',
      '-',
      '.',
      'e',
      'null',
      '\u00a0',
      '\n',
      '\\u00',
      '\ufeff',
      'a',
    ];
    const spoilt = fc
      .tuple(json, fc.nat(200), fc.constantFrom(...pieces))
      .map(([text, at, piece]) => text.slice(0, at) + piece + text.slice(at + (at % 3)))
      .filter((text) => !/\d{16}/.test(text));
    fc.assert(
      fc.property(spoilt, (text) => {
        expect(ours(text)).toEqual(usual(text));
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    '',
    ' ',
    '1 2',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    '01',
    '1.',
    '.5',
    '+1',
    '-',
    '1e',
    'tru',
    'nullx',
    '"\\x"',
    '"\n"',
    '"a',
    '[',
    '{"a"',
    '\\',
    '"\\"',
  ])('%j is not JSON', (text) => {
    expect([usual(text), ours(text)]).toEqual([null, null]);
  });

  test('with a name that means something else in JavaScript keeps it', () => {
    const value = parseBigJson('{"__proto__": {"a": 1}, "constructor": 2}', 'x');
    expect(Object.entries(value as object)).toEqual([
      ['__proto__', { a: 1 }],
      ['constructor', 2],
    ]);
    expect((value as { a?: number }).a).toBeUndefined();
  });

  test('may have a number of a thousand characters', () => {
    expect(ours(`0.${'1'.repeat(998)}`)).not.toBeNull();
    expect(refusal('1'.repeat(10_000_000))).toMatch(/number of 10000000 characters/);
  });

  test('has no more than 32 levels and 500,000 values and names', () => {
    expect(ours('['.repeat(32) + ']'.repeat(32))).not.toBeNull();
    expect(refusal('['.repeat(33))).toMatch(/nested too deeply/);
    expect(ours(`[${'0,'.repeat(499_998)}0]`)).not.toBeNull();
    expect(refusal(`[${'0,'.repeat(499_999)}0]`)).toMatch(/more than 500000/);
    expect(refusal(`{${'"a":0,'.repeat(250_000)}"b":0}`)).toMatch(/500000/);
  });
});
