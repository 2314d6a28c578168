import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // @mtcute/test is published for browsers: here is the other half of it, for Node.js.
    alias: { './platform.web.js': join(import.meta.dirname, 'test/support/mtcute-platform.ts') },
  },
  test: {
    include: ['test/**/*.test.ts'],
    server: { deps: { inline: ['@mtcute/test'] } },
    // Proofs by kill and by strace take their time; no timing decides a test.
    testTimeout: 1_800_000,
    hookTimeout: 60_000,
    pool: 'forks',
  },
});
