/** The runtimes that the built package runs on here. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

export const root = join(import.meta.dirname, '../..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);

// OLDEST_NODE is the path of a Node.js 22.13, which .ci/run installs.
export const RUNTIMES: [name: string, command: string[] | null][] = [
  ['Node.js of the tests', [process.execPath]],
  ['Node.js 22.13', process.env.OLDEST_NODE ? [process.env.OLDEST_NODE] : null],
  ['Bun', existsSync(bin('bun')) ? [bin('bun')] : null],
  ['Deno', existsSync(bin('deno')) ? [bin('deno'), 'run', '-A'] : null],
];

/** Runs a script, which says at its end that all of it holds, on each of them. */
export function testOnRuntimes(title: string, script: string): void {
  for (const [name, command] of RUNTIMES) {
    test.skipIf(command === null)(`${title} on ${name}`, () => {
      const [file, ...args] = command!;
      const { status, stdout, stderr } = spawnSync(file!, [...args, script], { cwd: root, encoding: 'utf8' });
      expect(stdout + stderr).toContain('All of it holds.');
      expect(status).toBe(0);
    });
  }
}
