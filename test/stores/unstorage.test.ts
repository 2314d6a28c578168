import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { createStorage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import memoryDriver from 'unstorage/drivers/memory';
import { describe, expect, test } from 'vitest';
import { checkName } from '../../src/stores/names.ts';
import { UnstorageSessions } from '../../src/stores/unstorage/index.ts';
import { fromKey, toKey } from '../../src/stores/unstorage/items.ts';
import {
  SAMPLE_KEY_MARK,
  sampleKey,
  sampleSession,
  storageConformance,
  storeConformance,
} from '../../src/testing/index.ts';
import { failure } from '../support/errors.ts';
import { emptyFolder, temporaryFolder } from '../support/folder.ts';

const DRIVERS = {
  memory: () => ({ storage: createStorage({ driver: memoryDriver() }), cleanup: () => {} }),
  fs: () => {
    const { path, remove } = emptyFolder();
    return { storage: createStorage({ driver: fsDriver({ base: path }) }), cleanup: remove };
  },
};

for (const [driver, make] of Object.entries(DRIVERS)) {
  describe(`UnstorageSessions with the driver ${driver} is a store`, () => {
    const cases = storeConformance({
      sessions: 12,
      open() {
        const { storage, cleanup } = make();
        const store = () => new UnstorageSessions(storage, { shared: true });
        return { store, openSecond: store, cleanup };
      },
    });
    for (const { name, run } of cases) test(name, run);
  });

  describe(`a session of UnstorageSessions with the driver ${driver} is a storage`, () => {
    const cases = storageConformance({
      channels: 500,
      steps: 40,
      open() {
        const { storage, cleanup } = make();
        let broken = false;
        const faulty = {
          getItem: (key: string) => storage.getItem(key),
          getKeys: (base?: string) => storage.getKeys(base),
          removeItem: (key: string) => storage.removeItem(key),
          async setItem(key: string, value: string) {
            if (broken) throw new Error(value);
            await storage.setItem(key, value);
          },
        };
        return {
          storage: () => new UnstorageSessions(faulty, { shared: true }).session('alice'),
          persistent: true,
          failSaves(on) {
            broken = on;
          },
          cleanup,
        };
      },
    });
    for (const { name, run } of cases) test(name, run);
  });
}

describe('UnstorageSessions', () => {
  test('is refused unless it is said that nothing keeps two users apart', async () => {
    const { storage } = DRIVERS.memory();
    const error = await failure(() => new UnstorageSessions(storage, {} as { shared: true }), 'UNSUPPORTED');
    expect(error.message).toContain('shared: true');
    await failure(() => new UnstorageSessions(storage, undefined as never), 'UNSUPPORTED');
  });

  test('a write that is cut off leaves the session saved before', async () => {
    const folder = temporaryFolder();
    const storage = createStorage({ driver: fsDriver({ base: folder }) });
    const store = new UnstorageSessions(storage, { shared: true });
    const alice = store.session('alice');
    await alice.load();
    for (const channels of [1, 2, 3]) {
      await alice.save(sampleSession(1, channels));
      // The next write, as a kill leaves it: each slot cut anywhere in turn.
      const files = readdirSync(join(folder, 'tgsession/sessions/alice')).sort();
      const slot = String((channels + 1) % 2);
      const path = join(folder, 'tgsession/sessions/alice', slot);
      const whole = files.includes(slot) ? readFileSync(path, 'utf8') : '{"save":9,"savedAt":1,"value":"{}"}';
      for (const length of [0, 1, whole.length >> 1, whole.length - 1]) {
        writeFileSync(path, whole.slice(0, length));
        expect((await store.session('alice').load())?.equals(sampleSession(1, channels))).toBe(true);
      }
    }
  });

  test('what stands under a key and is no session is DAMAGED, without a byte of it', async () => {
    const { storage } = DRIVERS.memory();
    const warnings: string[] = [];
    const logger = { warn: (message: string) => warnings.push(message) };
    const store = new UnstorageSessions(storage, { shared: true, logger });
    const whole = `{"save":1,"savedAt":1,"value":"{\\"dcs\\":[{\\"auth\\":\\"${SAMPLE_KEY_MARK}`;
    for (const text of [whole, '[]', 'text', '7', '{"save":0}', '{"save":1,"savedAt":-1}']) {
      await storage.setItem('tgsession:sessions:alice:0', text);
      const error = await failure(() => store.session('alice').load(), 'DAMAGED');
      expect(error.message).not.toContain(SAMPLE_KEY_MARK);
      await failure(() => store.info('alice'), 'DAMAGED');
      expect(await store.list()).toEqual([]);
    }
    expect(warnings).toHaveLength(6);
  });

  test('after a logout no slot has the old key', async () => {
    const { storage } = DRIVERS.memory();
    const alice = new UnstorageSessions(storage, { shared: true }).session('alice');
    const texts = async () =>
      JSON.stringify(await Promise.all((await storage.getKeys()).map((key) => storage.getItem(key))));
    const hex = Buffer.from(sampleKey(2)).toString('hex');
    await alice.save(sampleSession(1));
    await alice.save(sampleSession(1, 5));
    expect(await texts()).toContain(hex);
    await alice.save(sampleSession(7));
    expect(await texts()).not.toContain(hex);
  });

  test('errors of the driver become IO, and nothing of what was to be written is in them', async () => {
    const { storage } = DRIVERS.memory();
    const store = new UnstorageSessions(
      Object.assign(Object.create(storage), {
        setItem: async (_key: string, value: string) => {
          throw Object.assign(new Error(value), { code: 'ECONNRESET' });
        },
      }),
      { shared: true },
    );
    const error = await failure(() => store.session('alice').save(sampleSession(1)), 'IO');
    expect(error.message).toContain('ECONNRESET');
    expect(error.cause).toBeUndefined();
  });

  test('names become keys that no file system mixes up, and come back', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_+@=Äßжア][A-Za-z0-9._+@=Äßжア-]{0,40}$/);
    fc.assert(
      fc.property(name, (text) => {
        const checked = checkName(text);
        expect(fromKey(toKey(checked))).toBe(checked);
        expect(toKey(checked).toLowerCase()).toBe(toKey(checked));
        expect(toKey(checked)).not.toMatch(/[.:/?\\]/);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const found = fromKey(text);
        expect(found === null || toKey(found) === text).toBe(true);
      }),
    );
  });
});
