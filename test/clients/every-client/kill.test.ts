/** Every client on a session file, killed at random moments of a login and of a stream of updates. */

import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import type { LoopbackDc } from '../../../src/testing/dc/index.ts';
import { abilities, clientNames } from '../../support/drivers/index.ts';
import { linesOf, startProgram } from '../../support/drivers/processes.ts';
import { keyIdsOf, listen, start, stored, users } from '../../support/drivers/run.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startDc } from '../../support/loopback.ts';

/** Of each kind and client: more than 50 over all of them. */
const KILLS = Number(process.env.K ?? 18);

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
  `%s: kill -9 at ${KILLS} random moments of a login: no key that was used is lost`,
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
      const used = new Set(dc.log.requests().map(({ authKeyId }) => authKeyId));
      const storage = new SqliteSession(path);
      const session = await storage.load();
      await storage.close();
      const there = session === null ? [] : keyIdsOf(session);
      for (const key of used) expect(there, lines.join(', ')).toContain(key);
      if (lines.includes('user 1000')) {
        loggedIn++;
        expect([session!.user!.id, dc.authKeys.userOf(there[0]!)]).toEqual([1000, 1000]);
      }
      // Whatever is in the file, the next client begins with it.
      const next = await start(name, new SqliteSession(path), dc);
      expect(session?.user ? await next.me() : await next.logIn()).toBe(1000);
      await next.stop();
      expect([next.errors, next.aside]).toEqual([[], []]);
    }
    expect(loggedIn).toBeLessThan(KILLS);
  },
);

test.each(clientNames)(`%s: kill -9 at ${KILLS} random moments of a stream of updates`, async (name) => {
  const dc = await startDc({ users });
  const path = join(temporaryFolder(), 'a.session');
  const first = await start(name, new SqliteSession(path), dc);
  await first.logIn();
  await listen(name, first, dc);
  dc.user(1000).pushMessage({ text: 'first', from: 2000 });
  await first.hear('first');
  await first.stop();
  const before = await stored(new SqliteSession(path));
  const heard = new Set<string>();
  let sent = 0;
  let last = before.state!.pts;
  for (let kills = 0; kills < KILLS; kills++) {
    const child = startProgram(name, path, dc, 'updates');
    const { lines, all, until } = linesOf(child);
    const stream = { isOn: true };
    const streaming = pushAll(dc, stream, () => `${++sent}`);
    // From the first update that it hears of, but for those kills that come before.
    await until(kills % 4 === 0 ? 'user' : 'heard');
    await delay(randomInt(60));
    await child.kill();
    stream.isOn = false;
    await Promise.all([streaming, all]);
    for (const line of lines) if (line.startsWith('heard ')) heard.add(line.slice(6));
    const session = await stored(new SqliteSession(path));
    expect([keyIdsOf(session), session.user!.id]).toEqual([keyIdsOf(before), 1000]);
    const { pts } = session.state!;
    expect(pts).toBeGreaterThanOrEqual(last);
    expect(pts).toBeLessThanOrEqual(dc.user(1000).state.pts);
    last = pts;
  }
  if (!abilities[name].catchesUp) return;
  const end = await start(name, new SqliteSession(path), dc);
  await listen(name, end, dc);
  dc.user(1000).pushMessage({ text: 'last', from: 2000 });
  await end.hear('last');
  await end.stop();
  for (const text of end.heard) heard.add(text);
  const lost = Array.from({ length: sent }, (_, i) => `${i + 1}`).filter((text) => !heard.has(text));
  expect(lost).toEqual([]);
  expect((await stored(new SqliteSession(path))).state!.pts).toBe(dc.user(1000).state.pts);
});

/** Sends messages, one after the other, until it is told to stop. */
async function pushAll(dc: LoopbackDc, stream: { isOn: boolean }, next: () => string): Promise<void> {
  while (stream.isOn) {
    dc.user(1000).pushMessage({ text: next(), from: 2000 });
    await delay(4);
  }
}
