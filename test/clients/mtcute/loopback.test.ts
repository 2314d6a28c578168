/** The real client of mtcute with a real login, on our storages, in front of the loopback data centre. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryStorage } from '@mtcute/node';
import { describe, expect, test } from 'vitest';
import { bringBack } from '../../../src/aside.ts';
import { authKeyId, type Session, type Storage } from '../../../src/index.ts';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import type { LoopbackDc } from '../../../src/testing/dc/index.ts';
import { sampleKey } from '../../../src/testing/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { mtcuteClient, startDc } from '../../support/loopback.ts';
import { MemorySession } from '../../support/memory-session.ts';
import { clientAt, type RealClient } from '../../support/mtcute-client.ts';
import { SlowStorage } from '../../support/slow-storage.ts';

const users = [
  { id: 1000, phone: '+99966', firstName: 'Alice', username: 'alice' },
  { id: 2000, phone: '+99977', firstName: 'Bob', username: 'bob' },
  { id: 3000, token: '3000:token', firstName: 'Bot', username: 'the_bot' },
];

const places: [string, () => () => Storage][] = [
  [
    'MemorySession',
    () => {
      const storage = new MemorySession();
      return () => storage;
    },
  ],
  [
    'SqliteSession',
    () => {
      const path = join(temporaryFolder(), 'a');
      return () => new SqliteSession(path);
    },
  ],
];

async function stored(storage: Storage): Promise<Session> {
  const session = await storage.load();
  await storage.close();
  return session!;
}

const keys = (session: Session) =>
  session.dcs.filter(({ auth }) => auth !== null).map((each) => [each.id, each.authKeyId]);

/** Logs in by code, as a program does that asks for it. */
async function logIn({ client }: RealClient, phone = '+99966'): Promise<number> {
  const me = await client.start({ phone, code: async () => '12345', codeSentCallback() {} });
  return me.id;
}

/** A storage with a login of Alice, and the id of its key. */
async function loggedIn(dc: LoopbackDc, storage: Storage): Promise<string> {
  const first = clientAt(dc, storage);
  expect(await logIn(first)).toBe(1000);
  await first.client.destroy();
  expect(first.errors).toEqual([]);
  const [key] = dc.log.of('handshake').slice(-1);
  dc.log.clear();
  return key!.authKeyId;
}

/** Waits until a client has asked for its updates, so that what comes next is none that it finds by that. */
const caughtUp = (dc: LoopbackDc, times: number) =>
  dc.log.until((log) => log.requests('updates.getDifference')[times - 1]);

