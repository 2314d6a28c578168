/** The suites that mtcute has for the authors of storages, run on ours. */

import { join } from 'node:path';
import { LogManager } from '@mtcute/core/utils.js';
import {
  defaultPlatform,
  testAuthKeysRepository,
  testKeyValueRepository,
  testPeersRepository,
  testRefMessagesRepository,
} from '@mtcute/test';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type MtcuteStorage, mtcuteStorage } from '../../../src/clients/mtcute.ts';
import type { Storage } from '../../../src/index.ts';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { sampleSession } from '../../../src/testing/index.ts';
import { emptyFolder } from '../../support/folder.ts';
import { MemorySession } from '../../support/memory-session.ts';
import { SlowStorage } from '../../support/slow-storage.ts';

const folder = emptyFolder();
afterAll(folder.remove);

let count = 0;
const storages: [string, () => Storage][] = [
  ['MemorySession', () => new MemorySession()],
  ['a storage of three methods', () => new SlowStorage(null, { aside: false })],
  ['SqliteSession', () => new SqliteSession(join(folder.path, `suite-${count++}`))],
];

type Part = 'driver' | 'kv' | 'authKeys' | 'peers' | 'refMessages';

/** The suites are given their parts before there can be a storage. */
function later<K extends Part>(part: () => MtcuteStorage[K]): MtcuteStorage[K] {
  const get = (_: object, method: PropertyKey) => {
    const object = part() as never as Record<PropertyKey, (...args: unknown[]) => unknown>;
    return object[method]!.bind(object);
  };
  return new Proxy({}, { get }) as MtcuteStorage[K];
}

describe.each(storages)('mtcuteStorage() on %s', (_, make) => {
  const suites: [string, (part: <K extends Part>(name: K) => MtcuteStorage[K]) => void][] = [
    ['keys', (part) => testAuthKeysRepository(part('authKeys'))],
    ['values', (part) => testKeyValueRepository(part('kv'), part('driver'))],
    ['peers', (part) => testPeersRepository(part('peers'), part('driver'))],
    ['references', (part) => testRefMessagesRepository(part('refMessages'), part('driver'))],
  ];

  describe.each(suites)('%s', (name, suite) => {
    const errors: unknown[] = [];
    const storage = make();
    let made: MtcuteStorage;

    beforeAll(async () => {
      // Peers belong to a login; keys are best tested where there are none.
      if (name !== 'keys') await storage.save(sampleSession(1));
      made = mtcuteStorage(storage, { onError: (error) => errors.push(error) });
      made.driver.setup(new LogManager(undefined, defaultPlatform as never), defaultPlatform);
      await made.driver.load();
    });

    suite((part) => later(() => made[part]));

    afterAll(async () => {
      if (name === 'peers') expect(await storage.peers?.count()).not.toBe(0);
      await made.driver.destroy();
      // A storage that keeps nothing aside says so when the suite takes a key from it.
      expect(errors.filter((error) => (error as { code?: string }).code !== 'CANNOT_HOLD')).toEqual([]);
    });
  });
});
