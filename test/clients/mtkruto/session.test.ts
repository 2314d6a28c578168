/** What a client of MTKruto keeps, and when, in the steps that it does them (formats/mtkruto.md, section 2). */

import { describe, expect, test } from 'vitest';
import { bringBack } from '../../../src/aside.ts';
import { type MtkrutoStorageOptions, mtkrutoStorage } from '../../../src/clients/mtkruto.ts';
import { encodeRle } from '../../../src/formats/mtkruto/rle.ts';
import { TlWriter } from '../../../src/formats/tl.ts';
import { type AsideEntry, authKeyId, Session, SessionError, type Storage } from '../../../src/index.ts';
import { sampleKey } from '../../../src/testing/index.ts';
import { MemorySession } from '../../support/memory-session.ts';
import { places } from '../../support/places.ts';
import { SlowStorage } from '../../support/slow-storage.ts';

const AUTH = ['auth'];
const [K1, K2, K3, K4] = [1, 2, 3, 4].map(sampleKey) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const auth = (dc: string | null, authKey: Uint8Array | null, userId = 0, isBot = false) => ({
  apiId: 7,
  authKey,
  dc,
  isBot,
  userId,
});
const state = (pts: number) => ({
  _: 'updates.state',
  pts,
  qts: 1,
  date: 1_700_000_000,
  seq: 3,
  unread_count: 0,
});
const disk = new SessionError('IO', 'The disk is full.');

const alice = new Session({
  dcs: [
    { id: 2, ipv4Addr: '149.154.167.51:443', auth: K2 },
    { id: 4, auth: K4 },
  ],
  user: { id: 777, dc: 2, bot: false, username: 'alice' },
  state: { pts: 10, qts: 1, date: 1_700_000_000, seq: 3, channels: [{ id: 9, pts: 4 }] },
});

async function opened(storage: Storage, options: MtkrutoStorageOptions = {}) {
  const heard = { errors: [] as unknown[], aside: [] as AsideEntry[], dead: [] as string[] };
  const store = mtkrutoStorage(storage, {
    onError: (error) => heard.errors.push(error),
    onAside: (entry) => heard.aside.push(entry),
    onDead: (reason) => heard.dead.push(reason),
    ...options,
  });
  await store.initialize();
  if (storage instanceof SlowStorage) storage.calls.length = 0;
  return { store, heard };
}

const keyIds = (session: Session | null) =>
  Object.fromEntries((session?.dcs ?? []).map((dc) => [dc.id, dc.authKeyId]));

