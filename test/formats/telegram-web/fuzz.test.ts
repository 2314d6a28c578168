/** Hostile dumps of Telegram Web end in sessions or in a SessionError, and soon. */

import { expect, test } from 'vitest';
import { read } from '../../../src/formats/index.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fuzz, fuzzRuns, mutate, randomFrom } from '../../support/mutate.ts';

const family = new Family('telegram-web');
const inputs = family.fixtures.map(({ file }) => family.bytes(file));

/** A key of the wrong length is never taken. */
async function readChecked(bytes: Uint8Array, from?: string) {
  const { snapshots } = await read({ bytes }, from === undefined ? {} : { from });
  for (const { session } of snapshots) {
    for (const { auth } of session.dcs) if (auth !== null) expect(auth).toHaveLength(256);
  }
}

test.each(['telegram-web-a-localstorage', 'telegram-web-k-localstorage', undefined])(
  'mutants as %s',
  async (from) => {
    const options = { runs: fuzzRuns(4000), seed: 500, limitMs: 1000 };
    const result = await fuzz(inputs, options, (bytes) => readChecked(bytes, from));
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
  },
);

test('dumps that are sound, with items that are not', async () => {
  const dumps = inputs.flatMap((bytes) => {
    const text = Buffer.from(bytes).toString();
    return text.endsWith('}\n') || text.endsWith('}') ? [JSON.parse(text) as Record<string, string>] : [];
  });
  const options = { runs: fuzzRuns(4000), seed: 600, limitMs: 1000 };
  // The bytes fuzzed are the seed of which item to spoil.
  const result = await fuzz([new Uint8Array(8)], options, async (bytes) => {
    const random = randomFrom(bytes.reduce((sum, byte, i) => sum + byte * (i + 1), bytes.length));
    const items = { ...dumps[Math.floor(random() * dumps.length)]! };
    const names = Object.keys(items);
    const name = names[Math.floor(random() * names.length)] ?? 'account1';
    const value = mutate(new TextEncoder().encode(items[name] ?? 'x'), random);
    items[name] = Buffer.from(value).toString('latin1');
    await readChecked(new TextEncoder().encode(JSON.stringify(items)));
  });
  expect(result.read).toBeGreaterThan(0);
  expect(result.refused).toBeGreaterThan(0);
});
