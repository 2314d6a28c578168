import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { ConformanceCase } from '../../src/testing/index.ts';
import { temporaryFolder } from '../support/folder.ts';

const root = join(import.meta.dirname, '../..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);

/** Writes the files of the page into a new folder, with the sources in place of the package. */
function filesOfThePage(): string {
  const folder = temporaryFolder();
  const page = readFileSync(join(root, 'docs/custom-storage.md'), 'utf8');
  for (const [, name, code] of page.matchAll(/^```ts file=(\S+)\n([\s\S]*?)^```$/gm)) {
    const local = code!
      .replaceAll("'tgsession'", `'${join(root, 'src/index.ts')}'`)
      .replaceAll("'tgsession/testing'", `'${join(root, 'src/testing/index.ts')}'`);
    writeFileSync(join(folder, name!), local);
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

async function casesOfThePage(folder: string): Promise<ConformanceCase[]> {
  return (await import(/* @vite-ignore */ join(folder, 'cases.ts'))).cases;
}

/** Runs a program; its output, whether it failed or not. */
async function run(program: string, args: string[], cwd: string): Promise<{ code: number; output: string }> {
  const env = { ...process.env, NO_COLOR: '1', VITEST: '' };
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { cwd, env });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

describe('the storage of docs/custom-storage.md', () => {
  test('passes every case of the conformance suite', async () => {
    for (const { run } of await casesOfThePage(filesOfThePage())) await run();
  });

  const RUNNERS: [name: string, program: string, args: string[], passed: RegExp][] = [
    ['Vitest', bin('vitest'), ['run', '--root', '.', 'vitest.test.ts'], /Tests +(\d+) passed/],
    ['node:test', process.execPath, ['--test', '--test-reporter=spec', 'node.test.ts'], /pass (\d+)/],
    ['Bun', bin('bun'), ['test', './bun.test.ts'], /(\d+) pass/],
  ];

  test.each(RUNNERS)('is tried in three lines by %s', async (_, program, args, passed) => {
    const folder = filesOfThePage();
    const cases = await casesOfThePage(folder);
    const good = await run(program, args, folder);
    expect(good.code, good.output).toBe(0);
    expect(Number(passed.exec(good.output)?.[1]), good.output).toBe(cases.length);

    // And a storage that is wrong fails there.
    const file = join(folder, 'key-value-session.ts');
    const right = readFileSync(file, 'utf8');
    const wrong = right.replace(
      'text === null ? null : fromText(text)',
      'text === null ? new Session() : fromText(text)',
    );
    expect(wrong).not.toBe(right);
    writeFileSync(file, wrong);
    const bad = await run(program, args, folder);
    expect(bad.code).not.toBe(0);
    expect(bad.output).toContain('What load() gives of an empty place is not what it should be.');
  });
});
