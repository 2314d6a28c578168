/** `npm run fuzz [-- N]`: the tests with broken files, with 1,000,000 runs for each reader or as many as asked for. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const { status } = spawnSync(join(root, 'node_modules/.bin/vitest'), ['run', 'fuzz', '--testTimeout=0'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, FUZZ_RUNS: process.argv[2] ?? '1000000' },
});
process.exitCode = status ?? 1;
