import { describe, test } from 'vitest';
import { LeasedSessions } from '../../src/stores/leased-sessions.ts';
import { MemoryBackend } from '../../src/stores/memory/memory-backend.ts';
import { storeConformance } from '../../src/testing/index.ts';

describe('stores that share a memory, as processes share a database, are one store', () => {
  const cases = storeConformance({
    open() {
      const backend = new MemoryBackend();
      const store = () => new LeasedSessions(backend);
      return { store, openSecond: store, hold: true, claims: true, leases: true };
    },
  });
  for (const { name, run } of cases) test(name, run);
});
