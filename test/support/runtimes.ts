/** The runtimes that the built package runs on here. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);

// OLDEST_NODE is the path of a Node.js 22.13, which .ci/run installs.
export const RUNTIMES: [name: string, command: string[] | null][] = [
  ['Node.js of the tests', [process.execPath]],
  ['Node.js 22.13', process.env.OLDEST_NODE ? [process.env.OLDEST_NODE] : null],
  ['Bun', existsSync(bin('bun')) ? [bin('bun')] : null],
  ['Deno', existsSync(bin('deno')) ? [bin('deno'), 'run', '-A'] : null],
];
