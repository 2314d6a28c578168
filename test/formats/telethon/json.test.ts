/** JSON files of Telethon 0.11 to 0.15: large integers are not rounded, and the data centre is found by its address. */

import { expect, test } from 'vitest';
import { parseBigJson } from '../../../src/formats/big-json.ts';
import { read } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { fixture } from '../../support/telethon-fixtures.ts';

const KEY = Buffer.alloc(256, 7).toString('base64');
const file = (changes: string) =>
  `{"port": 443, "server_address": "149.154.167.51", "auth_key_data": "${KEY}"${changes === '' ? '' : `, ${changes}`}}`;

test('a salt and an id beyond 2^53 come through to the last digit', async () => {
  const { snapshots } = await read({ bytes: fixture('json-0.11.session') });
  expect(snapshots[0]!.extra).toMatchObject({ id: '3863829063581892884', salt: '1240804386010788518' });
});

test('access hashes come through to the last digit, as peers', async () => {
  const entities =
    '"entities": [[5, -9223372036854775808], [-6, null], [-1000000000007, 9223372036854775807]]';
  const { snapshots } = await read({ text: file(entities) });
  expect(snapshots[0]!.peers).toMatchObject([
    { kind: 'user', id: 5, accessHash: -(2n ** 63n) },
    { kind: 'chat', id: 6, accessHash: null },
    { kind: 'channel', id: 7, accessHash: 2n ** 63n - 1n },
  ]);
});

test('the data centre is found by the address, and that is noted', async () => {
  for (const [address, id, testMode] of [
    ['91.108.56.165', 5, false],
    ['149.154.167.40', 2, true],
    ['2001:067c:04e8:f004:0000:0000:0000:000a', 4, false],
  ]) {
    const text = file('').replace('149.154.167.51', String(address));
    const { snapshots } = await read({ text });
    expect(snapshots[0]).toMatchObject({ mainDc: id, testMode });
    expect(snapshots[0]!.notes.join()).toMatch(/found by its address/);
  }
});

test.each([
  ['server_address', file('').replace('149.154.167.51', '8.8.8.8')],
  ['server_address', file('').replace('149.154.167.51', 'example.org')],
  ['port', file('').replace('443', '0')],
  ['port', file('').replace('443', '4.5')],
  ['auth_key_data', file('').replace(KEY, KEY.slice(4))],
  ['auth_key_data', file('').replace(KEY, `${KEY.slice(0, -4)}!!==`)],
  ['auth_key_data', file('').replace(`"${KEY}"`, '5')],
  ['entities', file('"entities": 5')],
  ['entities[0]', file('"entities": [[1]]')],
  ['entities[0][0]', file('"entities": [[9007199254740993, 1]]')],
  ['entities[0][1]', file('"entities": [[1, 9223372036854775808]]')],
])('%s is checked', async (field, text) => {
  await failure(() => read({ text }, { from: 'telethon-json' }), 'INVALID_VALUE', field);
});

test('what is no JSON is refused without showing any of it', async () => {
  const error = await failure(() => read({ text: file('').slice(0, -1) }), 'INVALID_VALUE');
  expect(error.message).not.toContain('Bwc');
  expect(error.cause).toBeUndefined();
  await failure(() => read({ text: '['.repeat(100_000) }, { from: 'telethon-json' }), 'INVALID_VALUE');
  await failure(() => read({ text: file(`"salt": ${'9'.repeat(10_000_000)}`) }), 'INVALID_VALUE');
  await failure(() => read({ text: file(`"salt": "${'\\\\n'.repeat(8_000_000)}"`) }), 'INVALID_VALUE');
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  await failure(() => read({ text: deep }, { from: 'telethon-json' }), 'INVALID_VALUE');
});

test('a key of JSON named like a prototype does no harm', async () => {
  const { snapshots } = await read({ text: file('"__proto__": {"port": 1}') });
  expect(snapshots[0]!.extra.port).toBe(443);
  expect(({} as Record<string, unknown>).port).toBeUndefined();
});

test('only integers that a number cannot hold become bigint, and digits in strings stay text', () => {
  expect(parseBigJson('[1, 9007199254740991, 9007199254740993, 1e400, 0.1234567890123456]', 'x')).toEqual([
    1,
    9007199254740991,
    9007199254740993n,
    Number.POSITIVE_INFINITY,
    0.1234567890123456,
  ]);
  expect(
    parseBigJson('{"12345678901234567890": "12345678901234567890 \\" 12345678901234567890"}', 'x'),
  ).toEqual({
    '12345678901234567890': '12345678901234567890 " 12345678901234567890',
  });
});
