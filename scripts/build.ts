/**
 * Builds dist/: tsc checks and writes the types, rolldown writes one file of JavaScript for each entry, with what they
 * share in chunks. As fifty modules they would cost a program 20 ms at its start; and the library in src/vendor/ has to
 * be bundled anyway, because nothing is installed beside the package.
 */

import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = [
  'index',
  'aside',
  'peers/index',
  'sqlite/index',
  'stores/index',
  'stores/directory/index',
  'stores/unstorage/index',
  'stores/redis/index',
  'stores/postgres/index',
  'formats/index',
  'clients/gramjs',
  'clients/mtcute',
  'clients/mtkruto',
  'testing/index',
  'testing/dc/index',
  'cli/main',
  'cli/program',
  'cli/batch/worker',
];

rmSync(dist, { recursive: true, force: true });
execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});

const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [entry, join(root, 'src', `${entry}.ts`)])),
  // The clients, of which the loopback data centre takes TL and cryptography, are the user's own.
  external: [
    /^(node|bun):/,
    ...Object.keys(manifest.peerDependencies).map((name) => new RegExp(`^${name}(/|$)`)),
  ],
});
await bundle.write({
  dir: dist,
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
  // What every session file needs is one module, the model another, which runs everywhere.
  codeSplitting: {
    groups: [
      {
        name: 'model',
        test: /src\/(?:errors|check|address|auth-key|session|login|storage|aside|memory|vendor\/sha1)\.ts$/,
      },
      {
        // What the adapters share with the formats; it runs everywhere too.
        name: 'wire',
        test: /src\/(?:server-address|formats\/(?:base64|bytes|tl|data-centers|ip|peer-values|mtcute\/(?:dc|hash|current-user)|mtkruto\/(?:api-id|dc-name|rle|state-fields|store-auth|store-peers|value)))\.ts$/,
      },
      {
        // What every storage has, files and databases: peers, what changed since the last save, calls in turns.
        name: 'storages',
        test: /src\/(?:changes|turns|session-text|peers(?:\/(?!index|memory)[\w-]+)?)\.ts$/,
      },
      {
        name: 'sqlite',
        test: /src\/sqlite\/(?!driver-|migrate|telethon-v1|build|peer-reader|first-rows)[\w-]+\.ts$/,
      },
    ],
  },
});
await bundle.close();
chmodSync(join(dist, 'cli/main.js'), 0o755);
