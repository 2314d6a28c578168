import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');

/** Every source, as its path under src/. */
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .sort();

/** The layers of DESIGN section 2: a file may import from its own layer and from those before it. */
const LAYERS: [name: string, pattern: RegExp][] = [
  [
    'words and values',
    /^(errors|check|address|server-address|auth-key|session|login|session-text|turns|vendor\/[\w-]+)\.ts$/,
  ],
  ['seams', /^(storage|aside|status|peers|changes|memory|peers\/[\w-]+)\.ts$/],
  ['core', /^index\.ts$/],
  ['sqlite', /^sqlite\//],
  ['formats', /^formats\//],
  ['stores', /^stores\//],
  ['clients', /^clients\//],
  ['testing', /^testing\//],
  ['cli', /^cli\//],
];
const layerOf = (file: string) => LAYERS.findIndex(([, pattern]) => pattern.test(file));

/** The module names that a source imports, types and later imports included; comments do not count. */
function importsOf(source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  const names = code.matchAll(/\b(?:from\s*|import\s*\(\s*|import\s+)(['"])([^'"\n]+)\1/g);
  return Array.from(names, ([, , name]) => name!);
}

/** The imports of a file: those of this package as paths under src/, the others by name. */
function importsOfFile(file: string): { own: string[]; foreign: string[] } {
  const names = importsOf(readFileSync(join(src, file), 'utf8'));
  const own = names.filter((name) => name.startsWith('.'));
  return {
    own: own.map((name) => normalize(join(dirname(file), name)).replaceAll('\\', '/')),
    foreign: names.filter((name) => !name.startsWith('.')),
  };
}

const imports = new Map(files.map((file) => [file, importsOfFile(file)]));

/** Everything that comes along with a file, sooner or later. */
function reachableFrom(file: string, next = (each: string) => imports.get(each)?.own ?? []): Set<string> {
  const reached = new Set([file]);
  for (const each of reached) for (const other of next(each)) reached.add(other);
  return reached;
}

/** What a file loads when it is loaded itself: no types, and nothing that it imports later. */
function loadedBy(file: string): string[] {
  const code = readFileSync(join(src, file), 'utf8');
  const values = code
    .replaceAll(/^(?:import|export) type [^'"]*['"][^'"\n]*['"]/gm, '')
    .replaceAll(/\bimport\s*\(/g, 'later(');
  const own = importsOf(values).filter((name) => name.startsWith('.'));
  return own.map((name) => normalize(join(dirname(file), name)).replaceAll('\\', '/'));
}

const foreignOf = (list: Iterable<string>) =>
  [...list].flatMap((file) => imports.get(file)!.foreign.map((name) => `${file} imports ${name}`));

describe('the sources', () => {
  test('are found, and their imports are read', () => {
    expect(files).toContain('session.ts');
    expect(imports.get('index.ts')!.own).toContain('storage.ts');
    const source = `
      import a, { b } from './a.ts';
      import type { C } from "./c.ts";
      import {
        d,
      } from './d.ts';
      export * from './e.ts';
      import './f.ts';
      const g = await import('./g.ts');
      type H = import('./h.ts').H;
      // import './not.ts'
      /* from './not.ts' */
    `;
    expect(importsOf(source)).toEqual(['a', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => `./${name}.ts`));
  });

  test.each(files)('%s has a layer, imports downwards only, and only what exists', (file) => {
    const layer = layerOf(file);
    expect(layer, 'give this file a layer, in the list above').toBeGreaterThanOrEqual(0);
    for (const imported of imports.get(file)!.own) {
      expect(files, `imported by ${file}`).toContain(imported);
      const [from, to] = [LAYERS[layer]![0], LAYERS[layerOf(imported)]![0]];
      expect(layerOf(imported), `${from} must not import ${imported} of ${to}`).toBeLessThanOrEqual(layer);
    }
  });

  test('load each other in no circle', () => {
    expect(loadedBy('testing/trial.ts')).toEqual(['testing/verdict.ts']);
    for (const file of files) {
      for (const loaded of loadedBy(file)) {
        const leadsBack = reachableFrom(loaded, loadedBy).has(file);
        expect(leadsBack, `${file} loads ${loaded}, which leads back to it`).toBe(false);
      }
    }
  });

  test.each(files)('%s has at most 400 lines', (file) => {
    expect(readFileSync(join(src, file), 'utf8').split('\n').length - 1).toBeLessThanOrEqual(400);
  });

  test('import nothing that is not part of the runtime, but for the libraries that the build bundles', () => {
    const foreign = foreignOf(files.filter((file) => !/^(vendor|testing\/dc|cli\/telegram)\//.test(file)));
    expect(foreign.filter((line) => !/ imports (node:[\w/]+|bun:sqlite)$/.test(line))).toEqual([]);
    const bundled = foreignOf(files.filter((file) => file.startsWith('vendor/')));
    expect(bundled).toEqual(['vendor/qr.ts imports qr', 'vendor/sha1.ts imports sha1-uint8array']);
  });
});

describe('the core', () => {
  test('runs everywhere: nothing that it reaches imports a module of a runtime', () => {
    const reached = reachableFrom('index.ts');
    expect(reached).toContain('vendor/sha1.ts');
    expect(foreignOf(reached).filter((line) => / (node|bun|deno):/.test(line))).toEqual([]);
  });
});

describe('the adapters for clients', () => {
  test('run where their clients run: nothing that they reach imports a module of a runtime, or a client', () => {
    const reached = files
      .filter((file) => file.startsWith('clients/'))
      .flatMap((file) => [...reachableFrom(file, loadedBy)]);
    expect(reached).toContain('storage.ts');
    expect(new Set(foreignOf(reached))).toEqual(new Set(['vendor/sha1.ts imports sha1-uint8array']));
  });
});

describe('the stores in databases', () => {
  test.each(['postgres', 'redis', 'unstorage'])('%s loads nothing of session files', (name) => {
    const reached = [...reachableFrom(`stores/${name}/index.ts`, loadedBy)];
    expect(reached).toContain('turns.ts');
    expect(reached.filter((file) => /^(sqlite|formats|stores\/directory)\//.test(file))).toEqual([]);
  });
});

describe('the command line', () => {
  const rooms = files.filter((file) => file.startsWith('cli/telegram/'));

  test('loads the client that it connects with only when it connects', () => {
    for (const file of rooms) {
      const code = readFileSync(join(src, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
      expect(code, file).not.toMatch(/\bfrom\s*['"](?!\.|node:)/);
      const later = code.replaceAll(/import\('@mtcute\/[\w./-]+'\)[.;]/g, ''); // types
      if (file !== 'cli/telegram/mtcute.ts') expect(later, file).not.toMatch(/import\('@/);
    }
  });

  test('is loaded without a connection by its threads, and without QR codes by all', () => {
    expect([...reachableFrom('cli/batch/worker.ts')].filter((file) => rooms.includes(file))).toEqual([]);
    expect([...reachableFrom('cli/program.ts', loadedBy)]).not.toContain('vendor/qr.ts');
  });
});

describe('the conformance suite', () => {
  const reached = reachableFrom('testing/index.ts');

  test('runs in any test runner: nothing that it reaches imports one, or a module of a runtime', () => {
    expect(foreignOf(reached)).toEqual(['vendor/sha1.ts imports sha1-uint8array']);
  });

  test('knows no storage of ours but the seam', () => {
    expect([...reached].filter((file) => /^(sqlite|formats|cli)\/|^memory/.test(file))).toEqual([]);
  });
});

describe('the loopback data centre', () => {
  const rooms = files.filter((file) => file.startsWith('testing/dc/'));

  test('takes from packages of clients only TL and cryptography, and only when it is started', () => {
    const foreign = foreignOf(rooms).filter((line) => !/ imports node:\w+$/.test(line));
    const gramjs = ['telegram', 'teleproto'].flatMap((name) => [
      name,
      name === 'telegram' ? 'telegram/tl/AllTLObjects.js' : 'teleproto/tl/index.js',
      `${name}/extensions/BinaryReader.js`,
      `${name}/Helpers.js`,
    ]);
    expect(foreign).toEqual([
      ...gramjs.map((name) => `testing/dc/schema-gramjs.ts imports ${name}`),
      'testing/dc/toolkit.ts imports @mtcute/node/utils.js',
    ]);
    for (const file of rooms) {
      const code = readFileSync(join(src, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
      expect(code, file).not.toMatch(/\bfrom\s*['"](@mtcute|telegram|teleproto)/);
    }
  });

  test('is known by nobody else: whoever wants it imports it by its own name', () => {
    for (const file of files.filter((each) => !rooms.includes(each))) {
      expect(
        imports.get(file)!.own.filter((name) => rooms.includes(name)),
        file,
      ).toEqual([]);
    }
  });

  test('needs no session storage and no format', () => {
    const reached = [...reachableFrom('testing/dc/index.ts')];
    expect(reached.filter((file) => /^(sqlite|formats|cli|storage|memory|peers)/.test(file))).toEqual([]);
  });
});

describe('the package', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

  test('has no dependencies at runtime', () => {
    for (const kind of [
      'dependencies',
      'optionalDependencies',
      'bundleDependencies',
      'bundledDependencies',
    ]) {
      expect(Object.keys(manifest[kind] ?? {}), kind).toEqual([]);
    }
    for (const name of Object.keys(manifest.peerDependencies ?? {})) {
      expect(manifest.peerDependenciesMeta?.[name]?.optional, `${name} must be optional`).toBe(true);
    }
  });

  test('runs no script when it is installed', () => {
    const hooks = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare'];
    expect(Object.keys(manifest.scripts).filter((name) => hooks.includes(name))).toEqual([]);
    expect(manifest.gypfile).toBeUndefined();
  });

  test('exports only files that the sources make', () => {
    for (const [name, target] of Object.entries<Record<string, string> | string>(manifest.exports)) {
      if (typeof target === 'string') continue;
      expect(files, name).toContain(target.default!.replace('./dist/', '').replace(/\.js$/, '.ts'));
    }
  });
});
