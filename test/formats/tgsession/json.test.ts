/** The JSON of our own format: by its schema, strict, findable by scanners for secrets, and of any size. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors.ts';
import { detect, read, type Snapshot, snapshotOf, write } from '../../../src/formats/index.ts';
import type { Peer } from '../../../src/peers.ts';
import { Session } from '../../../src/session.ts';
import { anyAccount, anySnapshot, anyWildSnapshot } from '../../support/arbitrary.ts';
import { failure } from '../../support/errors.ts';
import { emptyFolder } from '../../support/folder.ts';
import { Family } from '../../support/format-fixtures.ts';
import { plainSnapshot } from '../../support/plain-snapshot.ts';
import { testKey } from '../../support/sessions.ts';
import { FULL, ONE_KEY } from '../../support/tgsession-fixtures.ts';

const NAME = 'tgsession-json';
const family = new Family('tgsession');
const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../docs/tgsession-json.schema.json'), 'utf8'),
);
const fits = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

async function jsonOf(snapshots: readonly Snapshot[]): Promise<string> {
  const { files } = await write(snapshots, NAME);
  return Buffer.from(files.get('')!).toString();
}

const one = await jsonOf(ONE_KEY);
const full = await jsonOf(FULL);

describe('the schema', () => {
  test('describes whatever is written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(anySnapshot, anyAccount, anyWildSnapshot), async (snapshot) => {
        fits(JSON.parse(await jsonOf([snapshot])));
        expect(fits.errors).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test.each(
    family.fixtures.filter(({ file }) => file.endsWith('.json')).map(({ file, error }) => [file, error]),
  )('goes with the reader: %s', (file, error) => {
    let value: unknown = null;
    try {
      value = JSON.parse(Buffer.from(family.bytes(file!)).toString().replace('\ufeff', ''));
    } catch {}
    // A schema does not see that a name stands there twice, and JSON.parse rounds.
    if (!/twice|beyond/.test(file!)) expect(fits(value)).toBe(error === undefined);
  });

  test('goes with the reader: whatever field is changed to whatever, both refuse it', async () => {
    const values = [null, true, -1, 0, 1.5, '', 'x', [], {}, [null], { a: 1 }];
    const places = (value: unknown): ((to: unknown) => void)[] =>
      typeof value !== 'object' || value === null
        ? []
        : Object.entries(value).flatMap(([name, item]) => [
            (to: unknown) => {
              (value as Record<string, unknown>)[name] = to;
            },
            ...places(item),
          ]);
    let refused = 0;
    const count = places(JSON.parse(full)).length;
    for (let i = 0; i < count; i++) {
      for (const value of values) {
        const changed = JSON.parse(full);
        places(changed)[i]!(value);
        const text = JSON.stringify(changed);
        const isRead = await read({ text }, { from: NAME }).then(
          () => true,
          (error) =>
            /INVALID_VALUE|UNKNOWN_FORMAT|BAD_VERSION/.test(error.code) ? false : Promise.reject(error),
        );
        if (!isRead) refused++;
        // Inside of extra anything goes, for both.
        if (isRead !== fits(changed))
          expect({ isRead, changed: text.slice(0, 2000), errors: fits.errors }).toBeNull();
      }
    }
    expect(refused).toBeGreaterThan(count * 5);
  });
});

describe('secrets can be found', () => {
  test('by what stands in front of every key', () => {
    const keys = full.match(/tgsk1\/[A-Za-z0-9+/]{342}==/g)!;
    expect(keys).toHaveLength(5);
    // No key is there in another way.
    for (const key of ['tgsession-2', 'tgsession-4', 'tgsession-old-1', 'tgsession-bot'].map(testKey)) {
      expect(keys).toContain(`tgsk1/${Buffer.from(key).toString('base64')}`);
      for (const form of ['hex', 'base64url', 'latin1'] as const) {
        expect(full.includes(Buffer.from(key).toString(form).slice(30, 60))).toBe(false);
      }
    }
  });

  test('by what generic rules look for: a name with "auth" or "key" and a long base64 text', () => {
    const rule = /(?:auth|key)\w{0,20}["']\s{0,3}[:=]\s{0,3}["'][a-z0-9][a-z0-9+/]{11,}={0,3}["']/gi;
    expect(one.match(rule)).toHaveLength(1);
    expect(full.match(rule)).toHaveLength(5);
  });
});

describe('reading is strict', () => {
  const changed = (from: string | RegExp, to: string) => one.replace(from, () => to);
  test.each<[string, string, string, SessionErrorCode?]>([
    ['an id with a point', changed('"mainDc": 2', '"mainDc": 2.0'), 'accounts[0].mainDc'],
    ['an id with an exponent', changed('"mainDc": 2', '"mainDc": 2e0'), 'accounts[0].mainDc'],
    ['an id with a leading zero', changed('"mainDc": 2', '"mainDc": 02'), 'accounts[0].mainDc'],
    ['an id as text', changed('"mainDc": 2', '"mainDc": "2"'), 'accounts[0].mainDc'],
    ['an id of more than 31 bits', changed('"mainDc": 2', '"mainDc": 2147483648'), 'accounts[0].mainDc'],
    [
      'a number without an end',
      changed('"mainDc": 2', `"mainDc": ${'9'.repeat(100_000)}`),
      'accounts[0].mainDc',
    ],
    ['a hash with a plus', changed('"takeoutId": null', '"takeoutId": "+5"'), 'accounts[0].takeoutId'],
    [
      'a hash of 65 bits',
      changed('"takeoutId": null', '"takeoutId": "9223372036854775808"'),
      'accounts[0].takeoutId',
    ],
    [
      'a host name',
      changed('149.154.167.51', 'venus.web.telegram.org'),
      'accounts[0].session.dcs[0].ipv4Addr',
    ],
    [
      'a key in the other alphabet',
      changed(/tgsk1\/.{20}/, `tgsk1/${'-'.repeat(20)}`),
      'accounts[0].session.dcs[0].telegramAuthKey',
    ],
    [
      'a key of zeros',
      changed(/tgsk1[^"]+/, `tgsk1/${'A'.repeat(342)}==`),
      'accounts[0].session.dcs[0].telegramAuthKey',
    ],
    [
      'an integer beyond 2^53 in extra',
      changed('"extra": {}', '"extra": {"a": 9007199254740993}'),
      'accounts[0].extra.a',
    ],
    ['a name twice in extra', changed('"extra": {}', '"extra": {"a": 1, "a": 1}'), 'accounts[0].extra.a'],
    [
      'extra nested too deeply',
      changed('"extra": {}', `"extra": {"a": ${'['.repeat(99)}${']'.repeat(99)}}`),
      `accounts[0].extra.a${'[0]'.repeat(31)}`,
    ],
    ['a million brackets', changed('"extra": {}', `"extra": {"a": ${'['.repeat(1e6)}`), 'accounts'],
    ['a text with a line break in it', changed('"notes": []', '"notes": ["a\nb"]'), 'accounts[0].notes[0]'],
    [
      'a text with an escape that is none',
      changed('"notes": []', '"notes": ["\\x"]'),
      'accounts[0].notes[0]',
    ],
    ['a comma too much', changed('"notes": []', '"notes": ["a",]'), 'accounts[0].notes[1]'],
    ['an object that is not closed right', changed('"notes": []', '"notes": [}'), 'accounts[0].notes[0]'],
    ['something behind the end', `${one}{}`, 'content'],
    ['the accounts twice', changed('"accounts": [', '"accounts": [], "accounts": ['), 'accounts'],
    ['a field of its own', changed('"version": 1', '"version": 1, "comment": "x"'), 'comment'],
    ['no version', changed('"version": 1,', ''), 'version'],
    ['version 0', changed('"version": 1', '"version": 0'), 'version', 'BAD_VERSION'],
    ['a version as text', changed('"version": 1', '"version": "1"'), 'version'],
    ['another format', changed(NAME, 'other'), 'format', 'UNKNOWN_FORMAT'],
    ['a list', '[]', 'content'],
    ['nothing', '', 'content', 'INVALID_VALUE'],
    ['a data centre twice', full.replace('"id": 4,', '"id": 2,'), 'accounts[0].session.dcs[1].id'],
  ])('%s', async (_, text, field, code = 'INVALID_VALUE') => {
    const error = await failure(() => read({ text }, { from: NAME }), code);
    if (text !== '') expect(error.field).toBe(field);
    expect(error.message.length).toBeLessThan(600);
    // No part of a key.
    for (const [key] of one.matchAll(/tgsk1\/[^"]+/g)) expect(error.message).not.toContain(key.slice(6, 20));
  });

  test('a name that could be a secret is not repeated', async () => {
    const secret = 'Kq7zV2xW9pL4mN8Kq7zV2xW9pL4mN8Kq7zV2xW9pL4mN8';
    const text = one.replace('"apiId"', () => `"${secret}": 1, "apiId"`);
    const error = await failure(() => read({ text }), 'INVALID_VALUE', 'accounts[0].?');
    expect(error.message).not.toContain(secret.slice(0, 8));
  });

  test('a small file that means millions of values is refused, and soon', async () => {
    const start = performance.now();
    const notes = `"notes": [${'"",'.repeat(1_100_000)}""]`;
    const error = await failure(
      () => read({ text: one.replace('"notes": []', () => notes) }),
      'INVALID_VALUE',
    );
    expect(error.message).toMatch(/more than 1000000 values/);
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

describe('writing', () => {
  const refused = (fields: Partial<Snapshot>, field: string) =>
    failure(() => write([{ ...ONE_KEY[0]!, ...fields }], NAME), 'INVALID_VALUE', `accounts[0].${field}`);

  test('what a snapshot cannot be is refused by field', async () => {
    const peer = [...FULL[0]!.peers][0]!;
    await refused({ mainDc: 2 ** 31 }, 'mainDc');
    await refused({ testMode: 1 as never }, 'testMode');
    await refused({ phone: undefined as never }, 'phone');
    await refused({ takeoutId: 2n ** 63n }, 'takeoutId');
    await refused({ takeoutId: 5 as never }, 'takeoutId');
    await refused({ usernames: ['a', null as never] }, 'usernames[1]');
    await refused({ usernames: 'alice' as never }, 'usernames');
    await refused({ peers: [peer, { ...peer, id: 0 }] }, 'peers[1].id');
    await refused({ peers: [{ ...peer, kind: 'bot' as never }] }, 'peers[0].kind');
    await refused({ peers: [{ ...peer, accessHash: 5 as never }] }, 'peers[0].accessHash');
    await refused({ peers: [null as never] }, 'peers[0]');
    await refused({ peers: 5 as never }, 'peers');
    await refused({ peers: { length: 2, [Symbol.iterator]: () => [peer][Symbol.iterator]() } }, 'peers');
    await refused({ extra: { a: { b: [2 ** 53] } } }, 'extra.a.b[0]');
    await refused({ extra: { a: Number.NaN } }, 'extra.a');
    await refused({ extra: { a: 5n as never } }, 'extra.a');
    await refused({ extra: [] as never }, 'extra');
    const circle: Snapshot['extra'] = {};
    circle.again = circle;
    await refused({ extra: circle }, `extra${'.again'.repeat(32)}`);
    await refused(
      { mediaDc: { id: 2, ipv4Addr: '1.2.3:4', ipv6Addr: null, mediaOnly: true } },
      'mediaDc.ipv4Addr',
    );
    await failure(() => write([], NAME), 'CANNOT_HOLD', 'snapshots');
    await failure(() => write(ONE_KEY, NAME, { version: 2 }), 'UNSUPPORTED', 'version');
  });

  test('a session that was changed into something wrong is refused', async () => {
    const session = new Session({ dcs: [{ id: 2, auth: testKey(1) }] });
    session.dcs[0]!.auth = new Uint8Array(255);
    await failure(() => write([snapshotOf(session)], NAME), 'INVALID_VALUE');
  });

  test('a text is as long as can be read again, and no longer', async () => {
    const longest = 'ä'.repeat(4 * 2 ** 20);
    const text = await jsonOf([{ ...ONE_KEY[0]!, extra: { a: longest } }]);
    expect((await read({ text })).snapshots[0]!.extra.a).toBe(longest);
    const longer = [{ ...ONE_KEY[0]!, extra: { a: `${longest}a` } }];
    const error = await failure(() => write(longer, NAME), 'CANNOT_HOLD', 'accounts[0].extra.a');
    expect(error.message).toContain('8388609 bytes');
    const tooLong = text.replace('ä', 'ää');
    await failure(() => read({ text: tooLong }), 'INVALID_VALUE', 'accounts[0].extra.a');
    const all = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [i, 'a'.repeat(4 * 2 ** 20)]));
    await failure(() => write([{ ...ONE_KEY[0]!, extra: all }], NAME), 'CANNOT_HOLD');
  });

  test('what is undefined in extra is left out, as JSON does', async () => {
    const text = await jsonOf([{ ...ONE_KEY[0]!, extra: { a: undefined as never, b: 1 } }]);
    expect((await read({ text })).snapshots[0]!.extra).toEqual({ b: 1 });
  });

  test('the name __proto__ is a name like others', async () => {
    const extra = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}');
    const text = await jsonOf([{ ...ONE_KEY[0]!, extra }]);
    const again = (await read({ text })).snapshots[0]!.extra;
    expect(Object.keys(again)).toEqual(['__proto__', 'constructor']);
    expect(JSON.stringify(again)).toBe(JSON.stringify(extra));
  });
});

describe.each([NAME, 'tgsession-string'])('many peers in %s', (format) => {
  const COUNT = 100_000;
  const peers = {
    length: COUNT,
    *[Symbol.iterator](): Generator<Peer> {
      for (let i = 1; i <= COUNT; i++) {
        yield {
          kind: 'user',
          id: i,
          accessHash: BigInt(i) << 40n,
          usernames: [`u${i}`],
          phone: null,
          name: `N ${i}`,
          seen: i,
        };
      }
    },
  };

  test('come one by one, and are kept as they stand in the file', async () => {
    const { files } = await write([{ ...ONE_KEY[0]!, peers }], format);
    const { snapshots } = await read({ bytes: files.get('')! });
    const again = snapshots[0]!.peers;
    expect(again).toHaveLength(COUNT);
    expect(Array.isArray(again)).toBe(false);
    const other = peers[Symbol.iterator]();
    for (const peer of again)
      expect(JSON.stringify(peer, bigintText)).toBe(JSON.stringify(other.next().value, bigintText));
    // Whatever happens to the bytes that were read, and if someone stops in the middle.
    files.get('')!.fill(0);
    for (const peer of again) {
      expect(peer.id).toBe(1);
      break;
    }
    expect([...again].length).toBe(COUNT);
  });
});

const bigintText = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

test('what merely speaks of the format is not taken for it', async () => {
  for (const text of [
    '"format": "tgsession-json"',
    '{"a": "\\"format\\": \\"tgsession-json\\""}',
    '{"format": "tgsession"}',
  ]) {
    expect(await detect({ text })).toEqual([]);
  }
});

describe('a file, which is read piece by piece,', () => {
  const PIECE = 256 * 1024;
  const folder = emptyFolder();
  afterAll(folder.remove);
  const path = join(folder.path, 'session.json');
  /** What a file with this content gives, and what the same bytes do. */
  const both = async (text: string) => {
    writeFileSync(path, text);
    const results = [{ path }, { bytes: new TextEncoder().encode(text), name: path }].map((source) =>
      read(source, { from: NAME }).then(
        ({ snapshots }) => snapshots.map(plainSnapshot),
        ({ code, message }) => ({ code, message }),
      ),
    );
    return Promise.all(results);
  };

  test('is what it is as a whole, whatever stands where a piece ends', async () => {
    // Any byte of the file is the first of a piece once; the accounts stand first, so that both passes meet the end.
    const text =
      full.replace(/"format": "tgsession-json",\s*"version": 1,/, '').replace(/\}\s*$/, '') +
      ', "format": "tgsession-json", "version": 1}';
    for (let before = 0; before < text.length; before += 5) {
      const [file, whole] = await both(' '.repeat(PIECE - before) + text);
      expect(file).toStrictEqual(whole);
      expect(file).toHaveLength(FULL.length);
    }
  });

  test('may hold texts that are longer than a piece, and no longer ones than any', async () => {
    for (const length of [PIECE - 1, PIECE, 3 * PIECE, 8 * 1024 * 1024]) {
      for (const unit of ['x', '\\"', '\\u00e9']) {
        const note = unit.repeat(Math.floor(length / unit.length));
        const [file, whole] = await both(one.replace('"notes": []', () => `"notes": ["${note}"]`));
        expect(file).toStrictEqual(whole);
        expect(file).toHaveLength(1);
      }
    }
    const long = one.replace('"notes": []', () => `"notes": ["${'x'.repeat(8 * 1024 * 1024 + 1)}"]`);
    const [file, whole] = await both(long);
    expect(file).toStrictEqual(whole);
    expect(file).toMatchObject({
      code: 'INVALID_VALUE',
      message: expect.stringMatching(/at most 8388608 bytes/),
    });
  });

  test('is refused with the same words where it is cut off or damaged', async () => {
    const text = ' '.repeat(PIECE - 400) + full;
    for (let end = PIECE - 390; end < text.length - 2; end += 97) {
      const [cut, wholeCut] = await both(text.slice(0, end));
      expect(cut).toStrictEqual(wholeCut);
      expect(cut).toHaveProperty('code');
      const [spoilt, wholeSpoilt] = await both(`${text.slice(0, end)}\\${text.slice(end + 1)}`);
      expect(spoilt).toStrictEqual(wholeSpoilt);
    }
  });

  test('gives peers that can be gone through when the file is gone', async () => {
    writeFileSync(path, full);
    const { snapshots } = await read({ path });
    rmSync(path);
    expect(snapshots.map(plainSnapshot)).toStrictEqual(FULL.map(plainSnapshot));
    expect(snapshots.map(plainSnapshot)).toStrictEqual(FULL.map(plainSnapshot));
  });
});
