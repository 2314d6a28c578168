/** Clients in processes of their own. */

import type { LoopbackDc } from '../../../src/testing/dc/index.ts';
import { type Child, startChild } from '../process.ts';
import type { ClientName } from './index.ts';

/** Starts `program.ts`; it is killed after the test. */
export function startProgram(
  name: ClientName,
  path: string,
  dc: LoopbackDc,
  task: 'login' | 'updates',
  wait = 0,
): Child {
  return startChild('drivers/program.ts', [name, path, JSON.stringify(dc), task, String(wait)]);
}

/** The lines of a program, as they come; `until` resolves with one that begins so, `all` at its end. */
export function linesOf(child: Child) {
  const lines: string[] = [];
  let wake = () => {};
  let isOver = false;
  const all = (async () => {
    for (let line = await child.line(); line !== null; line = await child.line()) {
      lines.push(line);
      wake();
    }
    isOver = true;
    wake();
    return lines;
  })();
  return {
    lines,
    all,
    async until(start: string): Promise<string> {
      for (;;) {
        const found = lines.find((line) => line.startsWith(start));
        if (found !== undefined) return found;
        if (isOver) throw new Error(`It ended without "${start}": ${lines.join(', ')}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
