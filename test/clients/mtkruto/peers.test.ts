/** Whom a client of MTKruto has met, before and after a restart. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chatOf, peerOf } from '../../../src/clients/mtkruto/chats.ts';
import { MetPeers } from '../../../src/clients/mtkruto/met-peers.ts';
import { RecentValues } from '../../../src/clients/mtkruto/recent-values.ts';
import { type MtkrutoStorageOptions, mtkrutoStorage } from '../../../src/clients/mtkruto.ts';
import { Session, SessionError } from '../../../src/index.ts';
import { checkPeer } from '../../../src/peers/check.ts';
import { MemoryPeers } from '../../../src/peers/index.ts';
import { toMarkedId } from '../../../src/peers.ts';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { sampleKey } from '../../../src/testing/index.ts';
import { anyPeer } from '../../support/arbitrary.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { MemorySession } from '../../support/memory-session.ts';

const KEY = sampleKey(1);
const auth = (userId: number, authKey: Uint8Array = KEY) => ({
  apiId: 7,
  authKey,
  dc: '2',
  isBot: false,
  userId,
});
const alice = new Session({ dcs: [{ id: 2, auth: KEY }], user: { id: 777, dc: 2, bot: false } });
const flags = { isScam: false, isFake: false, isVerified: false, isRestricted: false };
const bob = {
  type: 'private',
  id: 888,
  color: 6,
  isBot: false,
  firstName: 'Bob',
  lastName: 'B',
  username: 'bob',
  also: ['bobby'],
  phoneNumber: '49123',
  isSelf: false,
  isDeleted: false,
  isContact: true,
  isMutualContact: false,
  isCloseFriend: false,
  isPremium: true,
  isSupport: false,
  ...flags,
  photo: { smallFileId: 'x' },
  status: { type: 'online', date: 5 },
};
const chats = {
  group: { type: 'group', id: -66, color: 3, title: 'G', isCreator: true },
  channel: {
    type: 'channel',
    id: -1000000000055,
    color: 6,
    title: 'Ch',
    username: 'chch',
    ...flags,
    isVerified: true,
  },
  supergroup: {
    type: 'supergroup',
    id: -1000000000056,
    color: 0,
    title: 'S',
    ...flags,
    isForum: true,
    isDirectMessagesChat: false,
  },
};

async function opened(storage: MemorySession | SqliteSession, options: MtkrutoStorageOptions = {}) {
  const errors: unknown[] = [];
  const store = mtkrutoStorage(storage, { onError: (error) => errors.push(error), ...options });
  await store.initialize();
  return { store, errors };
}

describe('after a restart, in a SqliteSession,', () => {
  const path = () => `${temporaryFolder()}/a.session`;

  test('whom MTKruto met is found by id, username and phone, and can be named to the server', async () => {
    const file = path();
    const before = Math.floor(Date.now() / 1000);
    const { store: first, errors } = await opened(new SqliteSession(file));
    // Peers that are met before there is a login wait for it.
    await first.set(['peers', 888], [bob, -99n]);
    await first.flush();
    await first.set(['auth'], auth(777));
    for (const chat of Object.values(chats)) await first.set(['peers', chat.id], [chat, 12n]);
    await first.set(['phoneNumbers', '49123'], [888, new Date()]);
    await first.set(['usernames', 'othername'], [888, new Date(5000)]); // found long before it was met now
    await first.set(['usernames', 'nobody'], [999, new Date()]);
    expect(await first.get(['peers', 888])).toEqual([bob, -99n]);
    await first.close();
    expect(errors).toEqual([]);

    const { store } = await opened(new SqliteSession(file));
    const { lastName, photo, status, ...rest } = bob;
    const known = {
      ...rest,
      firstName: 'Bob B',
      also: ['bobby', 'othername'],
      isContact: false,
      isPremium: false,
    };
    expect(await store.get(['peers', 888])).toEqual([known, -99n]);
    expect(await store.get(['peers', -66])).toEqual([{ ...chats.group, isCreator: false }, 12n]);
    expect(await store.get(['peers', -1000000000055])).toEqual([
      { ...chats.channel, isVerified: false },
      12n,
    ]);
    expect(await store.get(['peers', -1000000000056])).toEqual([
      { ...chats.supergroup, isForum: false },
      12n,
    ]);
    for (const key of [
      ['usernames', 'BOB'],
      ['usernames', 'othername'],
      ['phoneNumbers', '49123'],
    ]) {
      const [id, date] = (await store.get<[number, Date]>(key))!;
      expect(id).toBe(888);
      expect(date.getTime() / 1000).toBeGreaterThanOrEqual(before);
    }
    expect(await store.get(['usernames', 'nobody'])).toBeNull();
    expect(await store.get(['peers', 999])).toBeNull();
    await store.close();
  });

  test('whom it met before the login is there, and a name that came before its peer', async () => {
    const file = path();
    const { store: first } = await opened(new SqliteSession(file));
    await first.set(['usernames', 'othername'], [888, new Date(5000)]);
    await first.set(['peers', 888], [bob, 1n]);
    await first.flush();
    await first.set(['auth'], auth(777));
    await first.close();
    const { store } = await opened(new SqliteSession(file));
    expect(await store.get(['usernames', 'othername'])).toMatchObject([888, expect.any(Date)]);
    await store.close();
  });

  test('what was removed is gone, and another login finds nobody', async () => {
    const file = path();
    const { store: first } = await opened(new SqliteSession(file));
    await first.set(['auth'], auth(777));
    await first.set(['peers', 888], [bob, 1n]);
    await first.set(['peers', -66], [chats.group, 0n]);
    await first.flush();
    await first.set(['peers', 888], null);
    expect(await first.get(['peers', 888])).toBeNull();
    await first.close();
    const { store: second } = await opened(new SqliteSession(file));
    expect(await second.get(['peers', 888])).toBeNull();
    expect(await second.get(['peers', -66])).not.toBeNull();
    await second.set(['auth'], auth(778, sampleKey(2)));
    expect(await second.get(['peers', -66])).toBeNull();
    await second.close();
  });
});

test('a commit of many peers is few puts, none of which waits for another, and all are there at the close', async () => {
  const storage = new SqliteSession(`${temporaryFolder()}/a.session`);
  const { store } = await opened(storage);
  await store.set(['auth'], auth(777));
  let puts = 0;
  const { put } = storage.peers;
  storage.peers.put = (peers) => {
    puts++;
    return put.call(storage.peers, peers);
  };
  for (let id = 1000; id < 2000; id++) await store.set(['peers', id], [{ ...bob, id }, 1n]);
  await store.flush();
  expect(puts).toBeLessThan(10);
  expect(await storage.peers.count()).toBe(1000);
  await store.close();
});

test('in a storage without a place for peers they are there until the next login', async () => {
  const { store } = await opened(new MemorySession(alice));
  await store.set(['peers', 888], [bob, 1n]);
  await store.close();
  await store.initialize();
  expect(await store.get(['peers', 888])).toEqual([bob, 1n]);
  await store.set(['auth'], auth(778, sampleKey(2)));
  expect(await store.get(['peers', 888])).toBeNull();
  await store.close();
});

test('the account itself tells its username, and who it is where nobody knows', async () => {
  const storage = new MemorySession(new Session({ dcs: [{ id: 2, auth: KEY }] }));
  const { store } = await opened(storage);
  const self = { ...bob, id: 777, isSelf: true, isBot: true };
  await store.set(['peers', 777], [self, 1n]);
  expect(await store.get(['auth'])).toMatchObject({ userId: 777, isBot: true, dc: '2' });
  const { username, ...without } = self;
  await store.set(['peers', 777], [without, 1n]);
  await store.set(['peers', 888], [{ ...self, id: 888 }, 1n]); // of a login before
  await store.close();
  expect((await storage.load())!.user).toMatchObject({ id: 777, username: null, bot: true });
});

test('a kind of chat that is not known is kept in memory, and told once', async () => {
  const { store, errors } = await opened(new MemorySession(alice));
  for (const id of [-1000000000077, -1000000000078]) {
    await store.set(['peers', id], [{ type: 'monoforum', id }, 1n]);
    expect(await store.get(['peers', id])).toEqual([{ type: 'monoforum', id }, 1n]);
  }
  await store.close();
  expect(errors).toMatchObject([
    { code: 'INVALID_VALUE', message: expect.stringContaining('peers[-1000000000077]') },
  ]);
});

function metPeers(store: MemoryPeers) {
  const errors: unknown[] = [];
  const peers = new MetPeers({
    store: () => store,
    canStore: async () => true,
    self: () => null,
    onError: (error) => errors.push(error),
  });
  return { store, errors, peers };
}

describe('a store of peers that takes its time', () => {
  test('gets also what was met while it was busy', async () => {
    const { store, peers } = metPeers(new MemoryPeers());
    const { put } = store;
    let isAgain = false;
    store.put = async (all) => {
      if (!isAgain) peers.setChat(888, [bob as never, 2n]);
      isAgain = true;
      await put.call(store, all);
    };
    peers.setChat(888, [bob as never, 1n]);
    await peers.flush();
    await peers.flush();
    expect(await store.get('user', 888)).toMatchObject({ accessHash: 2n });
  });

  test('does not get what was met with a login that is over by then', async () => {
    const { store, peers } = metPeers(new MemoryPeers());
    await store.put([peerOf(888, [bob, 1n], 5)]);
    const { get } = store;
    store.get = async (kind, id) => {
      peers.clear();
      return get.call(store, kind, id);
    };
    peers.setNamed('username', 'late', [888, new Date()]);
    await peers.flush();
    expect(await store.getByUsername('late')).toBeNull();
  });
});

test('the values that were set last are kept, and which of them were removed', () => {
  const values = new RecentValues<number, string>(2);
  values.set(1, 'a');
  values.set(2, 'b');
  values.set(1, null);
  values.set(3, 'c');
  expect([1, 2, 3].map((key) => values.get(key))).toEqual([null, undefined, 'c']);
  expect([1, 2, 3].map((key) => values.has(key))).toEqual([true, false, true]);
  expect([...values.keys()]).toEqual([3]);
});

describe('a store of peers that fails', () => {
  const disk = new SessionError('IO', 'The disk is full.');

  function failing() {
    const store = new MemoryPeers();
    const fails = { put: true, get: true };
    const { put, get } = store;
    store.put = async (peers) => (fails.put ? Promise.reject(disk) : put.call(store, peers));
    store.get = async (kind, id) => (fails.get ? Promise.reject(disk) : get.call(store, kind, id));
    return { fails, ...metPeers(store) };
  }

  test('is told of, stops nobody, and gets what it missed with the next peer', async () => {
    const { store, fails, errors, peers } = failing();
    peers.setChat(888, [bob as never, 1n]);
    await peers.flush();
    expect(errors).toEqual([disk]);
    expect(await peers.chat(999)).toBeNull();
    expect(errors).toEqual([disk, disk]);
    fails.put = false;
    await peers.flush();
    expect(await store.count()).toBe(1);
  });
});

test('a peer is the same after MTKruto has had it, but for what it has no place for', async () => {
  await fc.assert(
    fc.property(anyPeer, fc.boolean(), fc.boolean(), fc.nat(), (any, bot, megagroup, seen) => {
      const more = any.kind === 'user' ? { bot } : any.kind === 'channel' ? { megagroup } : {};
      const peer = checkPeer('peer', { ...any, ...more, seen });
      const id = toMarkedId(peer);
      // Beyond these a marked id means something else.
      fc.pre(Number.isSafeInteger(id) && (peer.kind !== 'chat' || peer.id < 1e12));
      const [chat, hash] = chatOf(peer, null);
      const isGroup = peer.kind === 'chat';
      expect(peerOf(id, [chat, hash], seen)).toEqual({
        ...peer,
        seen,
        accessHash: peer.accessHash === 0n ? null : peer.accessHash,
        name: peer.name === '' ? null : peer.name,
        usernames: isGroup ? [] : peer.usernames,
        phone: peer.kind === 'user' ? peer.phone : null,
      });
      // That of one that is known in part does not serve.
      expect(chatOf({ ...peer, min: true }, null)).toEqual([chat, 0n]);
    }),
  );
});
