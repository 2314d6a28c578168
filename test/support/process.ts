/** Other processes in tests: they run the same Node.js, straight from the sources. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** A child that prints lines. */
export interface Child {
  process: ChildProcess;
  /** The next line it prints; null at its end. */
  line(): Promise<string | null>;
  /** Writes a line to it. */
  send(text: string): void;
  /** Kills it as a crash would, and waits for its end. */
  kill(): Promise<void>;
  /** Waits for its end and gives its exit code. */
  end(): Promise<number | null>;
}

/**
 * Starts a script of test/support. Its errors are shown.
 *
 * @param options a program to run it under, and the folder that it runs in
 */
export function startChild(
  script: string,
  args: string[],
  options: { under?: string[]; cwd?: string } = {},
): Child {
  const command = [
    ...(options.under ?? []),
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, script),
    ...args,
  ];
  const { cwd } = options;
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(cwd !== undefined && { cwd }),
  });
  child.stdin.on('error', () => {});
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) await kill();
  });
  return {
    process: child,
    line: async () => {
      const { value, done } = await lines.next();
      return done ? null : value;
    },
    send: (text) => {
      child.stdin.write(`${text}\n`);
    },
    kill,
    end: async () => (await ended)[0],
  };
}
