/** Hostile folders end in sessions or in a SessionError, and soon: at every layer, as sums and keys keep nobody out. */

import { describe, expect, test } from 'vitest';
import { type ReadOptions, read } from '../../../src/formats/index.ts';
import { readFrame, writeFrame } from '../../../src/formats/tdata/frame.ts';
import { encryptLocal } from '../../../src/formats/tdata/local-encryption.ts';
import { byteArray, int32, joined } from '../../../src/formats/tdata/qt.ts';
import { DataCenter } from '../../../src/session.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fuzz, fuzzRuns, mutate, randomFrom } from '../../support/mutate.ts';
import { testKey } from '../../support/sessions.ts';
import { blocks, encryptedFile, folderOf, H, LOCAL_KEY } from '../../support/tdata.ts';

const family = new Family('tdata');
const LIMIT_MS = 1000;

/** Reads a folder. A key of the wrong length, or one account twice, is never taken. */
async function readChecked(files: ReadonlyMap<string, Uint8Array>, options: ReadOptions = { from: 'tdata' }) {
  const { snapshots } = await read({ files }, options);
  for (const { session, keysToDestroy } of snapshots) {
    for (const { auth } of [...session.dcs, ...keysToDestroy]) {
      if (auth?.length !== 256) throw new Error('a key of another length');
    }
  }
  const indexes = snapshots.map(({ account }) => account!.index);
  if (new Set(indexes).size !== indexes.length) throw new Error('an account twice');
}

const folders = [
  'own-config-test',
  'own-six-accounts-gaps',
  'own-legacy-map',
  'own-legacy32-user',
  'own-s-beats-0',
  'mtcute-two-accounts',
].map((folder) => family.files(folder));

describe('mutants', () => {
  test.each([
    ['as they are', (bytes: Uint8Array) => bytes],
    // The content alone, under a sum that is right.
    ['under a right sum', (bytes: Uint8Array) => writeFrame(bytes)],
  ])('of every file of a folder, %s', async (how, rewrap) => {
    const options = { runs: fuzzRuns(1500), seed: 21, limitMs: LIMIT_MS };
    // The bytes fuzzed are the seed of which file to spoil.
    const result = await fuzz([new Uint8Array(8)], options, async (bytes) => {
      const random = randomFrom(bytes.reduce((sum, byte, i) => sum + byte * (i + 1), bytes.length));
      const folder = new Map(folders[Math.floor(random() * folders.length)]!);
      const names = [...folder.keys()].filter((name) => !name.endsWith('README'));
      const name = names[Math.floor(random() * names.length)]!;
      const content = how === 'as they are' ? folder.get(name)! : readFrame(name, folder.get(name)!).data;
      folder.set(name, rewrap(mutate(content, random)));
      await readChecked(folder);
    });
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
  });

  const key = (id: number) => new DataCenter({ id, auth: testKey(id) });
  const account = blocks(7, 2, key(2), key(4));
  const legacy = joined(int32(1, 7, 4), int32(0, 2), testKey(2), int32(0, 4), testKey(4), int32(8, 1));
  const option = (id: number) =>
    joined(int32(id, 16, 443), byteArray(new TextEncoder().encode('10.0.0.1')), int32(0));
  const config = byteArray(
    joined(
      int32(1, 1),
      byteArray(
        joined(int32(-2, 2), option(2), option(4), int32(1, 203, 1), Uint8Array.of(7, 0, 0, 0, 1, 3)),
      ),
    ),
  );
  const list = int32(2, 0, 4, 4);

  test.each<[string, Uint8Array, (mutant: Uint8Array) => Promise<Map<string, Uint8Array>>]>([
    ['an account', account, (mutant) => folderOf(mutant)],
    ['an account of old', legacy, (mutant) => folderOf(mutant)],
    ['a config', config, (mutant) => folderOf(account, { [`${H}/configs`]: encryptedFile(mutant) })],
    [
      'the list of accounts',
      list,
      async (mutant) => {
        const files = await folderOf(account);
        const { data } = readFrame('key_datas', files.get('key_datas')!);
        const head = data.slice(0, 4 + 32 + 4 + 288);
        return files.set('key_datas', writeFrame(joined(head, byteArray(encryptLocal(mutant, LOCAL_KEY)))));
      },
    ],
  ])('of %s, under the right encryption', async (_, plain, wrap) => {
    const options = { runs: fuzzRuns(1000), seed: 31, limitMs: LIMIT_MS };
    await readChecked(await wrap(plain));
    const result = await fuzz([plain], options, async (mutant) => readChecked(await wrap(mutant)));
    expect(result.read).toBeGreaterThan(0);
    if (plain !== config) expect(result.refused).toBeGreaterThan(0);
  });

  test('of folders, as whatever they seem to be', async () => {
    const options = { runs: fuzzRuns(500), seed: 41, limitMs: LIMIT_MS };
    const inputs = [family.bytes('own-config-test/key_datas')];
    await fuzz(inputs, options, (bytes) =>
      readChecked(new Map([...family.files('own-config-test'), ['key_datas', bytes]]), {}),
    );
  });
});
