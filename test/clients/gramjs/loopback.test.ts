/** The real clients with a real login, on our storages, in front of the loopback data centre. */

import { describe, expect, test } from 'vitest';
import type { Storage } from '../../../src/index.ts';
import type { LoopbackDc } from '../../../src/testing/dc/index.ts';
import {
  type KeptClient,
  keptClient,
  keysIn,
  type Package,
  packages,
  stored,
} from '../../support/gramjs-session.ts';
import { mtcuteClient, rpcErrorOf, startDc } from '../../support/loopback.ts';
import { places } from '../../support/places.ts';

const users = [
  { id: 1000, phone: '+99966', firstName: 'Alice', username: 'alice' },
  { id: 2000, phone: '+99977', firstName: 'Bob', username: 'bob' },
  { id: 3000, token: '3000:token', firstName: 'Bot', username: 'the_bot' },
  { id: 4000, phone: '+99988', firstName: 'Carol', password: 'secret' },
];

/** A storage with a login of Alice, and the id of its key. */
async function loggedIn(name: Package, dc: LoopbackDc, storage: Storage): Promise<string> {
  const first = keptClient(name, dc, storage);
  await first.connect();
  expect(await first.logIn('+99966', '12345')).toBe(1000);
  await first.close();
  expect(first.errors).toEqual([]);
  const [key] = dc.log.of('handshake').slice(-1);
  dc.log.clear();
  return key!.authKeyId;
}

const everywhere = packages.flatMap((name) => places.map(([place, make]) => [name, place, make] as const));

describe.each(everywhere)('%s on %s', (name, _, makePlace) => {
  test('a login by code goes on after a restart, without a handshake, and where it lives is known', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    const keyId = await loggedIn(name, dc, place());
    const session = await stored(place());
    expect(keysIn(session)).toEqual([[2, keyId]]);
    expect(session.user).toMatchObject({ id: 1000, dc: 2, bot: false, username: 'alice' });
    expect(session.dcs[0]!.ipv4Addr).toBe(dc.address);
    const second = keptClient(name, dc, place());
    await second.connect();
    expect(await second.getMe()).toBe(1000);
    expect(dc.log.of('handshake')).toEqual([]);
    expect(dc.log.requests().every((request) => request.authKeyId === keyId)).toBe(true);
    await second.close();
    expect(second.errors).toEqual([]);
  });

  test('a login with a password, and one of a bot, are kept as well', async () => {
    const dc = await startDc({ users });
    const [one, two] = [makePlace(), makePlace()];
    const carol = keptClient(name, dc, one());
    await carol.connect();
    expect(await carol.logIn('+99988', '12345', 'secret')).toBe(4000);
    await carol.close();
    expect((await stored(one())).user).toMatchObject({ id: 4000, bot: false, username: null });
    const bot = keptClient(name, dc, two());
    await bot.connect();
    expect(await bot.logInBot('3000:token')).toBe(3000);
    await bot.close();
    expect((await stored(two())).user).toMatchObject({ id: 3000, bot: true, username: 'the_bot' });
    dc.log.clear();
    const second = keptClient(name, dc, two());
    await second.client.start({ botAuthToken: '3000:token' });
    expect(dc.log.methods).not.toContain('auth.importBotAuthorization');
    expect(dc.log.of('handshake')).toEqual([]);
    await second.close();
    for (const { errors } of [carol, bot, second]) expect(errors).toEqual([]);
  });

  test('a logout leaves no key behind; a login after it is there after a restart', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    await loggedIn(name, dc, place());
    const second = keptClient(name, dc, place());
    await second.connect();
    await second.logOut();
    await second.client.connect();
    expect(await second.logIn('+99977', '12345')).toBe(2000);
    await second.close();
    const session = await stored(place());
    expect(session.user!.id).toBe(2000);
    expect(keysIn(session)).toHaveLength(1);
    const third = keptClient(name, dc, place());
    await third.connect();
    expect(await third.getMe()).toBe(2000);
    await third.logOut();
    await third.close();
    const last = await stored(place());
    expect([last.user, last.state, keysIn(last)]).toEqual([null, null, []]);
    for (const { errors, aside } of [second, third]) expect([errors, aside]).toEqual([[], []]);
  });

  test('who lives on another data centre is sent there once, and begins there after a restart', async () => {
    const dc2 = await startDc({ id: 2 });
    const dc4 = await startDc({ id: 4, users, beside: dc2 });
    const place = makePlace();
    const first = keptClient(name, dc2, place());
    await first.connect();
    expect(await first.logIn('+99966', '12345')).toBe(1000);
    await first.close();
    expect(first.errors).toEqual([]);
    expect(first.aside).toEqual([]);
    const session = await stored(place());
    expect(session.user).toMatchObject({ id: 1000, dc: 4 });
    expect(keysIn(session).map(([id]) => id)).toEqual([2, 4]);
    for (const dc of [dc2, dc4]) dc.log.clear();
    const second = keptClient(name, dc2, place());
    await second.connect();
    expect(await second.getMe()).toBe(1000);
    expect(dc2.log.of('connect')).toEqual([]);
    expect(dc4.log.of('handshake')).toEqual([]);
    await second.close();
  });

  test('a key that was used twice is dead: it is told, kept aside, and in use no more', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    const keyId = await loggedIn(name, dc, place());
    const { auth } = (await stored(place())).dcs[0]!;
    const second = keptClient(name, dc, place());
    await second.connect();
    await second.getMe();
    const thief = await mtcuteClient(dc, { authKey: auth!, port: await dc.listenAs('203.0.113.7') });
    await thief.getMe().catch(() => {});
    expect(await rpcErrorOf(second.getMe())).toBe('406 AUTH_KEY_DUPLICATED');
    await second.close();
    await thief.close();
    expect(second.dead).toEqual(['AUTH_KEY_DUPLICATED']);
    expect(second.aside).toMatchObject([{ reason: 'AUTH_KEY_DUPLICATED', keyId }]);
    expect(keysIn(await stored(place()))).toEqual([]);
  });

  test('a login that was ended elsewhere is told; the key stays, and a copy of the session is aside', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    const keyId = await loggedIn(name, dc, place());
    const before = await stored(place());
    dc.authKeys.revoke(before.dcs[0]!.auth!);
    const second = keptClient(name, dc, place());
    await second.connect();
    expect(await rpcErrorOf(second.getMe())).toBe('401 AUTH_KEY_UNREGISTERED');
    await second.close();
    expect(second.dead).toEqual(['AUTH_KEY_UNREGISTERED']);
    expect(second.aside).toMatchObject([{ reason: 'AUTH_KEY_UNREGISTERED', keyId }]);
    expect((await stored(place())).equals(before)).toBe(true);
  });

  test('a key that the server does not know is kept aside', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    const keyId = await loggedIn(name, dc, place());
    const before = await stored(place());
    dc.authKeys.destroy(before.dcs[0]!.auth!);
    const second = keptClient(name, dc, place());
    await second.connect();
    expect(await rpcErrorOf(second.getMe())).toBe('401 AUTH_KEY_UNREGISTERED');
    await second.close();
    expect(second.aside).toMatchObject([{ reason: 'erased', keyId, userId: 1000 }]);
    expect(second.errors).toEqual([]);
    const between = await stored(place());
    expect(between.user).toBeNull();
    expect(keysIn(between)).toEqual([[2, dc.log.of('handshake').at(-1)!.authKeyId]]);
  });
});

