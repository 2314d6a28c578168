/** Who runs the command with an old Node.js is told so, whatever it is that fails there first. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tooOld } from '../../src/cli/runtime.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { temporaryFolder } from '../support/folder.ts';

const root = join(import.meta.dirname, '../..');
const MAIN = join(root, 'dist/cli/main.js');

/** A Node.js that is too old, where the system has one. */
const OLD = ['/usr/bin/node', '/usr/local/bin/node'].find((node) => {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 && tooOld({ node: stdout.trim().slice(1) }) !== null;
});

test('what the build made finds the script of its workers', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'in'));
  for (const name of ['a', 'b', 'c', 'd']) {
    copyFileSync(join(FIXTURES, 'v10-full.session'), join(folder, 'in', `${name}.session`));
  }
  const args = [MAIN, 'convert', 'in', '--to', 'telethon-string', '-o', 'out', '--workers', '2'];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, expect.stringContaining('4  converted')]);
});

describe('the runtime', () => {
  test('needs the version that package.json asks for', () => {
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const oldest = engines.node.slice('>='.length);
    expect(tooOld({ node: `${oldest}.0` })).toBeNull();
    expect(tooOld({ node: '22.12.9' })).toContain(`Node.js ${oldest} or newer, and this is 22.12.9`);
  });

  test.each(['4.9.1', '18.20.0', '20.20.2', '22.0.0'])('Node.js %s is too old', (node) => {
    expect(tooOld({ node })).toContain(node);
  });

  test.each(['22.13.0', '22.20.0', '23.0.0', '24.21.0', '100.0.0'])('Node.js %s is not', (node) => {
    expect(tooOld({ node })).toBeNull();
  });

  test('Bun and Deno are told apart from Node.js', () => {
    expect(tooOld({ node: '20.0.0', bun: '1.4.5' })).toBeNull();
    expect(tooOld({ node: '20.0.0', deno: '2.9.5' })).toBeNull();
  });

  test
    .skipIf(OLD === undefined)
    .each([
      ['formats'],
      ['inspect', 'nothing.session'],
      ['convert', 'a', '--to', 'telethon-string'],
      ['--help'],
    ])('an old Node.js only says that it is one: tgsession %s', (...args) => {
    const { status, stdout, stderr } = spawnSync(OLD!, [MAIN, ...args], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^UNSUPPORTED {2}tgsession needs Node\.js 22\.13 or newer, and this is [\d.]+\.\n$/,
    );
  });

  test.skipIf(OLD === undefined)('and as JSON if that is asked for', () => {
    const { status, stdout } = spawnSync(OLD!, [MAIN, 'formats', '--json'], { encoding: 'utf8' });
    expect([status, JSON.parse(stdout).error.code]).toEqual([1, 'UNSUPPORTED']);
  });
});