describe.each(places)('on %s', (_, makePlace) => {
  test('a login by code goes on after a restart, without a handshake, and where it lives is known', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    const keyId = await loggedIn(dc, place());
    const session = await stored(place());
    expect(keys(session)).toEqual([[2, keyId]]);
    expect(session.user).toMatchObject({ id: 1000, dc: 2, bot: false, username: 'alice' });
    expect(session.dcs[0]!.ipv4Addr).toBe(dc.address);
    const second = clientAt(dc, place());
    expect((await second.client.getMe()).id).toBe(1000);
    expect(dc.log.of('handshake')).toEqual([]);
    expect(dc.log.requests().every((request) => request.authKeyId === keyId)).toBe(true);
    await second.client.destroy();
    expect(second.errors).toEqual([]);
  });

  test('a bot goes on as well', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    const first = clientAt(dc, place());
    await first.client.start({ botToken: '3000:token' });
    await first.client.destroy();
    expect((await stored(place())).user).toMatchObject({ id: 3000, bot: true });
    dc.log.clear();
    const second = clientAt(dc, place());
    expect((await second.client.start({ botToken: '3000:token' })).isBot).toBe(true);
    expect(dc.log.methods).not.toContain('auth.importBotAuthorization');
    expect(dc.log.of('handshake')).toEqual([]);
    await dc.log.request('help.getConfig');
    await second.client.getMe();
    await second.client.destroy();
  });

  test('updates are asked for from where they were read to', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    dc.user(1000).state = { pts: 40, qts: 2, date: 1_700_000_000, seq: 1 };
    const first = clientAt(dc, place(), { updates: { catchUp: true } });
    await logIn(first);
    await first.client.startUpdatesLoop();
    const heard = new Promise((resolve) => first.client.onNewMessage.add((message) => resolve(message.text)));
    await caughtUp(dc, 2);
    dc.user(1000).pushMessage({ text: 'one', from: 2000 });
    expect(await heard).toBe('one');
    await first.client.destroy();
    expect(first.errors).toEqual([]);
    const { state } = await stored(place());
    expect(state).toMatchObject({ pts: 41, qts: 2 });

    dc.user(1000).pushMessage({ text: 'while away', from: 2000 }, { deliver: false });
    dc.log.clear();
    const second = clientAt(dc, place(), { updates: { catchUp: true } });
    const missed = new Promise((resolve) => second.client.onNewMessage.add((each) => resolve(each.text)));
    await second.client.start({});
    expect(await missed).toBe('while away');
    expect((await dc.log.request('updates.getDifference')).request).toMatchObject({ pts: 41, qts: 2 });
    await second.client.destroy();
    expect((await stored(place())).state!.pts).toBe(42);
  });

  test('a logout leaves no key behind; a login after it, by the same client, is there after a restart', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    const keyId = await loggedIn(dc, place());
    const second = clientAt(dc, place());
    await second.client.logOut();
    // The client is still connected, with a key that is nobody's.
    expect(await second.provider.aside.list()).toEqual([]);
    expect(await logIn(second, '+99977')).toBe(2000);
    await second.client.destroy();
    const session = await stored(place());
    expect([session.user!.id, keys(session)]).toEqual([2000, [[2, keyId]]]);
    const third = clientAt(dc, place());
    expect((await third.client.getMe()).id).toBe(2000);
    await third.client.logOut();
    await third.client.destroy();
    for (const { errors } of [second, third]) expect(errors).toEqual([]);
    const last = await stored(place());
    expect([last.user, last.state, keys(last)]).toEqual([null, null, []]);
    expect(dc.log.of('handshake')).toEqual([]);
  });

  test('a key that the server does not know is kept aside, and can be brought back', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    const keyId = await loggedIn(dc, place());
    const before = await stored(place());
    const key = before.dcs[0]!.auth!;
    dc.authKeys.destroy(key);
    const second = clientAt(dc, place());
    await expect(second.client.getMe()).rejects.toThrow('AUTH_KEY_UNREGISTERED');
    await second.client.destroy();
    expect(dc.log.of('refusal').map(({ reason }) => reason)).toContain('-404');
    expect(second.aside).toMatchObject([{ reason: 'erased', keyId, userId: 1000 }]);
    expect(second.errors).toEqual([]);
    const between = await stored(place());
    expect(between.user).toBeNull();
    expect(keys(between)).toEqual([[2, dc.log.of('handshake').at(-1)!.authKeyId]]);

    // The server was mistaken, as it is now and then.
    dc.authKeys.add(key, 1000);
    const storage = place();
    await bringBack(storage, second.aside[0]!.id);
    await storage.close();
    expect((await stored(place())).equals(before)).toBe(true);
    dc.log.clear();
    const third = clientAt(dc, place());
    expect((await third.client.getMe()).id).toBe(1000);
    expect(dc.log.of('handshake')).toEqual([]);
    await third.client.destroy();
  });

  test('after such a key a login goes on with the new one', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    await loggedIn(dc, place());
    dc.authKeys.destroy((await stored(place())).dcs[0]!.auth!);
    const second = clientAt(dc, place());
    expect(await logIn(second)).toBe(1000);
    await second.client.destroy();
    dc.log.clear();
    const third = clientAt(dc, place());
    expect((await third.client.getMe()).id).toBe(1000);
    expect(dc.log.of('handshake')).toEqual([]);
    await third.client.destroy();
    expect([...second.errors, ...third.errors]).toEqual([]);
  });

  test('a key that was used twice is dead: it is told, kept aside, and in use no more', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    const keyId = await loggedIn(dc, place());
    const { auth } = (await stored(place())).dcs[0]!;
    const second = clientAt(dc, place());
    await second.client.getMe();
    const thief = await mtcuteClient(dc, { authKey: auth!, port: await dc.listenAs('203.0.113.7') });
    await thief.getMe().catch(() => {});
    await expect(second.client.getMe()).rejects.toThrow('AUTH_KEY_DUPLICATED');
    await second.client.destroy();
    await thief.close();
    expect(second.dead).toEqual(['AUTH_KEY_DUPLICATED']);
    expect(second.aside).toMatchObject([{ reason: 'AUTH_KEY_DUPLICATED', keyId }]);
    expect(keys(await stored(place()))).toEqual([]);
  });

  test('a login that was ended elsewhere is told; the key stays, and a copy of the session is aside', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    const keyId = await loggedIn(dc, place());
    const before = await stored(place());
    dc.authKeys.revoke(before.dcs[0]!.auth!);
    const second = clientAt(dc, place());
    await expect(second.client.getMe()).rejects.toThrow('AUTH_KEY_UNREGISTERED');
    await second.client.destroy();
    expect(second.dead).toEqual(['AUTH_KEY_UNREGISTERED']);
    expect(second.aside).toMatchObject([{ reason: 'AUTH_KEY_UNREGISTERED', keyId }]);
    expect((await stored(place())).equals(before)).toBe(true);
  });

  test('who lives on another data centre is sent there once, and begins there after a restart', async () => {
    const dc2 = await startDc({ id: 2 });
    const dc4 = await startDc({ id: 4, users, beside: dc2 });
    const place = makePlace();
    const first = clientAt(dc2, place());
    expect(await logIn(first)).toBe(1000);
    await first.client.destroy();
    expect(first.errors).toEqual([]);
    const session = await stored(place());
    expect(session.user).toMatchObject({ id: 1000, dc: 4 });
    expect(session.dcs.find(({ id }) => id === 4)!.ipv4Addr).toBe(dc4.address);
    expect(keys(session).map(([id]) => id)).toEqual([2, 4]);
    for (const dc of [dc2, dc4]) dc.log.clear();
    const second = clientAt(dc2, place());
    expect((await second.client.getMe()).id).toBe(1000);
    expect(dc2.log.of('connect')).toEqual([]);
    expect(dc4.log.of('handshake')).toEqual([]);
    await second.client.destroy();
  });

  test('temporary keys are made, and none is kept', async () => {
    const dc = await startDc({ users });
    const place = makePlace();
    const first = clientAt(dc, place(), { network: { usePfs: true } } as never);
    await logIn(first);
    await first.client.destroy();
    // About one handshake of 400 the client gives up, and begins another: the last one counts.
    const permanent = dc.log.of('handshake').findLast(({ temporary }) => !temporary);
    expect(dc.log.of('handshake').some(({ temporary }) => temporary)).toBe(true);
    expect(keys(await stored(place()))).toEqual([[2, permanent!.authKeyId]]);
    expect(first.errors).toEqual([]);
  });
});

