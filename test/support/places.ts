/** Storages that can be opened again, as after a restart. */

import { join } from 'node:path';
import type { Storage } from '../../src/index.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { temporaryFolder } from './folder.ts';
import { MemorySession } from './memory-session.ts';

/** A storage, and the same place after a restart. */
export const places: [name: string, make: () => () => Storage][] = [
  [
    'MemorySession',
    () => {
      const storage = new MemorySession();
      return () => storage;
    },
  ],
  [
    'SqliteSession',
    () => {
      const path = join(temporaryFolder(), 'a');
      return () => new SqliteSession(path);
    },
  ],
];