describe.each(places)('in a %s', (_, make) => {
  test('a login, the keys of other data centres, the state and channels are there after a restart', async () => {
    const open = make();
    const first = (await opened(open(), { apiId: 7 })).store;
    expect(await first.get(AUTH)).toBeNull();
    await first.set(AUTH, auth('2', K2));
    await first.set(AUTH, auth('2', K2, 777));
    await first.set(['channelPts', 9n], 4);
    await first.set(['updates.state'], state(10));
    await first.set(['channelPts', 5n], 6);
    const other = first.branch('4');
    await other.initialize();
    // Without a key it is a record all the same, so that MTKruto logs in there at once.
    expect(await other.get(AUTH)).toEqual({ apiId: 0, authKey: null, dc: null, isBot: false, userId: 0 });
    await other.set(AUTH, { apiId: 0, authKey: K4, dc: null, isBot: false, userId: 0 });
    await first.branch('4_media').set(AUTH, auth(null, K3));
    await first.set(['session.serverSalt'], 5n);
    await other.close();
    await first.close();

    const storage = open();
    const { store, heard } = await opened(storage, { apiId: 7 });
    expect(await store.get(AUTH)).toEqual({ ...auth('2', Uint8Array.from(K2), 777) });
    expect(await store.get(['updates.state'])).toEqual(state(10));
    expect(await store.get(['channelPts', 9n])).toBe(4);
    expect(await store.get(['channelPts', 5n])).toBe(6);
    expect(await store.branch('4').get(AUTH)).toMatchObject({ authKey: Uint8Array.from(K4) });
    // Those for media are made again, as are salts.
    expect(await store.branch('4_media').get(AUTH)).toMatchObject({ authKey: null });
    expect(await store.get(['session.serverSalt'])).toBeNull();
    // The main key is not a branch's.
    expect(await store.branch('2').get(AUTH)).toMatchObject({ authKey: null });
    await store.close();
    expect(heard).toEqual({ errors: [], aside: [], dead: [] });

    const session = (await storage.load())!;
    await storage.close();
    const [main, second] = session.dcs.sort((a, b) => a.id - b.id);
    expect(main).toMatchObject({ id: 2, ipv4Addr: '149.154.167.51:443' });
    expect(second).toMatchObject({ id: 4, authKeyId: authKeyId(K4) });
    expect(session.user).toEqual(expect.objectContaining({ id: 777, dc: 2, bot: false }));
    expect(session.state!.channels).toHaveLength(2);
  });

  test('signing out leaves nothing behind, and the next login begins anew', async () => {
    const open = make();
    const { store, heard } = await opened(open());
    await store.set(AUTH, auth('2', K2, 777, true));
    await store.branch('4').set(AUTH, auth(null, K4));
    await store.set(['updates.state'], state(10));
    await store.set(['channelPts', 9n], 4);
    // As MTKruto does it: it disconnects, then removes each key there is, in the branches too, then connects.
    await store.close();
    await Promise.all([store.initialize(), store.initialize()]);
    const branches = ['1', '2', '4', '4_media', '2-test'].map((id) => store.branch(id));
    for (const each of [store, ...branches]) {
      await each.initialize();
      for await (const [key] of each.getMany({ prefix: [] })) await each.set(key, null);
      if (each !== store) await each.close();
    }
    expect(await store.get(AUTH)).toBeNull();
    await store.set(AUTH, auth('2', K1));
    await store.close();
    const storage = open();
    const session = (await storage.load())!;
    expect(keyIds(session)).toMatchObject({ 2: authKeyId(K1) });
    expect(session.dcs.filter((dc) => dc.auth !== null)).toHaveLength(1);
    expect([session.user, session.state]).toEqual([null, null]);
    expect(await storage.aside!.list()).toEqual([]);
    await storage.close();
    expect(heard.errors).toEqual([]);
  });
});

