/** The string of our own format: every mistake in copying it is noticed, and there is one way to write it. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionError } from '../../../src/errors.ts';
import { formatTgsessionString, parseTgsessionString, read, write } from '../../../src/formats/index.ts';
import { anyAccount, anySnapshot, anyWildSnapshot } from '../../support/arbitrary.ts';
import { failure } from '../../support/errors.ts';
import { mutate, randomFrom } from '../../support/mutate.ts';
import { peerOf } from '../../support/peer.ts';
import { FULL, ONE_KEY } from '../../support/tgsession-fixtures.ts';

const one = formatTgsessionString(ONE_KEY);
const full = formatTgsessionString(FULL);
const PREFIX = 'tgsession1_';

/** The content of a string, without its checksum. */
const contentOf = (text: string) =>
  new Uint8Array(Buffer.from(text.slice(PREFIX.length), 'base64url').subarray(0, -8));

/** A string with a right checksum around any content. */
function signed(content: Uint8Array): string {
  const sum = createHash('sha256').update(PREFIX).update(content).digest().subarray(0, 8);
  return PREFIX + Buffer.concat([content, sum]).toString('base64url');
}

/** The string with one key, the begin of its content replaced: hexadecimal digits, `..` for the name of its origin. */
function changed(from: string, to: string): string {
  const origin = Buffer.from('telethon-string').toString('hex');
  const [begin, other] = [from, to].map((hex) => hex.replaceAll(' ', '').replace('..', origin));
  const content = Buffer.from(contentOf(one)).toString('hex');
  expect(content.startsWith(begin!)).toBe(true);
  return signed(Buffer.from(other + content.slice(begin!.length), 'hex'));
}

describe('mistakes in copying', () => {
  test('any other character, any one missing, any one too much, any two exchanged', async () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_ =+/\n';
    for (let i = PREFIX.length; i < one.length; i++) {
      const letter = letters[(i * 7) % letters.length]!;
      const wrong = [
        one.slice(0, i) + letter + one.slice(i + 1),
        one.slice(0, i) + one.slice(i + 1),
        one.slice(0, i) + letter + one.slice(i),
        one.slice(0, i) +
          one
            .slice(i, i + 2)
            .split('')
            .reverse()
            .join('') +
          one.slice(i + 2),
        one.slice(0, i),
      ].filter((text) => text !== one);
      for (const text of wrong) {
        const error = await failure(() => parseTgsessionString(text), 'DAMAGED', 'session string');
        expect(error.message).toMatch(/checksum is wrong: it is cut off or mistyped/);
        expect(error.message).not.toContain(one.slice(20, 30));
      }
    }
  });

  test('in the prefix', async () => {
    await failure(() => parseTgsessionString(one.slice(1)), 'UNKNOWN_FORMAT');
    await failure(() => parseTgsessionString(one.replace('1_', '2_')), 'NEWER_VERSION', 'version');
    await failure(() => parseTgsessionString(one.replace('1_', '0_')), 'BAD_VERSION', 'version');
    await failure(() => parseTgsessionString(one.replace('1_', '1')), 'UNKNOWN_FORMAT');
    await failure(() => parseTgsessionString(one.replace('1_', '01_')), 'DAMAGED');
    await failure(() => parseTgsessionString(''), 'UNKNOWN_FORMAT');
    await failure(() => parseTgsessionString(5 as never), 'INVALID_VALUE', 'session string');
  });

  test('a line break behind it is none', async () => {
    for (const end of ['\n', '\r\n']) {
      expect((await read({ text: one + end })).snapshots[0]!.session.equals(ONE_KEY[0]!.session)).toBe(true);
    }
    await failure(() => read({ text: `${one}\n\n` }), 'INVALID_VALUE', 'session string');
  });
});

