/** Hostile strings, folders and dumps of MTKruto end in a session or in a SessionError, and soon. */

import { describe, expect, test } from 'vitest';
import { parseMtkrutoString, read } from '../../../src/formats/index.ts';
import type { Source } from '../../../src/formats/input.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fuzz, fuzzRuns, mutate, randomFrom } from '../../support/mutate.ts';

const family = new Family('mtkruto');
const strings = family.fixtures
  .filter(({ file }) => file.endsWith('.txt') && !file.startsWith('peer-'))
  .map(({ file }) => family.bytes(file));

/** A key of the wrong length is never taken. */
async function readChecked(source: Source, from?: string) {
  const { snapshots } = await read(source, from === undefined ? {} : { from });
  for (const { session } of snapshots) {
    for (const { auth } of session.dcs) if (auth !== null) expect(auth).toHaveLength(256);
  }
}

describe('mutants of real sessions', () => {
  test('as strings, told so or not', async () => {
    const options = { runs: fuzzRuns(4000), seed: 100, limitMs: 1000 };
    const result = await fuzz(strings, options, (bytes) => readChecked({ bytes }, 'mtkruto-string'));
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
    await fuzz(strings, options, (bytes) => readChecked({ bytes }));
    await fuzz(strings, options, (bytes) => parseMtkrutoString(Buffer.from(bytes).toString('latin1')));
  });

  test('as strings whose bytes before the coding are spoiled', async () => {
    const decoded = strings.map(
      (bytes) => new Uint8Array(Buffer.from(Buffer.from(bytes).toString('latin1'), 'base64url')),
    );
    const options = { runs: fuzzRuns(4000), seed: 200, limitMs: 1000 };
    const result = await fuzz(decoded, options, (bytes) =>
      readChecked({ text: Buffer.from(bytes).toString('base64url') }, 'mtkruto-string'),
    );
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
  });

  test('as dumps', async () => {
    const options = { runs: fuzzRuns(3000), seed: 300, limitMs: 1000 };
    const inputs = [family.bytes('browser-localstorage.json')];
    const from = 'mtkruto-localstorage-dump';
    const result = await fuzz(inputs, options, (bytes) => readChecked({ bytes }, from));
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
    await fuzz(inputs, options, (bytes) => readChecked({ bytes }));
  });

  test('as folders, one item of which is spoiled', async () => {
    const files = family.files('node-localstorage');
    const names = [...files.keys()];
    // The bytes fuzzed are the seed of which item to spoil.
    const options = { runs: fuzzRuns(3000), seed: 400, limitMs: 1000 };
    const result = await fuzz([new Uint8Array(8)], options, async (bytes) => {
      const random = randomFrom(bytes.reduce((sum, byte, i) => sum + byte * (i + 1), bytes.length));
      const name = names[Math.floor(random() * names.length)]!;
      const spoiled = new Map(files).set(name, mutate(files.get(name)!, random));
      await readChecked({ files: spoiled }, 'mtkruto-node-localstorage');
    });
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
  });
});
