/** What the person points at: a file, or standard input. Never a secret in an argument. */

import { existsSync } from 'node:fs';
import type { Source } from '../formats/index.ts';
import { sessionPath } from '../sqlite/path.ts';
import { UsageError } from './command.ts';

/** The most that is read from standard input. */
const MAX_STDIN_BYTES = 64 * 1024 * 1024;

/** What an argument means as the source of a session: `-` is standard input, else a path. */
export async function sourceOf(argument: string): Promise<Source> {
  if (argument !== '-') return { path: pathOf(argument) };
  const bytes = await readStdin();
  return { bytes, name: 'standard input' };
}

/** The path that is meant: as it is given, or with `.session` added, if only that is there. */
export function pathOf(argument: string): string {
  // Every library's session string is longer than any path a person types, and made of these characters only.
  if (argument.length > 200 && /^[\w+/=-]+$/.test(argument) && !existsSync(argument)) {
    throw new UsageError(
      'That looks like a session string. Arguments can be seen by everybody on this machine and stay in the\n' +
        "shell's history: put it in a file, or pass it on standard input with - in its place.",
    );
  }
  if (existsSync(argument) || argument === '') return argument;
  const withSuffix = sessionPath(argument);
  return existsSync(withSuffix) ? withSuffix : argument;
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_STDIN_BYTES) throw new UsageError('Standard input is larger than any session.');
  }
  return Buffer.concat(chunks);
}
