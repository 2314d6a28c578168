import { describe } from 'vitest';
import { MemoryBackend } from '../../src/stores/memory/memory-backend.ts';
import { backendSuite } from '../support/backend-suite.ts';

describe('a backend in memory', () =>
  backendSuite(async () => {
    const backend = new MemoryBackend();
    return { open: () => backend, remove: async () => {} };
  }));
