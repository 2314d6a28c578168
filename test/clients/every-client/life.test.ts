/** The life of a session, with every client on every storage: login, restart, updates, logout. */

import { describe, expect, onTestFinished, test } from 'vitest';
import type { Session, Storage } from '../../../src/index.ts';
import type { LoopbackDc } from '../../../src/testing/dc/index.ts';
import { abilities, type ClientName, clientNames, type Driver, drive } from '../../support/drivers/index.ts';
import { startDc } from '../../support/loopback.ts';
import { places } from '../../support/places.ts';

const users = [
  { id: 1000, phone: '+99966', firstName: 'Alice', username: 'alice' },
  { id: 2000, phone: '+99977', firstName: 'Bob', username: 'bob' },
];

/** A driver that is connected, what it hears, and when. */
async function start(name: ClientName, storage: Storage, dc: LoopbackDc) {
  const heard: string[] = [];
  let wake = () => {};
  const driver: Driver = drive(name, storage, dc, {
    onMessage(text) {
      heard.push(text);
      wake();
    },
  });
  await driver.connect();
  onTestFinished(() => driver.stop().catch(() => {}));
  const hear = async (text: string) => {
    while (!heard.includes(text)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { ...driver, heard, hear };
}

/** Begins to listen. mtcute does so a little after it says that it does. */
async function listen(name: ClientName, driver: Driver, dc: LoopbackDc): Promise<void> {
  const before = dc.log.requests('updates.getDifference').length;
  await driver.catchUp();
  if (name === 'mtcute') await dc.log.until((log) => log.requests('updates.getDifference').length > before);
}

/** Resolves when the data centre has seen the end of all that was sent to it. */
const quiet = (dc: LoopbackDc) =>
  dc.log.until((log) => log.of('connect').length === log.of('disconnect').length);

async function stored(storage: Storage): Promise<Session> {
  const session = await storage.load();
  await storage.close();
  return session!;
}

const keysOf = ({ dcs }: Session) => dcs.filter(({ auth }) => auth !== null).map((dc) => dc.authKeyId);

const everywhere = clientNames.flatMap((name) => places.map(([place, make]) => [name, place, make] as const));

describe.each(everywhere)('%s on %s', (name, _, makePlace) => {
  test('a login goes on after a restart, with the same key and no handshake, where updates were read to', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    dc.user(1000).state = { pts: 40, qts: 2, date: 1_700_000_000, seq: 1 };
    const first = await start(name, place(), dc);
    expect(await first.logIn()).toBe(1000);
    await listen(name, first, dc);
    dc.user(1000).pushMessage({ text: 'one', from: 2000 });
    await first.hear('one');
    await first.stop();
    const session = await stored(place());
    expect([session.user!.id, session.user!.dc, session.state!.pts, session.state!.qts]).toEqual([
      1000, 2, 41, 2,
    ]);
    const [keyId] = keysOf(session);
    expect(dc.authKeys.userOf(keyId!)).toBe(1000);
    await quiet(dc);

    dc.user(1000).pushMessage({ text: 'while away', from: 2000 }, { deliver: false });
    dc.log.clear();
    const second = await start(name, place(), dc);
    expect(await second.me()).toBe(1000);
    await listen(name, second, dc);
    if (abilities[name].catchesUp) {
      await second.hear('while away');
      const { request } = await dc.log.request('updates.getDifference');
      expect([request.pts, request.qts]).toEqual([41, 2]);
    }
    await second.stop();
    expect(second.heard).toEqual(abilities[name].catchesUp ? ['while away'] : []);
    // Who cannot ask stays in front of what was missed, for whoever can.
    expect((await stored(place())).state!.pts).toBe(abilities[name].catchesUp ? 42 : 41);
    expect(dc.log.of('handshake')).toEqual([]);
    expect(new Set(dc.log.requests().map(({ authKeyId }) => authKeyId))).toEqual(new Set([keyId]));
    for (const { errors, aside } of [first, second]) expect([errors, aside]).toEqual([[], []]);
  });

  test('a logout leaves no key behind, neither in the session nor aside', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    const first = await start(name, place(), dc);
    await first.logIn();
    await first.stop();
    const [keyId] = keysOf(await stored(place()));
    const second = await start(name, place(), dc);
    await second.logOut();
    await second.stop();
    const left = await stored(place());
    expect([left.user, left.state, keysOf(left)]).toEqual([null, null, []]);
    expect(dc.authKeys.userOf(keyId!)).toBeNull();
    for (const { errors, aside } of [first, second]) expect([errors, aside]).toEqual([[], []]);
    const storage = place();
    await storage.load();
    expect((await storage.aside?.list()) ?? []).toEqual([]);
    await storage.close();
  });
});
