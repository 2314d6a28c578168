/** The command line in a terminal: the bar, the prompt, the width of tables. */

import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codecs } from '../../src/formats/index.ts';
import { tgsession } from '../support/cli.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { temporaryFolder } from '../support/folder.ts';
import { hasTerminal, inTerminal, screenOf } from '../support/terminal.ts';

const ESCAPE = String.fromCharCode(27);

function folderOf(count: number): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'in'));
  for (let i = 0; i < count; i++) {
    copyFileSync(join(FIXTURES, 'v10-full.session'), join(folder, 'in', `u${i}.session`));
  }
  return folder;
}

const CONVERT = ['convert', 'in', '--to', 'telethon-string', '-o', 'out'];

describe.runIf(hasTerminal)('a batch in a terminal', () => {
  test('draws a bar on one line, and takes it away before the summary', () => {
    const folder = folderOf(40);
    copyFileSync(join(FIXTURES, 'bad-key-255.session'), join(folder, 'in/bad.session'));
    const shown = inTerminal(folder, CONVERT);
    expect(shown.code).toBe(1);
    expect(shown.text).toMatch(/[█░]/);
    expect(shown.text).toContain(' of 41');
    const screen = screenOf(shown);
    expect(screen.join('\n')).not.toMatch(/[█░]/);
    expect(screen.find((line) => line.startsWith('failed'))).toContain('INVALID_VALUE');
    expect(screen).toContain('  40  converted');
  });

  test('colours nothing where NO_COLOR is set, and draws no longer line than the terminal has', () => {
    for (const columns of [80, 30]) {
      const { text } = inTerminal(folderOf(20), CONVERT, { columns, env: { NO_COLOR: '1' } });
      expect(text).not.toMatch(new RegExp(`${ESCAPE}\\[\\d*m`));
      const bars = text.split(`\r${ESCAPE}[2K`).filter((part) => part.includes(' of 20'));
      expect(bars.length).toBeGreaterThan(0);
      for (const bar of bars) expect(bar.split('\r')[0]!.length).toBeLessThan(columns);
    }
  });

  test('draws no bar on a terminal that cannot move back, nor where there is none', () => {
    expect(inTerminal(folderOf(5), CONVERT, { env: { TERM: 'dumb' } }).text).not.toContain(ESCAPE);
    const { out, err } = tgsession(folderOf(5), CONVERT);
    expect(err).toBe('');
    expect(out).not.toContain(ESCAPE);
  });

  test('Ctrl-C ends it after what is under way, and says how to go on; the next run does the rest', () => {
    const folder = folderOf(1000);
    const { text, code } = inTerminal(folder, CONVERT, { steps: [[' of 1,000', '\x03']] });
    expect(code).toBe(130);
    expect(text).toContain('Run the same command again');
    const first = readdirSync(join(folder, 'out'));
    expect(first.length).toBeLessThan(1000);
    expect(first.filter((name) => !name.endsWith('.txt'))).toEqual([]);
    expect(tgsession(folder, CONVERT).code).toBe(0);
    expect(readdirSync(join(folder, 'out'))).toHaveLength(1000);
  });
});

describe.runIf(hasTerminal)('the table of formats', () => {
  test.each([80, 100, 120, 200])('has no line longer than %d columns, and cuts nothing off', (columns) => {
    const screen = screenOf(inTerminal(temporaryFolder(), ['formats'], { columns }));
    expect(Math.max(...screen.map((line) => line.length))).toBeLessThanOrEqual(columns);
    const words = screen.join(' ').replaceAll(/\s+/g, ' ');
    for (const { name, carries } of codecs) {
      expect(words).toContain(name);
      expect(words).toContain(carries);
    }
  });

  test('has a line for each format where there is no terminal', () => {
    const { out } = tgsession(temporaryFolder(), ['formats']);
    expect(out.trim().split('\n')).toHaveLength(codecs.length + 1);
  });
});

describe.runIf(hasTerminal)('the question for a passcode', () => {
  const command = [process.execPath, join(import.meta.dirname, '../support/asker.ts')];
  const ask = (typed: string) =>
    inTerminal(temporaryFolder(), ['Passcode: '], { command, steps: [['Passcode: ', typed]] });
  const codesOf = (text: string) => JSON.stringify(Array.from(text, (character) => character.codePointAt(0)));

  test('shows nothing of what is typed', () => {
    const { text } = ask('hunter2 é😀\r');
    expect(text).toContain(`got ${codesOf('hunter2 é😀')}`);
    expect(text).not.toContain('hunter2');
    expect(text).not.toMatch(/\*/);
  });

  test('corrects with backspace, begins anew with Ctrl-U, and ends at the line break', () => {
    expect(ask('huntr\x7fer2\r').text).toContain(`got ${codesOf('hunter2')}`);
    expect(ask('wrong\x15right\r').text).toContain(`got ${codesOf('right')}`);
    expect(ask('😀\x7fa\r').text).toContain(`got ${codesOf('a')}`);
    expect(ask('first\nsecond\n').text).toContain(`got ${codesOf('first')}`);
  });

  test('is left with Ctrl-C, and with Ctrl-D', () => {
    expect(ask('abc\x03').text).toContain('failed ABORTED');
    expect(ask('\x04').text).toContain('failed ABORTED');
  });
});