describe('on a session file', () => {
  const file = () => new SqliteSession(join(temporaryFolder(), 'a'));

  test('a peer is found by its name after a restart, and the server is not asked', async () => {
    const dc = await startDc({ users });
    const storage = file();
    await loggedIn(dc, storage);
    const first = clientAt(dc, storage);
    const bob = await first.client.resolvePeer('bob');
    expect(dc.log.methods).toContain('contacts.resolveUsername');
    await first.client.destroy();
    dc.log.clear();
    const second = clientAt(dc, storage);
    await second.client.connect();
    expect(await second.client.resolvePeer('bob')).toEqual(bob);
    expect(await second.client.resolvePeer(2000)).toEqual(bob);
    expect(dc.log.methods).not.toContain('contacts.resolveUsername');
    // What needs the whole peer asks for it.
    expect((await second.client.getUser('bob')).firstName).toBe('Bob');
    await second.client.destroy();
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  test('no byte of a key is left in the file after a logout', async () => {
    const dc = await startDc({ users });
    const storage = file();
    await loggedIn(dc, storage);
    const { auth } = (await stored(storage)).dcs[0]!;
    expect(readFileSync(storage.path).includes(Buffer.from(auth!))).toBe(true);
    const second = clientAt(dc, storage);
    await second.client.logOut();
    await second.client.destroy();
    const bytes = readFileSync(storage.path);
    for (let at = 0; at < 256; at += 32)
      expect(bytes.includes(Buffer.from(auth!.subarray(at, at + 32)))).toBe(false);
  });

  test('that is in use a second client is refused, and does not connect', async () => {
    const dc = await startDc({ users });
    const storage = file();
    await loggedIn(dc, storage);
    const first = clientAt(dc, storage);
    await first.client.getMe();
    dc.log.clear();
    const second = clientAt(dc, new SqliteSession(storage.path));
    await expect(second.provider.open()).rejects.toMatchObject({ code: 'HELD' });
    expect(second.errors).toMatchObject([{ code: 'HELD' }]);
    expect(dc.log.of('connect')).toEqual([]);
    await second.client.destroy();
    expect((await first.client.getMe()).id).toBe(1000);
    await first.client.destroy();
    const third = clientAt(dc, new SqliteSession(storage.path));
    expect((await third.client.getMe()).id).toBe(1000);
    await third.client.destroy();
  });
});

describe('on a storage that fails', () => {
  test('a login that cannot be kept is no login for the client; it is kept when the disk has room again', async () => {
    const dc = await startDc({ users });
    const storage = new SlowStorage();
    const first = clientAt(dc, storage);
    await first.client.sendCode({ phone: '+99966' });
    const disk = new Error('The disk is full.');
    storage.fails.save = disk;
    await expect(logIn(first)).rejects.toBe(disk);
    expect(first.errors).toContain(disk);
    delete storage.fails.save;
    await first.client.destroy();
    expect((await storage.stored())!.user!.id).toBe(1000);
    expect(storage.calls.at(-1)).toBe('close');
  });

  test('requests go on, and the storage is closed at the end', async () => {
    const dc = await startDc({ users });
    const storage = new SlowStorage();
    await loggedIn(dc, storage);
    storage.calls.length = 0;
    const second = clientAt(dc, storage, { updates: { catchUp: true } });
    await second.client.start({});
    await caughtUp(dc, 1);
    const disk = new Error('The disk is full.');
    storage.fails.save = disk;
    const heard = new Promise((resolve) => second.client.onNewMessage.add((each) => resolve(each.text)));
    dc.user(1000).pushMessage({ text: 'one', from: 2000 });
    expect(await heard).toBe('one');
    expect((await second.client.getMe()).id).toBe(1000);
    await expect(second.client.destroy()).rejects.toBe(disk);
    expect(second.errors).toContain(disk);
    expect(storage.calls.at(-1)).toBe('close');
  });
});

test('a hold that is lost takes the client off the network at once', async () => {
  const dc = await startDc({ users });
  const storage = new SlowStorage();
  await loggedIn(dc, storage);
  const holding = new AbortController();
  storage.held = holding.signal;
  const second = clientAt(dc, storage);
  await second.client.getMe();
  const gone = dc.log.until((log) => log.of('disconnect')[0]);
  holding.abort('lease');
  await gone;
  expect(second.lost).toEqual(['lease']);
  expect(second.base.isConnected).toBe(false);
  await second.client.destroy().catch(() => {});
  expect(storage.calls.at(-1)).toBe('close');
});

test('a session that another library made is used as it is, and its key by no handshake', async () => {
  const dc = await startDc({ users });
  dc.authKeys.add(sampleKey(1), 1000);
  const storage = new MemorySession();
  const { Session } = await import('../../../src/index.ts');
  await storage.save(new Session({ dcs: [{ id: 2, ipv4Addr: dc.address, auth: sampleKey(1) }] }));
  const { client, provider, errors } = clientAt(dc, storage);
  expect((await client.getMe()).id).toBe(1000);
  await client.destroy();
  expect(dc.log.of('handshake')).toEqual([]);
  expect((await stored(storage)).user).toMatchObject({ id: 1000, dc: 2 });
  expect(keys(await stored(storage))).toEqual([[2, authKeyId(sampleKey(1))]]);
  expect([errors, await provider.aside.list()]).toEqual([[], []]);
});

test('mtcute’s own storage, in the same place, makes the client do the same', async () => {
  // What is asked of the server does not depend on whose storage it is.
  const methods = async (make: (dc: LoopbackDc) => RealClient['client']) => {
    const dc = await startDc({ users });
    const client = make(dc);
    await client.start({ phone: '+99966', code: async () => '12345', codeSentCallback() {} });
    await client.resolvePeer('bob');
    await client.logOut();
    await client.destroy();
    return dc.log.methods.filter((name) => name !== 'updates.getState');
  };
  const theirs = await methods(
    (dc) => clientAt(dc, new MemorySession(), { storage: new MemoryStorage() }).client,
  );
  expect(await methods((dc) => clientAt(dc, new MemorySession()).client)).toEqual(theirs);
});
