/** Checks what would be published: its metadata, its types, its imports, its size, and that it installs and runs. */

import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
let failures = 0;

function check(what: string, problems: readonly (string | undefined)[]): void {
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'}  ${what}`);
  for (const problem of problems) console.log(`      ${problem}`);
  failures += problems.length;
}

const run = (command: string, args: string[], cwd: string) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

// No dependency and no script runs on the machine of a user.
check(
  'no runtime dependencies',
  ['dependencies', 'optionalDependencies', 'bundledDependencies'].filter(
    (field) => Object.keys(manifest[field] ?? {}).length > 0,
  ),
);
const peers = Object.keys(manifest.peerDependencies);
check(
  'peers are optional',
  peers.filter((name) => manifest.peerDependenciesMeta?.[name]?.optional !== true),
);
check(
  'no install scripts',
  ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'].filter((name) => manifest.scripts[name]),
);

const { messages } = await publint({ pkgDir: root, strict: true });
check(
  'publint',
  messages.map((message) => formatMessage(message, manifest)),
);

// A file of dist, its comments left out.
const codeOf = (file: string) => readFileSync(file, 'utf8').replace(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, '');

// What a file of dist imports, by text.
function importsOf(file: string): string[] {
  const pattern = /\b(?:from|import|import\s*\()\s*['"]([\w@:./-]+)['"]/g;
  return [...codeOf(file).matchAll(pattern)].map(([, name]) => name!);
}

const files = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.js'))
  .map((name) => join(root, 'dist', name));
// What a client brings is imported by the loopback data centre and by the command line alone, when they are started.
const ofPeers = (name: string) => peers.some((peer) => name === peer || name.startsWith(`${peer}/`));
const importedLater = (file: string, name: string) =>
  !new RegExp(`\\b(from|import)\\s*["']${name}["']`).test(codeOf(file));
check(
  'imports only its own files, and modules of the runtime by their full name',
  files.flatMap((file) =>
    importsOf(file)
      .filter((name) => !name.startsWith('.') && !/^(node|bun):/.test(name))
      .filter((name) => !(ofPeers(name) && /\/(testing\/dc|cli)\//.test(file) && importedLater(file, name)))
      .map((name) => `${file}: ${name}`),
  ),
);
check(
  'names modules of Node.js with node:',
  files.flatMap((file) =>
    importsOf(file).filter((name) => !/^(node|bun):/.test(name) && builtinModules.includes(name)),
  ),
);

/** All files that a file reaches by its imports. */
function reachable(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const name of importsOf(file)) if (name.startsWith('.')) reachable(join(dirname(file), name), seen);
  return seen;
}
check(
  'nothing of node: or bun: is reachable from the core and from the conformance suite',
  ['index.js', 'testing/index.js'].flatMap((entry) =>
    [...reachable(join(root, 'dist', entry))].flatMap((file) =>
      importsOf(file)
        .filter((name) => /^(node|bun):/.test(name))
        .map((name) => `${file}: ${name}`),
    ),
  ),
);

check(
  'a store in a database brings no code for session files along',
  ['postgres', 'redis', 'unstorage'].flatMap((name) =>
    [...reachable(join(root, `dist/stores/${name}/index.js`))].filter((file) => file.endsWith('/sqlite.js')),
  ),
);

const bundle = await rolldown({ input: join(root, 'dist/index.js') });
const { code } = (await bundle.generate({ format: 'esm', minify: true })).output[0];
const size = brotliCompressSync(code).length;
check(`the core has ${size} bytes minified and compressed`, size <= 4096 ? [] : ['more than 4 kB']);

// As a user gets it: packed, installed in an empty project, types resolved, imported, run.
const folder = mkdtempSync(join(tmpdir(), 'tgsession-package-'));
try {
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root),
  );
  const names: string[] = packed.files.map(({ path }: { path: string }) => path);
  check(
    `the package holds ${names.length} files, and only what belongs in it`,
    names.filter(
      (name) =>
        !/^(dist|docs)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|THIRD-PARTY-LICENSES\.md)$/.test(
          name,
        ),
    ),
  );
  writeFileSync(join(folder, 'package.json'), '{"name": "user", "type": "module", "private": true}');
  run('npm', ['install', '--no-audit', '--no-fund', '--offline', `./${packed.filename}`], folder);
  check(
    'installing it brings nothing else',
    readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.') && name !== 'tgsession'),
  );
  const entries = Object.keys(manifest.exports).filter((name) => !name.endsWith('.json'));
  const imports = entries.map((name, i) => `import * as m${i} from 'tgsession${name.slice(1)}';`).join('\n');
  const use = entries.map((_, i) => `m${i}`).join(', ');
  writeFileSync(
    join(folder, 'use.mts'),
    `${imports}\nexport const all = [${use}];\nconst n: number = new m0.Session().dcs.length;\nexport { n };\n`,
  );
  for (const resolution of [
    ['--module', 'nodenext', '--moduleResolution', 'nodenext'],
    ['--module', 'esnext', '--moduleResolution', 'bundler'],
  ]) {
    const args = [
      '--noEmit',
      '--strict',
      '--target',
      'es2023',
      '--lib',
      'es2024,esnext.disposable,dom',
      ...resolution,
      'use.mts',
    ];
    let problems: string[] = [];
    try {
      run(join(root, 'node_modules/.bin/tsc'), args, folder);
    } catch (error) {
      problems = [(error as { stdout: string }).stdout];
    }
    check(`types resolve and hold without any @types (${resolution[3]})`, problems);
  }
  const imported = run(
    process.execPath,
    ['--input-type=module', '-e', `${imports} console.log([${use}].every((m) => Object.keys(m).length > 0))`],
    folder,
  );
  check('every entry can be imported', imported.trim() === 'true' ? [] : [imported]);
  const version = run(join(folder, 'node_modules/.bin/tgsession'), ['--version'], folder).trim();
  check('the command runs', version === manifest.version ? [] : [version]);
  // With threads, whose script is a file of its own.
  mkdirSync(join(folder, 'many'));
  for (let i = 0; i < 4; i++) {
    copyFileSync(join(root, 'examples/alice.session'), join(folder, `many/${i}.session`));
  }
  const args = ['convert', 'many', '--to', 'telethon-string', '-o', 'made', '--workers', '2'];
  run(join(folder, 'node_modules/.bin/tgsession'), args, folder);
  const made = readdirSync(join(folder, 'made'));
  check('the command converts a folder with several workers', made.length === 4 ? [] : [made.join()]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

console.log(failures === 0 ? 'The package is sound.' : `${failures} problems.`);
process.exitCode = failures === 0 ? 0 : 1;
