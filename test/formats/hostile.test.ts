/**
 * A file that was made to be a burden is none: it is refused within a second or so, with 64 MB of memory at most beside
 * itself. Measured in processes of their own; the time is generous here, as the machine may have other things to do.
 */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Hostile, Outcome } from '../support/hostile-read.ts';

const PROGRAM = join(import.meta.dirname, '../support/hostile-read.ts');
const MAX_MB = 64;
const MAX_MS = 15_000;

function outcomeOf(hostile: Hostile): Outcome {
  const args = ['--disable-warning=ExperimentalWarning', PROGRAM, JSON.stringify(hostile)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

/** As one test: refused, soon, and without much memory. */
function isNoBurden(hostile: Hostile): void {
  const { code, ms, grownMb } = outcomeOf(hostile);
  expect(code).toMatch(/^(INVALID_VALUE|UNKNOWN_FORMAT|AMBIGUOUS_FORMAT)$/);
  expect(grownMb).toBeLessThan(MAX_MB);
  expect(ms).toBeLessThan(MAX_MS);
}

/** Fillings of a list. */
const PIECES: [string, string][] = [
  ['brackets', '['],
  ['braces', '{"":'],
  ['empty lists', '[],'],
  ['empty objects', '{},'],
  ['small numbers', '0,'],
  ['numbers of 64 bits', '12345678901234567890,'],
  ['numbers with a point', '1.5,'],
  ['empty texts', '"",'],
  ['texts', '"abcdefghijklmnopqrstuvwxyz",'],
  ['escapes', '"\\u0061\\n",'],
  ['spaces', ' '],
];

const SOME = PIECES.slice(2, 4);

describe.each([
  ['telethon-json', '{"auth_key_data":', 8, PIECES],
  ['pyrogram-json', '{"dc_id":', 8, SOME],
  ['gotd-json', '{"Version":1,"Data":', 1, SOME],
  ['gramjs-localstorage-dump', '{"x":', 10, SOME],
  ['telegram-web-k-localstorage', '{"dc":', 10, SOME],
  ['tgsession-json', '{"format":"tgsession-json","version":1,"accounts":', 64, PIECES],
])('as %s', (from, field, megabytes, pieces) => {
  test.each(pieces)('a list of %s', (_, piece) => {
    isNoBurden({ begin: `${field}[`, piece, end: '0]}', megabytes, from });
  });

  test('one long text', () => isNoBurden({ begin: `${field}"`, piece: 'a', end: '"}', megabytes, from }));

  test('one long text of escapes', () => {
    isNoBurden({ begin: `${field}"`, piece: '\\n', end: '"}', megabytes, from });
  });

  test('one long number', () => isNoBurden({ begin: field, piece: '1', end: '}', megabytes, from }));

  test('many names', () => isNoBurden({ begin: '{', piece: '"a":0,', end: '"b":0}', megabytes, from }));
});

describe('as whatever it seems to be', () => {
  test.each(PIECES)('an object with a list of %s', (_, piece) => {
    isNoBurden({ begin: '{"a":[', piece, end: '0]}', megabytes: 10 });
  });

  test.each([
    ['base64', 'A'],
    ['zero bytes', '\0'],
    ['lines', 'abc\n'],
    ['a session string over and over', '1ApWapzMBu'],
    ['the begin of an XML file', '<map><string name="a">'],
  ])('nothing but %s', (_, piece) => {
    isNoBurden({ begin: '', piece, end: '', megabytes: 60 });
  });
});

describe('what is in a file of ours', () => {
  const begin =
    '{"format":"tgsession-json","version":1,"accounts":[{"origin":{"format":"x","version":1},"extra":{"a":';
  test.each([
    ['lists', '[', '[],', '0]}}]}'],
    ['texts', '[', '"abcdefghijklmnopqrstuvwxyz",', '0]}}]}'],
    ['long texts', '["', `${'a'.repeat(1000)}","`, '"]}}]}'],
    ['one text', '"', 'a', '"}}]}'],
    ['numbers', '[', '0,', '0]}}]}'],
  ])('has bounds, though it may be anything: %s', (_, open, piece, end) => {
    isNoBurden({ begin: begin + open, piece, end, megabytes: 100, from: 'tgsession-json' });
  });
});
