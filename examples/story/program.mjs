/** Another process, which prints lines. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const running = new Set();

export function start(name, ...args) {
  const options = { stdio: ['pipe', 'pipe', 'inherit'] };
  const child = spawn(process.execPath, [join(import.meta.dirname, `${name}.mjs`), ...args], options);
  const closed = once(child, 'close').finally(() => running.delete(program));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const program = {
    /** The next line, or null at its end. */
    line: async () => (await lines.next()).value ?? null,
    /** Writes its input, and waits for its end. */
    async end(input = '') {
      child.stdin.end(input);
      await closed;
    },
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
  running.add(program);
  return program;
}

/** Kills all that still run. */
export const killAll = () => Promise.all([...running].map((program) => program.kill()));
