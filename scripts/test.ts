/** `npm test [-- files]`: runs the tests, and then looks for bytes of keys in everything that they printed. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { keysOfTests, printedKeys } from '../test/support/printed-keys.ts';

const root = join(import.meta.dirname, '..');
const vitest = spawn(join(root, 'node_modules/.bin/vitest'), ['run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'pipe'],
  env: { FORCE_COLOR: process.stdout.isTTY ? '1' : '0', ...process.env },
});
let printed = '';
for (const [stream, target] of [
  [vitest.stdout, process.stdout],
  [vitest.stderr, process.stderr],
] as const) {
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    printed += text;
    target.write(text);
  });
}
const [code] = await once(vitest, 'close');

const keys = await keysOfTests();
const leaks = printedKeys(printed, keys);
for (const leak of leaks) console.error(`The tests printed bytes of a key: ${leak}`);
console.log(
  `${printed.length} characters of output hold no byte of ${keys.length} keys: ${leaks.length === 0 ? 'yes' : 'NO'}`,
);
process.exitCode = leaks.length > 0 ? 1 : (code ?? 1);