describe('content with a right checksum', () => {
  test.each<[string, string, string, RegExp?]>([
    ['nothing at all', signed(Uint8Array.of()), 'session string', /cut off/],
    ['no accounts', signed(Uint8Array.of(0)), 'accounts'],
    ['more accounts than bytes', signed(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f)), 'accounts'],
    ['a count beyond 2^53', signed(new Uint8Array(12).fill(0xff)), 'accounts'],
    ['a count written too long', signed(Uint8Array.of(0x81, 0)), 'accounts', /shortest/],
    [
      'something behind the end',
      signed(Buffer.concat([contentOf(one), Buffer.of(0)])),
      'accounts',
      /must end/,
    ],
    ['a field that is not known', changed('01 10', '01 908002'), 'accounts[0]'],
    ['fields written too long', changed('01 10', '01 9000'), 'accounts[0]', /shortest/],
    [
      'a usual value that is written',
      changed('01 10 00 1e..', '01 14 00 1e.. 01'),
      'accounts[0].botKnown',
      /usual value/,
    ],
    ['a flag of 2', changed('01 10 00 1e..', '01 14 00 1e.. 02'), 'accounts[0].botKnown'],
    ['a text beyond the end', changed('01 10 00 1e', '01 10 00 feffff7f'), 'accounts[0].origin.format'],
    [
      'UTF-16 where there is UTF-8',
      changed('01 10 00 1e..', '01 10 00 05 6100'),
      'accounts[0].origin.format',
      /UTF-16/,
    ],
    [
      'half a unit of UTF-16',
      changed('01 10 00 1e..', '01 10 00 07 00d800'),
      'accounts[0].origin.format',
      /odd/,
    ],
    ['no UTF-8', changed('01 10 00 1e..', '01 10 00 02 ff'), 'accounts[0].origin.format', /UTF-8/],
    [
      'minus zero as a number',
      changed('01 10 00 1e.. 02', '01 10 00 1e.. 40'),
      'accounts[0].mainDc',
      /shortest/,
    ],
    ['data centre 0', changed('01 10 00 1e.. 02', '01 10 00 1e.. 00'), 'accounts[0].mainDc'],
    [
      'an id beyond 2^53',
      changed('01 10 00 1e.. 02', `01 10 00 1e.. bf${'ff'.repeat(6)}7f`),
      'accounts[0].mainDc',
    ],
    [
      'the port 0',
      changed('01 10 00 1e.. 02 01 01 05 02 959aa733 bb01', '01 10 00 1e.. 02 01 01 05 02 959aa733 0000'),
      'accounts[0].session.dcs[0].ipv4Addr',
    ],
  ])('%s is refused', async (_, text, field, message = /./) => {
    const error = await failure(
      () => parseTgsessionString(text),
      field === 'session string' ? 'DAMAGED' : 'INVALID_VALUE',
    );
    expect(error.message).toMatch(message);
    expect(error.field).toBe(field);
  });

  test('any mutant is refused, or is the only way to write what is read', () => {
    let accepted = 0;
    for (let seed = 1; seed <= 20_000; seed++) {
      const random = randomFrom(seed);
      const text = signed(mutate(contentOf(random() < 0.5 ? one : full), random));
      try {
        const again = formatTgsessionString(parseTgsessionString(text));
        accepted++;
        expect(again === text, `seed ${seed}`).toBe(true);
      } catch (error) {
        if (!(error instanceof SessionError)) throw error;
      }
    }
    expect(accepted).toBeGreaterThan(100);
  });
});

test('a string is one line of letters, digits, - and _, and the same each time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(anySnapshot, anyAccount, anyWildSnapshot), async (snapshot) => {
      const text = formatTgsessionString([snapshot]);
      expect(/^tgsession1_[\w-]{40,}$/.test(text)).toBe(true);
      expect(formatTgsessionString([snapshot]) === text).toBe(true);
      const { files } = await write([snapshot], 'tgsession-string');
      expect(Buffer.from(files.get('')!).toString() === text).toBe(true);
    }),
  );
});

test('a string longer than any other library has is read', async () => {
  const channels = Array.from({ length: 50_000 }, (_, i) => ({ id: i + 1, pts: 2 ** 40 + i }));
  const session = ONE_KEY[0]!.session.with({ state: { pts: 1, qts: 2, date: 3, seq: 4, channels } });
  const text = formatTgsessionString([{ ...ONE_KEY[0]!, session }]);
  expect(text.length).toBeGreaterThan(500_000);
  const { format, snapshots } = await read({ text });
  expect(format).toBe('tgsession-string');
  expect(snapshots[0]!.session.equals(session)).toBe(true);
});

describe('a string is bounded, as its checksum is over all of it', () => {
  const MOST = 16 * 1024 * 1024;

  test('what would be longer is refused, and pointed to the format that has room', async () => {
    const peers = Array.from({ length: 13 }, (_, i) => peerOf({ id: i + 1, name: 'x'.repeat(1024 * 1024) }));
    const [snapshot] = ONE_KEY;
    const fits = formatTgsessionString([{ ...snapshot!, peers: peers.slice(0, 11) }]);
    expect(parseTgsessionString(fits)[0]!.peers).toHaveLength(11);
    const error = await failure(() => formatTgsessionString([{ ...snapshot!, peers }]), 'CANNOT_HOLD');
    expect(error.message).toMatch(/tgsession-json/);
    expect((await write([{ ...snapshot!, peers }], 'tgsession-json')).files.size).toBe(1);
  });

  test('a longer one is not even looked at', async () => {
    const text = PREFIX + 'A'.repeat(MOST);
    await failure(() => parseTgsessionString(text), 'INVALID_VALUE', 'session string');
    await failure(() => read({ text }), 'INVALID_VALUE');
  });
});
