/** Every client on a session file, killed at random moments of a stream of updates. */

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

/** Of each client: more than 50 over all of them. */
const KILLS = 17;

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
