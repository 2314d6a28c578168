/** A terminal that a test looks at and types in while the command runs, so that both can talk to servers of the test. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { PYTHON } from './terminal.ts';

const SCRIPT = join(import.meta.dirname, 'live-terminal.py');
/** The command line as it is published: `npm test` builds it first. */
const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');

/** How it is run. */
export interface LiveOptions {
  columns?: number;
  rows?: number;
  env?: Record<string, string>;
}

/** A command that runs in a terminal. */
export interface LiveTerminal {
  /** All that has shown, with what moves the cursor and sets colours. */
  readonly text: string;
  /** Waits for a text, behind all that was waited for. */
  shows(text: string): Promise<void>;
  type(text: string): void;
  /** Number of the process of the command itself. */
  readonly pid: Promise<number>;
  /** Kills the command as a crash would, and waits for its end. */
  kill(): Promise<void>;
  /** Waits for its end. The code is negative if a signal ended it. */
  end(): Promise<number>;
}

/** Runs `tgsession`, built, in a terminal. */
export function startInTerminal(folder: string, args: string[], options: LiveOptions = {}): LiveTerminal {
  const { columns = 80, rows = 40, env = {} } = options;
  const command = [SCRIPT, `${columns}`, `${rows}`, process.execPath, MAIN, ...args];
  const child = spawn(PYTHON, command, {
    cwd: folder,
    env: { ...process.env, TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  let text = '';
  let seen = 0;
  let wake = Promise.withResolvers<void>();
  const stir = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  child.stdin!.on('error', () => {});
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    stir();
  });
  let told = '';
  (child.stdio[3] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
    told += chunk;
    stir();
  });
  let isOver = false;
  const closed = once(child, 'close').then(() => {
    isOver = true;
    stir();
  });
  const lineOf = async (i: number) => {
    while (told.split('\n').length < i + 2 && !isOver) await wake.promise;
    return Number(told.split('\n')[i]);
  };
  const pid = lineOf(0);
  const kill = async () => {
    process.kill(await pid, 'SIGKILL');
    await closed;
  };
  onTestFinished(async () => {
    if (!isOver) await kill().catch(() => {});
  });
  return {
    get text() {
      return text;
    },
    pid,
    kill,
    async shows(wanted) {
      for (;;) {
        const at = text.indexOf(wanted, seen);
        if (at >= 0) {
          seen = at + wanted.length;
          return;
        }
        if (isOver) throw new Error(`It ended without showing ${JSON.stringify(wanted)}:\n${text}`);
        await wake.promise;
      }
    },
    type: (typed) => child.stdin!.write(typed),
    async end() {
      await closed;
      return lineOf(1);
    },
  };
}
