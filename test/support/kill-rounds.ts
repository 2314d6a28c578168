/** Kills a process that saves, at random moments, and looks at what is left. Shared by the test and `npm run kill`. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { read } from '../../src/formats/index.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { sessionOf } from './numbered-session.ts';

/** What the rounds came to. */
export interface KillResult {
  kills: number;
  /** Saves that were acknowledged before their process was killed. */
  acknowledged: number;
  /** Kills that left a -wal or -journal file behind. */
  interrupted: number;
  /** What is wrong, each a sentence. */
  failures: string[];
}

/** Runs rounds of kills on one file. */
export async function killRounds(kills: number, random: () => number = Math.random): Promise<KillResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tgsession-kill-'));
  const path = join(folder, 'a.session');
  const result: KillResult = { kills: 0, acknowledged: 0, interrupted: 0, failures: [] };
  let last = 0;
  try {
    while (result.kills < kills) {
      const acknowledged = await killOnce(path, random);
      result.kills++;
      result.acknowledged += acknowledged.length;
      last = acknowledged.at(-1) ?? last;
      if (existsSync(`${path}-wal`) || existsSync(`${path}-journal`)) result.interrupted++;
      last = await look(path, last, result);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return result;
}

/** Starts a saver, kills it some time after its first save, and gives the numbers it acknowledged. */
export async function killOnce(path: string, random: () => number, script = 'saver.ts'): Promise<number[]> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, script), path],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'close');
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  for await (const chunk of child.stdout) {
    text += chunk;
    timer ??= setTimeout(() => child.kill('SIGKILL'), random() * 30);
  }
  clearTimeout(timer);
  await exited;
  // A line that was cut off was not acknowledged.
  return text.split('\n').slice(0, -1).map(Number);
}

/** Checks what is left, and gives the number of the save that is there. */
async function look(path: string, last: number, result: KillResult): Promise<number> {
  const fail = (what: string) => {
    result.failures.push(`After kill ${result.kills}: ${what}`);
  };
  // First as a stranger reads it, with nothing changed; then as the next holder opens it.
  const stranger = existsSync(path) ? (await read({ path })).snapshots[0]!.session : null;
  const storage = new SqliteSession(path);
  const session = await storage.load();
  await storage.close();
  const number = session?.state?.pts ?? 0;
  if (number < last) fail(`save ${last} was acknowledged, but ${number} is there.`);
  if (session !== null && !session.equals(sessionOf(number))) fail(`save ${number} is not whole.`);
  if (session !== null && !stranger?.equals(session))
    fail('a reader and the next holder see different sessions.');
  return number;
}
