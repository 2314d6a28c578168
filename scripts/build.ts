/** Builds dist/: plain tsc, then each library in src/vendor/ is bundled into the one file that imports it. */

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});

const vendor = join(dist, 'vendor');
for (const name of readdirSync(vendor).filter((file) => file.endsWith('.js'))) {
  const file = join(vendor, name);
  const bundle = await rolldown({ input: file, treeshake: true });
  await bundle.write({ file: `${file}.tmp`, format: 'esm' });
  await bundle.close();
  renameSync(`${file}.tmp`, file);
}

const main = join(dist, 'cli/main.js');
if (existsSync(main)) chmodSync(main, 0o755);
