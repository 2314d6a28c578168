import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withMoves, withTable } from '../scripts/formats-table.ts';
import { temporaryFolder } from './support/folder.ts';
import { noPostgres, testDatabase } from './support/postgres.ts';

const root = join(import.meta.dirname, '..');
const pages = [
  'README.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** A folder in which the package is installed, with the session files that the pages talk about. */
function userFolder(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules/tgsession'));
  symlinkSync(join(root, 'dist/cli/main.js'), join(folder, 'node_modules/.bin/tgsession'));
  symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'));
  // The clients of the pages that have one.
  for (const name of [
    '@mtcute',
    '@electric-sql',
    'ioredis',
    'pg',
    'postgres',
    'redis',
    'telegram',
    'teleproto',
  ]) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  copyFileSync(join(root, 'examples/alice.session'), join(folder, 'alice.session'));
  copyFileSync(join(root, 'test/fixtures/telethon/v7-1.37.0-self.session'), join(folder, 'old.session'));
  return folder;
}

/** The code blocks of a page in one of the languages. */
function snippets(page: string, language: RegExp): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => language.test(name!))
    .map(([, , code]) => code!);
}

function run(folder: string, command: string[]) {
  const { status, stdout, stderr } = spawnSync(command[0]!, command.slice(1), {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', PATH: `${join(folder, 'node_modules/.bin')}:${process.env.PATH}` },
  });
  return { status, output: stdout + stderr };
}

describe.each(pages)('%s', (page) => {
  const scripts = snippets(page, /^(js|ts|mjs)$/);
  const needsServer = scripts.some((code) => code.includes('DATABASE_URL'));
  test.runIf(scripts.length > 0 && !(needsServer && noPostgres))(
    `its ${scripts.length} snippets of code run as they stand`,
    async () => {
      if (needsServer) process.env.DATABASE_URL = await testDatabase();
      for (const [i, code] of scripts.entries()) {
        const folder = userFolder();
        writeFileSync(join(folder, 'snippet.mts'), code);
        const { status, output } = run(folder, ['node', 'snippet.mts']);
        expect(status, `snippet ${i + 1}:\n${code}\n${output}`).toBe(0);
      }
    },
  );

  // Installing, and what npm does in this repository, is CI's own work.
  const commands = snippets(page, /^sh$/)
    .flatMap((code) => code.split('\n'))
    .map((line) => line.replace(/^npx /, '').replace(/\s+#.*$/, ''))
    .filter((line) => line.startsWith('tgsession '));
  test.runIf(commands.length > 0)(`its ${commands.length} commands work one after the other`, () => {
    const folder = userFolder();
    for (const command of commands) {
      const { status, output } = run(folder, ['sh', '-c', command]);
      expect(status, `${command}\n${output}`).toBe(0);
    }
  });

  test('its links lead somewhere', () => {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      const path = join(root, page, '..', target!);
      expect(() => readFileSync(path), `${page} -> ${target}`).not.toThrow();
    }
  });
});

test('the table of formats in the README is that of the registry', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  expect(readme).toBe(withTable(readme));
});

test('the commands in docs/moving.md, from each library to each, are those of the registry', () => {
  const page = readFileSync(join(root, 'docs/moving.md'), 'utf8');
  expect(page).toBe(withMoves(page));
});

test('the examples in doc comments that are ts or js run too', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  let count = 0;
  for (const name of files) {
    const source = readFileSync(join(root, 'src', name), 'utf8');
    for (const [, code] of source.matchAll(/^ \* ```ts\n(.*?)^ \* ```$/gms)) {
      const folder = userFolder();
      writeFileSync(join(folder, 'snippet.mts'), code!.replace(/^ \* ?/gm, ''));
      const { status, output } = run(folder, ['node', 'snippet.mts']);
      expect(status, `${name}:\n${code}\n${output}`).toBe(0);
      count++;
    }
  }
  expect(count).toBeGreaterThan(0);
});
