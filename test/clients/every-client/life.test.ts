/** The life of a session, with every client on every storage: login, restart, updates, logout. */

import { describe, expect, test } from 'vitest';
import { abilities, clientNames } from '../../support/drivers/index.ts';
import { keyIdsOf, listen, quiet, start, stored, users } from '../../support/drivers/run.ts';
import { startDc } from '../../support/loopback.ts';
import { places } from '../../support/places.ts';

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
    const [keyId] = keyIdsOf(session);
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
    const [keyId] = keyIdsOf(await stored(place()));
    const second = await start(name, place(), dc);
    await second.logOut();
    await second.stop();
    const left = await stored(place());
    expect([left.user, left.state, keyIdsOf(left)]).toEqual([null, null, []]);
    expect(dc.authKeys.userOf(keyId!)).toBeNull();
    for (const { errors, aside } of [first, second]) expect([errors, aside]).toEqual([[], []]);
    const storage = place();
    await storage.load();
    expect((await storage.aside?.list()) ?? []).toEqual([]);
    await storage.close();
  });
});
