/**
 * A month of updates in a minute: 10,000 of them over 200 channels, with restarts in between, and what happens while
 * nobody listens. GramJS is not here: it asks for nothing that it missed, so that no state of it can be that of the server.
 */

import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { abilities, clientNames } from '../../support/drivers/index.ts';
import { listen, quiet, start, stored, users } from '../../support/drivers/run.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startDc } from '../../support/loopback.ts';

const UPDATES = 10_000;
const CHANNELS = 200;
const RESTARTS = 12;
/** How many updates come before the client is given time to read. */
const BURST = 25;

const following = clientNames.filter((name) => abilities[name].catchesUp);

test.each(following)(
  '%s: the state that is left is the state of the server, channel by channel',
  async (name) => {
    const dc = await startDc({ users });
    const channels = Array.from({ length: CHANNELS }, (_, i) =>
      dc.addChannel({ id: 1_000_000_001 + i, members: [1000], title: `C${i}` }),
    );
    const path = join(temporaryFolder(), 'a.session');
    let client = await start(name, new SqliteSession(path), dc);
    await client.logIn();
    await listen(name, client, dc);
    // Channels are met by their first post; mtcute asks for each one, and does not tell of all of these.
    for (const channel of channels) {
      channel.pushMessage({ text: 'first' });
      await delay(1);
    }

    const restarts = new Set(Array.from({ length: RESTARTS }, () => BURST * randomInt(UPDATES / BURST)));
    for (let sent = 0; sent < UPDATES; sent++) {
      if (restarts.has(sent)) {
        await client.stop();
        await quiet(dc);
        dc.log.clear();
        const away = randomInt(100);
        for (let i = 0; i < away; i++, sent++) push();
        client = await start(name, new SqliteSession(path), dc);
        await listen(name, client, dc);
      }
      push();
      if (sent % BURST === 0) await delay(1);
    }
    function push() {
      if (randomInt(10) === 0) dc.user(1000).pushMessage({ text: 'private', from: 2000 });
      else channels[randomInt(CHANNELS)]!.pushMessage({ text: 'post' });
    }
    // All that is left to read, and whether it is read.
    for (const channel of channels) channel.pushMessage({ text: `last of ${channel.id}` });
    dc.user(1000).pushMessage({ text: 'last', from: 2000 });
    const last = ['last', ...channels.map(({ id }) => `last of ${id}`)];
    await client.until(() => last.every((text) => client.heard.includes(text)));
    await client.stop();
    expect(client.errors).toEqual([]);

    const { state } = await stored(new SqliteSession(path));
    const { pts, qts } = dc.user(1000).state;
    expect([state!.pts, state!.qts]).toEqual([pts, qts]);
    const read = new Map(state!.channels.map((channel) => [channel.id, channel.pts]));
    expect([...read].sort()).toEqual(channels.map((channel) => [channel.id, channel.pts]));
  },
);