describe('what is written, and when', () => {
  test('a login is durable when set resolves; the same again costs nothing', async () => {
    const storage = new SlowStorage();
    storage.turns = 3;
    const { store } = await opened(storage);
    await store.set(AUTH, auth('2', K2, 777));
    expect((await storage.stored())!.user!.id).toBe(777);
    storage.calls.length = 0;
    await store.set(AUTH, auth('2', Uint8Array.from(K2), 777));
    await store.set(AUTH, { ...auth('2', K2, 777), apiId: 8 });
    expect(storage.calls).toEqual([]);
    expect(await store.get(AUTH)).toMatchObject({ apiId: 8 });
    await store.close();
  });

  test('what MTKruto does not know of the user stays', async () => {
    const storage = new MemorySession(alice);
    const { store } = await opened(storage);
    await store.set(AUTH, auth('2', K2, 777));
    await store.set(['channelPts', 9n], 4);
    await store.close();
    expect((await storage.load())!.equals(alice)).toBe(true);
  });

  test('the state and channels are saved behind, many at once, and all of them before it is closed', async () => {
    const storage = new SlowStorage(alice);
    const { store } = await opened(storage);
    for (let i = 0; i < 1000; i++) await store.set(['channelPts', BigInt(i + 1)], i);
    for (let i = 0; i < 100; i++) await store.set(['updates.state'], state(i));
    expect(storage.calls.length).toBeLessThan(10);
    storage.calls.length = 0;
    await store.close();
    expect(storage.calls.at(-1)).toBe('close');
    const stored = (await storage.stored())!.state!;
    expect(stored.pts).toBe(99);
    expect(stored.channels).toHaveLength(1000);
  });

  test('a state comes as an object, as bytes, or as a list, whatever other storages make of it', async () => {
    const bytes = new TlWriter()
      .int(0xa56c2a3e | 0)
      .int(5)
      .int(6)
      .int(7)
      .int(8)
      .int(9)
      .done();
    for (const value of [encodeRle(bytes), ['updates.state', encodeRle(bytes)]]) {
      const { store } = await opened(new MemorySession(alice));
      await store.set(['updates.state'], value);
      expect(await store.get(['updates.state'])).toMatchObject({ pts: 5, qts: 6, date: 7, seq: 8 });
      expect(await store.get(['channelPts', 9n])).toBe(4);
      await store.close();
    }
  });

  test('channels of an account without a state wait for one, and come back with it', async () => {
    const storage = new MemorySession(alice.with({ user: alice.user! }));
    const { store } = await opened(storage);
    await store.set(['updates.state'], null);
    expect(await store.get(['channelPts', 9n])).toBe(4);
    await store.set(['channelPts', 8n], 1);
    await store.set(['updates.state'], state(1));
    await store.close();
    expect((await storage.load())!.state!.channels.map(({ id }) => id).sort()).toEqual([8, 9]);
  });

  test('channels that waited are forgotten with the login that they were of', async () => {
    const { store } = await opened(new MemorySession(new Session({ ...alice, state: null })));
    await store.set(['channelPts', 8n], 1);
    await store.set(AUTH, auth('1', K1, 888));
    expect(await store.get(['channelPts', 8n])).toBeNull();
    await store.close();
  });

  test('what cannot be saved is an error for MTKruto where it is a login, for onError always, and saved later', async () => {
    const storage = new SlowStorage();
    const { store, heard } = await opened(storage);
    storage.fails.save = disk;
    await expect(store.set(AUTH, auth('2', K2, 777))).rejects.toBe(disk);
    await store.set(['updates.state'], state(1));
    await expect(store.flush()).rejects.toBe(disk);
    expect(new Set(heard.errors)).toEqual(new Set([disk]));
    await expect(store.close()).rejects.toBe(disk);
    expect(storage.calls.at(-1)).toBe('close');
    delete storage.fails.save;
    await store.initialize();
    await store.set(AUTH, auth('2', K2, 777));
    await store.close();
    expect((await storage.stored())!.user!.id).toBe(777);
  });

  test('a storage that cannot be loaded fails the connect, and nothing is taken for an empty session', async () => {
    const storage = new SlowStorage(alice);
    storage.fails.load = disk;
    const errors: unknown[] = [];
    const store = mtkrutoStorage(storage, { onError: (error) => errors.push(error) });
    await expect(store.get(AUTH)).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(store.initialize()).rejects.toBe(disk);
    expect(errors).toEqual([disk]);
    await expect(store.get(AUTH)).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(store.set(AUTH, auth('2', K1))).rejects.toMatchObject({ code: 'CLOSED' });
    delete storage.fails.load;
    await store.initialize();
    expect(await store.get(AUTH)).toMatchObject({ userId: 777 });
    await store.close();
    await store.close();
  });
});

