/** Runs the command line as a person does: in a process of its own. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

/** The command line, from the sources. */
export const COMMAND = [process.execPath, '--disable-warning=ExperimentalWarning', MAIN] as const;

/**
 * The environment without what the tests themselves are told about colours: who runs them in a terminal would force
 * colours on the command too, against NO_COLOR, and with a warning in the middle of a bar.
 */
export function ownEnvironment(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...own } = process.env;
  return own;
}

/** What a run of the command gave. */
export interface Run {
  code: number | null;
  out: string;
  err: string;
}

/** Runs `tgsession` with arguments in a folder. */
export function tgsession(folder: string, args: string[], input: string | Uint8Array = ''): Run {
  const [program, ...first] = COMMAND;
  const { status, stdout, stderr } = spawnSync(program, [...first, ...args], {
    cwd: folder,
    input,
    encoding: 'utf8',
    env: { ...ownEnvironment(), NO_COLOR: '1' },
    maxBuffer: 1 << 28,
  });
  return { code: status, out: stdout, err: stderr };
}