describe.each(places)('updates, on %s', (_, makePlace) => {
  test('teleproto catches up from where the session was, in one call', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    dc.user(1000).state = { pts: 40, qts: 2, date: 1_700_000_000, seq: 1 };
    const first = keptClient('teleproto', dc, place());
    await first.connect();
    await first.logIn('+99966', '12345');
    await first.session.catchUp();
    expect(first.session.updateState).toMatchObject({ pts: 40, qts: 2 });
    const heard = nextMessage(first);
    dc.user(1000).pushMessage({ text: 'one', from: 2000 });
    expect(await heard).toBe('one');
    await first.close();
    expect((await stored(place())).state).toMatchObject({ pts: 41, qts: 2 });

    dc.user(1000).pushMessage({ text: 'while away', from: 2000 }, { deliver: false });
    dc.log.clear();
    const second = keptClient('teleproto', dc, place());
    const missed = nextMessage(second);
    await second.connect();
    await second.session.catchUp();
    expect(await missed).toBe('while away');
    expect((await dc.log.request('updates.getDifference')).request).toMatchObject({ pts: 41, qts: 2 });
    await second.close();
    expect((await stored(place())).state!.pts).toBe(42);
    for (const { errors } of [first, second]) expect(errors).toEqual([]);
  });

  test('teleproto that is not told to catch up does not lose where the session was', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    dc.user(1000).state = { pts: 40, qts: 2, date: 1_700_000_000, seq: 1 };
    const first = keptClient('teleproto', dc, place());
    await first.connect();
    await first.logIn('+99966', '12345');
    await first.session.catchUp();
    await first.close();
    dc.user(1000).pushMessage({ text: 'while away', from: 2000 }, { deliver: false });
    const second = keptClient('teleproto', dc, place());
    await second.connect();
    await second.getMe();
    await second.close();
    expect((await stored(place())).state).toMatchObject({ pts: 40, qts: 2 });
  });

  test('GramJS: the state is moved by what is read, and stays in front of what was missed', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    dc.user(1000).state = { pts: 40, qts: 2, date: 1_700_000_000, seq: 1 };
    const first = keptClient('telegram', dc, place());
    await first.connect();
    await first.logIn('+99966', '12345');
    await first.client.checkAuthorization();
    const heard = nextMessage(first);
    dc.user(1000).pushMessage({ text: 'one', from: 2000 });
    expect(await heard).toBe('one');
    await first.close();
    expect((await stored(place())).state).toMatchObject({ pts: 41, qts: 2 });

    dc.user(1000).pushMessage({ text: 'while away', from: 2000 }, { deliver: false });
    const second = keptClient('telegram', dc, place());
    await second.connect();
    await second.client.checkAuthorization();
    const later = nextMessage(second);
    dc.user(1000).pushMessage({ text: 'later', from: 2000 });
    expect(await later).toBe('later');
    await expect(second.session.catchUp()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await second.close();
    expect((await stored(place())).state).toMatchObject({ pts: 41, qts: 2 });
    for (const { errors } of [first, second]) expect(errors).toEqual([]);
  });
});

/** The text of the next message that a client hears of. */
function nextMessage({ client }: KeptClient): Promise<string> {
  return new Promise((resolve) => {
    client.addEventHandler((update: { message?: { message?: string } | string }) => {
      const { message } = update;
      const text = typeof message === 'object' ? message.message : message;
      if (typeof text === 'string') resolve(text);
    });
  });
}
