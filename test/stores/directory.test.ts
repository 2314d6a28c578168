import { join } from 'node:path';
import { describe, test } from 'vitest';
import { DirectorySessions } from '../../src/stores/directory/index.ts';
import { storageConformance, storeConformance } from '../../src/testing/index.ts';
import { emptyFolder } from '../support/folder.ts';

describe('DirectorySessions is a store', () => {
  const cases = storeConformance({
    sessions: 12,
    open() {
      const { path, remove } = emptyFolder();
      const store = () => new DirectorySessions(join(path, 'sessions'));
      return { store, openSecond: store, hold: true, claims: true, cleanup: remove };
    },
  });
  for (const { name, run } of cases) test(name, run);
});

describe('a session of DirectorySessions is a storage', () => {
  const cases = storageConformance({
    channels: 500,
    steps: 60,
    open() {
      const { path, remove } = emptyFolder();
      const store = new DirectorySessions(path);
      return {
        storage: () => store.session('alice'),
        persistent: true,
        hold: true,
        peers: true,
        cleanup: remove,
      };
    },
  });
  for (const { name, run } of cases) test(name, run);
});
