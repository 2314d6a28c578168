/** Every client on a session file, killed at random moments of a login. */

import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import type { LoopbackDc } from '../../../src/testing/dc/index.ts';
import { abilities, clientNames } from '../../support/drivers/index.ts';
import { linesOf, startProgram } from '../../support/drivers/processes.ts';
import { keyIdsOf, quiet, start, users } from '../../support/drivers/run.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startDc } from '../../support/loopback.ts';

/** Of each client: more than 50 over all of them. */
const KILLS = 17;

/** What a kill follows, by some milliseconds: so all of a login is met, whatever the speed of the machine. */
const MOMENTS = ['begin', 'connect', 'handshake', 'auth.sendCode', 'auth.signIn'] as const;

async function moment(
  name: (typeof MOMENTS)[number],
  dc: LoopbackDc,
  until: (line: string) => Promise<unknown>,
) {
  if (name === 'begin') await until('begin');
  else if (name === 'connect' || name === 'handshake') await dc.log.until((log) => log.of(name)[0]);
  else await dc.log.request(name);
}

test.each(clientNames)(
  `%s: kill -9 at ${KILLS} random moments of a login: no key that the client relies on is lost`,
  async (name) => {
    const dc = await startDc({ users });
    let loggedIn = 0;
    for (let kills = 0; kills < KILLS; kills++) {
      const path = join(temporaryFolder(), 'a.session');
      dc.log.clear();
      const child = startProgram(name, path, dc, 'login');
      const { lines, all, until } = linesOf(child);
      await moment(MOMENTS[kills % MOMENTS.length]!, dc, until);
      await delay(randomInt(30));
      await child.kill();
      await all;
      const told = lines.filter((line) => line.startsWith('key ')).map((line) => line.slice(4));
      const used = dc.log.requests().map(({ authKeyId }) => authKeyId);
      const acknowledged = new Set(abilities[name].keepsBeforeUse ? used : told);
      const storage = new SqliteSession(path);
      const session = await storage.load();
      await storage.close();
      const there = session === null ? [] : keyIdsOf(session);
      for (const key of acknowledged) expect(there, lines.join(', ')).toContain(key);
      if (lines.includes('user 1000')) {
        loggedIn++;
        expect([session!.user!.id, dc.authKeys.userOf(there[0]!)]).toEqual([1000, 1000]);
      }
      // Whatever is in the file, the next client begins with it.
      const next = await start(name, new SqliteSession(path), dc);
      expect(session?.user ? await next.me() : await next.logIn()).toBe(1000);
      await next.stop();
      await quiet(dc);
      expect([next.errors, next.aside]).toEqual([[], []]);
    }
    expect(loggedIn).toBeLessThan(KILLS);
  },
);
