/** A login of a real client, killed at random moments. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'vitest';
import { SqliteSession } from '../../src/sqlite/index.ts';
import type { LoopbackDc } from '../../src/testing/dc/index.ts';
import { temporaryFolder } from './folder.ts';

/** Which client is killed, and how it goes on. */
export interface LoginKills {
  dc: LoopbackDc;
  kills: number;
  /** How it is started: a script of test/support, and its arguments. It prints lines as mtcute-login.ts does. */
  command(path: string): string[];
  /** Logs the next client in on the file, whatever is in it. */
  goOn(path: string): Promise<void>;
}

/** Kills logins of user 1000, and looks each time whether all that was acknowledged to the client is there. */
export async function killLogins({ dc, kills: total, command, goOn }: LoginKills): Promise<void> {
  const count = { beforeKey: 0, beforeLogin: 0, afterLogin: 0, keptAside: 0 };
  for (let kills = 0; kills < total; ) {
    // Three logins on each file: before the second one the server forgets the key.
    const path = join(temporaryFolder(), 'a.session');
    const acknowledged = new Set<string>();
    for (let round = 0; round < 3; round++, kills++) {
      // Through all of the handshake, or through what follows it. A key that is known already is not told again.
      const word = round === 2 || (round === 0 && kills % 2 === 0) ? 'begin' : 'key';
      const lines = await killOnce(command(path), word, Math.random() * (word === 'begin' ? 300 : 30));
      for (const line of lines) if (line.startsWith('key ')) acknowledged.add(line.slice(4));
      const isLoggedIn = lines.includes('user 1000');
      const storage = new SqliteSession(path);
      const session = await storage.load();
      const aside = session === null ? [] : await storage.aside.list();
      const key = session?.dcs.find(({ id }) => id === 2) ?? null;
      const there = [key?.authKeyId, ...aside.map(({ keyId }) => keyId)];
      for (const each of acknowledged) expect(there, lines.join(', ')).toContain(each);
      if (isLoggedIn) expect([session!.user!.id, dc.authKeys.userOf(key!.auth!)]).toEqual([1000, 1000]);
      if (isLoggedIn) count.afterLogin++;
      else if (lines.some((line) => line.startsWith('key '))) count.beforeLogin++;
      else count.beforeKey++;
      count.keptAside += aside.length;
      await storage.close();
      if (round === 0 && key !== null && key.auth !== null) dc.authKeys.destroy(key.auth);
    }
    await goOn(path);
  }
  // No timing decides: half of the kills waited for a key, and each forgotten one was made a new one.
  expect(count.beforeLogin + count.afterLogin, JSON.stringify(count)).toBeGreaterThanOrEqual(total / 2);
  expect(count.keptAside, JSON.stringify(count)).toBeGreaterThanOrEqual(total / 6);
}

/** Runs a login, kills it some milliseconds after it has printed a word, and gives the lines that it printed. */
async function killOnce([script, ...args]: string[], word: string, delay: number): Promise<string[]> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, script!), ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const closed = once(child, 'close');
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  for await (const chunk of child.stdout) {
    text += chunk;
    if (text.includes(word)) timer ??= setTimeout(() => child.kill('SIGKILL'), delay);
  }
  clearTimeout(timer);
  await closed;
  // A line that was cut off was not acknowledged.
  return text.split('\n').slice(0, -1);
}
