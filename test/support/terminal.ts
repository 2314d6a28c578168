/** Runs the command line in a terminal, as a person sees it. Python's pty module gives the terminal. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { COMMAND, ownEnvironment } from './cli.ts';

/** With the module pty. */
export const PYTHON = '/usr/bin/python3';
const SCRIPT = join(import.meta.dirname, 'terminal.py');

/** Whether there is a terminal to be had; if not, it is said which tests are skipped. */
export const hasTerminal = spawnSync(PYTHON, ['-c', 'import pty, fcntl, termios']).status === 0;
if (!hasTerminal)
  console.warn(`The tests in a terminal are skipped: ${PYTHON} with its module pty is not here.`);

/** What showed in the terminal. */
export interface Shown {
  code: number;
  /** Everything, with what moves the cursor and sets colours. */
  text: string;
}

/** How it is run. */
export interface Terminal {
  columns?: number;
  /** What is typed, each after a text has shown. */
  steps?: [after: string, typed: string][];
  env?: Record<string, string>;
  /** What is run instead of the command line. */
  command?: readonly string[];
}

/** Runs `tgsession` with arguments in a folder and in a terminal. */
export function inTerminal(folder: string, args: string[], options: Terminal = {}): Shown {
  const { columns = 80, steps = [], env = {}, command = COMMAND } = options;
  const { stdout, stderr, status } = spawnSync(
    PYTHON,
    [SCRIPT, `${columns}`, JSON.stringify(steps), ...command, ...args],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...ownEnvironment(), TERM: 'xterm', ...env },
      maxBuffer: 1 << 28,
    },
  );
  if (status !== 0) throw new Error(`The terminal failed: ${stderr}`);
  const end = stdout.lastIndexOf('\n');
  return { text: stdout.slice(0, end), code: Number(stdout.slice(end + 1)) };
}

/** What a terminal looks like in the end: lines, after every return to the begin of a line was done. */
export function screenOf({ text }: Shown): string[] {
  const esc = String.fromCharCode(27);
  return text
    .replaceAll(new RegExp(`${esc}\\[\\d*m`, 'g'), '')
    .split('\n')
    .map((line) => line.replace(/\r$/, '').split(`\r${esc}[2K`).at(-1)!);
}
