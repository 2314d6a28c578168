import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);

// OLDEST_NODE is the path of a Node.js 22.13, which .ci/run installs.
const RUNTIMES: [name: string, command: string[] | null][] = [
  ['Node.js of the tests', [process.execPath]],
  ['Node.js 22.13', process.env.OLDEST_NODE ? [process.env.OLDEST_NODE] : null],
  ['Bun', existsSync(bin('bun')) ? [bin('bun')] : null],
  ['Deno', existsSync(bin('deno')) ? [bin('deno'), 'run', '-A'] : null],
];

for (const [name, command] of RUNTIMES) {
  test.skipIf(command === null)(`the built package does its main job on ${name}`, () => {
    const [file, ...args] = command!;
    const { status, stdout, stderr } = spawnSync(file!, [...args, 'examples/first-session.mjs'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stdout + stderr).toContain('All of it holds.');
    expect(status).toBe(0);
  });
}

test('in CI no runtime is left out', () => {
  if (process.env.CI) expect(RUNTIMES.filter(([, command]) => command === null)).toEqual([]);
});
