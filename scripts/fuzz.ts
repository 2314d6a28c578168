/**
 * `npm run fuzz [-- N [name…]]`: the tests with broken files, with 1,000,000 runs for each reader or as many as asked for;
 * only those files of tests whose paths have one of the names, if any are given.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const [runs = '1000000', ...names] = process.argv.slice(2);
// Every file of tests that takes the number of runs from here, whatever it is called.
const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => join('test', file))
  .filter((file) => readFileSync(join(root, file), 'utf8').includes('fuzzRuns('))
  .filter((file) => names.length === 0 || names.some((name) => file.includes(name)));
if (files.length === 0) throw new Error(`No file of tests is called like ${names.join(', ')}.`);
const { status } = spawnSync(join(root, 'node_modules/.bin/vitest'), ['run', ...files, '--testTimeout=0'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, FUZZ_RUNS: runs },
});
process.exitCode = status ?? 1;