describe('a key is not lost', () => {
  test('when MTKruto made a new one, though nobody logged out: the login is kept aside, and can be brought back', async () => {
    const storage = new MemorySession(alice);
    const { store, heard } = await opened(storage);
    await store.set(AUTH, auth('2', K1, 777));
    expect(heard.aside).toMatchObject([{ reason: 'replaced', keyId: authKeyId(K2), userId: 777 }]);
    // Neither the state nor the keys of other data centres were the new key's.
    expect(await store.get(['updates.state'])).toBeNull();
    expect(await store.branch('4').get(AUTH)).toMatchObject({ authKey: null });
    await store.close();
    expect(keyIds(await storage.load())).toMatchObject({ 2: authKeyId(K1) });
    const back = await bringBack(storage, heard.aside[0]!.id);
    expect(back.equals(alice)).toBe(true);
  });

  test.each([
    ['an empty key', auth('2', new Uint8Array(0), 777)],
    ['no key', auth('2', null, 777)],
    ['no key, for another data centre', auth('5', null)],
    ['no data centre', auth(null, new Uint8Array(0))],
  ])('when it writes %s', async (_, record) => {
    const storage = new MemorySession(alice);
    const { store, heard } = await opened(storage);
    await store.set(AUTH, record);
    expect(heard.aside).toMatchObject([{ reason: 'erased', keyId: authKeyId(K2) }]);
    expect((await storage.load())!.dcs.every((dc) => dc.auth === null)).toBe(true);
    await store.close();
  });

  test('when the auth string of somebody else is imported, who gets none of the other’s keys', async () => {
    const storage = new MemorySession(alice);
    const { store, heard } = await opened(storage);
    await store.set(AUTH, auth('1', K1, 888, true));
    expect(heard.aside).toMatchObject([{ reason: 'replaced', userId: 777 }]);
    const session = (await storage.load())!;
    expect(session.dcs.filter((dc) => dc.auth !== null).map((dc) => dc.id)).toEqual([1]);
    expect(session.user).toMatchObject({ id: 888, dc: 1, bot: true, username: null });
    expect(session.state).toBeNull();
    await store.close();
  });

  test('when somebody else logs in with the same one', async () => {
    const storage = new MemorySession(alice);
    const { store } = await opened(storage);
    await store.set(AUTH, auth('2', K2, 888));
    expect((await storage.aside.list()).map(({ userId }) => userId)).toEqual([777]);
    const session = (await storage.load())!;
    expect(keyIds(session)).toEqual({ 2: authKeyId(K2), 4: null });
    expect(session.user).toMatchObject({ id: 888, username: null });
    await store.close();
  });

  test('but one with which nobody logged in is no loss: MTKruto goes to another data centre to log in there', async () => {
    const storage = new MemorySession();
    const { store, heard } = await opened(storage);
    await store.set(AUTH, auth('2', K2));
    // As it does: it disconnects, and connects again.
    await store.close();
    await store.initialize();
    await store.set(AUTH, auth('4', null));
    expect(await store.get(AUTH)).toEqual(auth('4', null));
    await store.set(AUTH, auth('4', K4));
    await store.set(AUTH, auth('4', K4, 777));
    expect(heard.aside).toEqual([]);
    await store.close();
    const session = (await storage.load())!;
    expect(keyIds(session)).toEqual({ 2: null, 4: authKeyId(K4) });
    expect(session.user).toMatchObject({ id: 777, dc: 4 });
  });

  test('not even if nobody knows whose it is: it may be a login', async () => {
    const storage = new MemorySession(new Session({ dcs: [{ id: 2, auth: K2 }] }));
    const { store, heard } = await opened(storage);
    expect(await store.get(AUTH)).toMatchObject({ dc: '2', userId: 0 });
    await store.set(AUTH, auth('4', null));
    expect(heard.aside).toMatchObject([{ reason: 'erased', keyId: authKeyId(K2) }]);
    await store.close();
  });

  test.each([255, 257, 0.5])('and one of %d bytes is none: the one before stays', async (length) => {
    const storage = new MemorySession(alice);
    const { store, heard } = await opened(storage);
    const key = length < 1 ? 'text' : new Uint8Array(length).fill(1);
    await expect(store.set(AUTH, { ...auth('2', K1, 777), authKey: key })).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    });
    await expect(store.branch('4').set(AUTH, { authKey: key })).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    });
    await store.close();
    expect(heard.errors).toHaveLength(2);
    expect((await storage.load())!.equals(alice)).toBe(true);
  });

  test('a save that fails leaves it, and keeps it aside before the next one', async () => {
    const storage = new SlowStorage(alice);
    const { store } = await opened(storage);
    storage.fails.put = disk;
    await expect(store.set(AUTH, auth('2', K1, 777))).rejects.toBe(disk);
    expect((await storage.stored())!.equals(alice)).toBe(true);
    delete storage.fails.put;
    storage.calls.length = 0;
    await store.set(AUTH, auth('2', K1, 777));
    expect(storage.calls).toEqual(['put replaced', 'save']);
    await store.close();
  });
});

