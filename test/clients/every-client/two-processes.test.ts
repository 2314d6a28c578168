/** Two processes and one session: one is refused before it dials, or takes over while updates come. */

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { abilities, clientNames } from '../../support/drivers/index.ts';
import { linesOf, startProgram } from '../../support/drivers/processes.ts';
import { listen, quiet, start, stored, users } from '../../support/drivers/run.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startDc } from '../../support/loopback.ts';

test.each(clientNames)(
  '%s: the second process is refused, and the server never hears of it',
  async (name) => {
    const dc = await startDc({ users });
    const path = join(temporaryFolder(), 'a.session');
    const first = await start(name, new SqliteSession(path), dc);
    await first.logIn();
    const connections = dc.log.of('connect').length;
    const second = linesOf(startProgram(name, path, dc, 'updates'));
    expect(await second.all).toEqual(['begin', 'refused HELD']);
    expect(dc.log.of('connect')).toHaveLength(connections);
    expect(await first.me()).toBe(1000);
    await first.stop();
  },
);

const following = clientNames.filter((name) => abilities[name].catchesUp);

test.each(following)(
  '%s: a handover while updates come loses none, and repeats none that was saved',
  async (name) => {
    const dc = await startDc({ users });
    const path = join(temporaryFolder(), 'a.session');
    const login = await start(name, new SqliteSession(path), dc);
    await login.logIn();
    await listen(name, login, dc);
    dc.user(1000).pushMessage({ text: 'hello', from: 2000 });
    await login.hear('hello');
    await login.stop();
    await quiet(dc);
    dc.log.clear();

    // Each message is known by the pts that it moved the stream to.
    const texts = new Map<string, number>();
    let isOver = false;
    const stream = (async () => {
      while (!isOver) {
        const text = `${texts.size}`;
        dc.user(1000).pushMessage({ text, from: 2000 });
        texts.set(text, dc.user(1000).state.pts);
        await delay(3);
      }
    })();
    const one = startProgram(name, path, dc, 'updates');
    const first = linesOf(one);
    await first.until('heard');
    const two = startProgram(name, path, dc, 'updates', 60_000);
    const second = linesOf(two);
    await second.until('begin');
    await delay(100);
    // The server knows one of them as long as the other has not let go.
    const before = Math.max(...dc.log.of('connect').map(({ connection }) => connection));
    one.process.stdin!.end();
    await first.all;
    const { pts: handedOver } = await dc.log
      .until((log) => log.requests('updates.getDifference').find((each) => each.connection > before))
      .then(({ request }) => ({ pts: Number(request.pts) }));
    await second.until('heard');
    isOver = true;
    await stream;
    dc.user(1000).pushMessage({ text: 'last', from: 2000 });
    await second.until('heard last');
    two.process.stdin!.end();
    await second.all;
    expect([first.lines.at(-1), second.lines.at(-1)]).toEqual(['stopped', 'stopped']);

    const heardBy = ({ lines }: { lines: string[] }) =>
      lines.filter((line) => line.startsWith('heard ')).map((line) => line.slice(6));
    const [old, young] = [heardBy(first), heardBy(second)];
    const all = new Set([...old, ...young]);
    expect([...texts.keys()].filter((text) => !all.has(text))).toEqual([]);
    expect([old.length, young.length]).toEqual([new Set(old).size, new Set(young).size]);
    // What both heard is what the second one asked for: the first had heard it, and not yet noted.
    for (const text of old) if (young.includes(text)) expect(texts.get(text)).toBeGreaterThan(handedOver);
    expect((await stored(new SqliteSession(path))).state!.pts).toBe(dc.user(1000).state.pts);
    expect(dc.log.of('handshake')).toEqual([]);
  },
);