describe('which session it is', () => {
  test('MTKruto is told of the data centre that the user lives on, and of test servers by name', async () => {
    const test2 = { id: 2, ipv4Addr: '149.154.167.40:80', auth: K2 };
    const user = { id: 777, dc: 2, bot: true };
    const { store } = await opened(
      new MemorySession(new Session({ dcs: [{ id: 1, auth: K1 }, test2], user })),
    );
    expect(await store.get(AUTH)).toEqual({
      apiId: 0,
      authKey: Uint8Array.from(K2),
      dc: '2-test',
      isBot: true,
      userId: 777,
    });
    // The keys of production are not those of the test servers.
    expect(await store.branch('1').get(AUTH)).toMatchObject({ authKey: null });
    expect(await store.branch('1-test').get(AUTH)).toMatchObject({ authKey: Uint8Array.from(K1) });
    await store.close();
    const asTold = await opened(new MemorySession(alice), { testMode: true });
    expect(await asTold.store.get(AUTH)).toMatchObject({ dc: '2-test' });
    await asTold.store.close();
  });

  test('where nobody knows the user, the main key stays the only one of the session', async () => {
    const storage = new MemorySession(new Session({ dcs: [{ id: 4, auth: K4 }] }));
    const { store } = await opened(storage);
    await store.branch('2').set(AUTH, auth(null, K2));
    expect(await store.branch('2').get(AUTH)).toMatchObject({ authKey: Uint8Array.from(K2) });
    await store.close();
    await store.initialize();
    expect(await store.get(AUTH)).toMatchObject({ dc: '4' });
    await store.close();
  });

  test('addresses are those of the servers that the key is for; others that are no one’s stay', async () => {
    const storage = new MemorySession(
      new Session({ dcs: [{ id: 2, ipv4Addr: '127.0.0.1:5000', auth: null }] }),
    );
    const { store } = await opened(storage);
    await store.set(AUTH, auth('2-test', K2, 777));
    expect((await storage.load())!.dcs[0]).toMatchObject({ ipv4Addr: '127.0.0.1:5000' });
    await store.set(AUTH, null);
    await store.set(AUTH, auth('3', K2, 777));
    await store.set(AUTH, auth('3-test', K3, 777));
    expect((await storage.load())!.dcs[1]).toMatchObject({ id: 3, ipv4Addr: '149.154.175.117:80' });
    await store.close();
  });

  test('one on a data centre that MTKruto does not know is refused, and let go', async () => {
    const storage = new SlowStorage(
      new Session({ dcs: [{ id: 203, auth: K1 }], user: { id: 1, dc: 203, bot: false } }),
    );
    const store = mtkrutoStorage(storage, { onError: () => {} });
    await expect(store.initialize()).rejects.toMatchObject({ code: 'CANNOT_HOLD' });
    expect(storage.calls).toEqual(['load', 'close']);
  });

  test('another login that was made elsewhere meanwhile has nothing of the first one’s memory', async () => {
    const storage = new MemorySession(alice);
    const { store } = await opened(storage);
    await store.set(['session.serverSalt'], 5n);
    await store.branch('5_media').set(AUTH, auth(null, K3));
    await store.close();
    await store.initialize();
    expect(await store.get(['session.serverSalt'])).toBe(5n);
    await store.close();
    await storage.save(new Session({ dcs: [{ id: 1, auth: K1 }], user: { id: 888, dc: 1, bot: false } }));
    await store.initialize();
    expect(await store.get(['session.serverSalt'])).toBeNull();
    expect(await store.branch('5_media').get(AUTH)).toMatchObject({ authKey: null });
    expect(await store.get(AUTH)).toMatchObject({ userId: 888, dc: '1' });
    await store.close();
  });

  test.each(['auth.dc', 'auth.key', 'auth.accountType', 'connection.apiId'])(
    'MTKruto before 0.70, which asks for %s, is refused before it makes a key',
    async (name) => {
      const { store } = await opened(new MemorySession(alice));
      await expect(store.get([name])).rejects.toMatchObject({ code: 'UNSUPPORTED' });
      await expect(store.set([name], 1)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
      await store.close();
    },
  );

  test.each([-1, 2 ** 31, 1.5])('%d is no application id', (apiId) => {
    expect(() => mtkrutoStorage(new MemorySession(), { apiId })).toThrow('options.apiId');
  });
});

describe('what the caller hears', () => {
  /** As much of a client as the adapter sees. */
  function attached(store: ReturnType<typeof mtkrutoStorage>) {
    const seen = { disconnects: 0 };
    let handler: Parameters<Parameters<typeof store.attach>[0]['invoke']['use']>[0] | undefined;
    store.attach({
      async disconnect() {
        seen.disconnects++;
        // As it ends where its last commit fails: it does not come to close the storage.
        throw disk;
      },
      invoke: {
        use(given) {
          handler = given;
        },
      },
    });
    const fail = (errorMessage: string) =>
      handler!({ error: Object.assign(new Error(), { errorMessage }) }, async () => true);
    return { seen, fail, handler: handler! };
  }

  test('a session that is no longer ours alone disconnects the client, and nothing more is saved', async () => {
    const storage = new SlowStorage(alice);
    const lost = new AbortController();
    storage.held = lost.signal;
    const reasons: unknown[] = [];
    const { store, heard } = await opened(storage, { onHeldLost: (reason) => reasons.push(reason) });
    const { seen } = attached(store);
    await store.set(['updates.state'], state(99));
    lost.abort('taken over');
    expect(seen.disconnects).toBe(1);
    await expect(store.set(AUTH, auth('2', K1, 777))).rejects.toBeInstanceOf(SessionError);
    await expect.poll(() => storage.calls.at(-1)).toBe('close');
    expect(heard.errors).toContain(disk);
    expect(reasons).toEqual(['taken over']);
    expect((await storage.stored())!.equals(alice)).toBe(true);
  });

  test('a login that the server ended is kept aside and told once; requests see the same errors as before', async () => {
    const storage = new MemorySession(alice);
    const { store, heard } = await opened(storage);
    const { fail, handler } = attached(store);
    expect(await fail('FLOOD_WAIT_5')).toBe(true);
    expect(await fail('SESSION_REVOKED')).toBe(true);
    expect(await fail('SESSION_REVOKED')).toBe(true);
    expect(await handler({ error: 'no error at all' }, async () => false)).toBe(false);
    await store.flush();
    expect(heard.dead).toEqual(['SESSION_REVOKED']);
    expect(heard.aside).toMatchObject([{ reason: 'SESSION_REVOKED', keyId: authKeyId(K2) }]);
    expect(await store.get(AUTH)).toMatchObject({ userId: 777 });
    await store.close();
  });

  test('a key that two clients used is not taken again, though MTKruto writes it once more', async () => {
    const storage = new MemorySession(alice);
    const { store, heard } = await opened(storage);
    await attached(store).fail('AUTH_KEY_DUPLICATED');
    await store.set(AUTH, auth('2', K2, 777));
    await store.close();
    expect(heard.dead).toEqual(['AUTH_KEY_DUPLICATED']);
    expect((await storage.aside.list()).map(({ reason }) => reason)).toEqual(['AUTH_KEY_DUPLICATED']);
    expect((await storage.load())!.dcs.every((dc) => dc.auth === null)).toBe(true);
  });

  test('to who is not logged in the server says the same, which is nothing', async () => {
    const { store, heard } = await opened(new MemorySession());
    const { fail } = attached(store);
    await fail('AUTH_KEY_UNREGISTERED');
    await store.set(AUTH, auth('2', K2));
    await fail('AUTH_KEY_UNREGISTERED');
    await store.close();
    await fail('AUTH_KEY_UNREGISTERED');
    expect(heard.dead).toEqual([]);
  });

  test.each([
    [['secretChats', 5], 'Secret chats'],
    [['updates.updates', 0n, 1n], 'Updates'],
  ])('that %s is in memory only, once', async (key, words) => {
    const { store, heard } = await opened(new MemorySession(alice));
    await store.set(key, { a: 1 });
    await store.set(key, { a: 2 });
    await store.set(['messages.messages', 1, 2], {});
    expect(heard.errors).toMatchObject([{ code: 'CANNOT_HOLD', message: expect.stringContaining(words) }]);
    expect(await store.get(key)).toEqual({ a: 2 });
    await store.close();
  });
});
