/** What mtcute's own suites leave out: the traps of formats/mtcute.md, section 3, each a promise. */

import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type MtcuteStorageOptions, mtcuteStorage } from '../../../src/clients/mtcute.ts';
import { writeCurrentUser } from '../../../src/formats/mtcute/current-user.ts';
import { authKeyId, Session, SessionError } from '../../../src/index.ts';
import { sampleKey } from '../../../src/testing/index.ts';
import { leakIn } from '../../support/key-in-text.ts';
import { MemorySession } from '../../support/memory-session.ts';
import { SlowStorage } from '../../support/slow-storage.ts';

const alice = new Session({
  dcs: [
    { id: 2, ipv4Addr: '149.154.167.51:443', auth: sampleKey(1) },
    { id: 4, auth: sampleKey(4) },
  ],
  user: { id: 5000801609, dc: 2, bot: false, username: 'alice' },
  state: { pts: 10, qts: 1, date: 1_700_000_000, seq: 3, channels: [{ id: 9, pts: 4 }] },
});
const currentUser = (id: number) =>
  writeCurrentUser({ id, bot: false, isPremium: true, usernames: ['a', 'b'] });
const int = (value: number) => new Uint8Array(new Int32Array([value]).buffer);
const disk = new SessionError('IO', 'The disk is full.');

async function loaded(storage: SlowStorage, options: MtcuteStorageOptions = {}) {
  const errors: unknown[] = [];
  const provider = mtcuteStorage(storage, { onError: (error) => errors.push(error), ...options });
  await provider.driver.load();
  // As the client does when it connects.
  provider.authKeys.get(2);
  storage.calls.length = 0;
  return { provider, errors };
}

const keyIds = (session: Session | null) => (session?.dcs ?? []).map((dc) => [dc.id, dc.authKeyId]);

describe('keys', () => {
  test('are durable when the promise resolves; several in one turn are one save', async () => {
    const storage = new SlowStorage();
    storage.turns = 3;
    const { provider } = await loaded(storage);
    await Promise.all([provider.authKeys.set(2, sampleKey(1)), provider.authKeys.set(4, sampleKey(2))]);
    expect(storage.calls).toEqual(['save']);
    expect(keyIds(await storage.stored())).toEqual([
      [2, authKeyId(sampleKey(1))],
      [4, authKeyId(sampleKey(2))],
    ]);
    await provider.driver.destroy();
  });

  test('that cannot be saved are an error for the client and for the caller, and saved with the next change', async () => {
    const storage = new SlowStorage();
    const { provider, errors } = await loaded(storage);
    storage.fails.save = disk;
    await expect(provider.authKeys.set(2, sampleKey(1))).rejects.toBe(disk);
    expect(errors).toEqual([disk]);
    delete storage.fails.save;
    await provider.authKeys.set(4, sampleKey(2));
    expect(keyIds(await storage.stored())).toHaveLength(2);
    await provider.driver.destroy();
  });

  test('are copies: of the client’s bytes, and for the client', async () => {
    const { provider } = await loaded(new SlowStorage());
    const key = sampleKey(1);
    await provider.authKeys.set(2, key);
    key.fill(9);
    expect(provider.authKeys.get(2)).toEqual(sampleKey(1));
    provider.authKeys.get(2)!.fill(9);
    expect(provider.authKeys.get(2)).toEqual(sampleKey(1));
    await provider.driver.destroy();
  });

  test('that are none are refused, and those before stay', async () => {
    const storage = new SlowStorage(alice);
    const { provider } = await loaded(storage);
    for (const bad of [new Uint8Array(0), new Uint8Array(256), new Uint8Array(192).fill(1)]) {
      await expect(provider.authKeys.set(2, bad)).rejects.toThrow(
        expect.objectContaining({ code: 'INVALID_VALUE' }),
      );
    }
    expect(provider.authKeys.get(2)).toEqual(sampleKey(1));
    await provider.driver.destroy();
    expect(storage.calls).toEqual(['close']);
  });

  test('temporary ones are never saved, compared by plain numbers, and gone with deleteAll and deleteByDc', async () => {
    const storage = new SlowStorage(alice);
    const { provider } = await loaded(storage);
    const { authKeys } = provider;
    // The client gives milliseconds since 1970, and asks with those since its process began.
    authKeys.setTemp(2, 0, sampleKey(7), (Math.floor(Date.now() / 1000) + 86400) * 1000);
    authKeys.setTemp(4, 1, sampleKey(8), 100);
    expect(authKeys.getTemp(2, 0, performance.now())).toEqual(sampleKey(7));
    expect(authKeys.getTemp(4, 1, 99)).toEqual(sampleKey(8));
    expect(authKeys.getTemp(4, 1, 100)).toBeNull();
    await provider.driver.save();
    expect(storage.calls).toEqual([]);
    await authKeys.deleteByDc(4);
    expect(authKeys.getTemp(4, 1, 0)).toBeNull();
    expect(authKeys.getTemp(2, 0, 0)).not.toBeNull();
    await authKeys.deleteAll();
    expect(authKeys.getTemp(2, 0, 0)).toBeNull();
    await provider.driver.destroy();
  });

  test('-404: the session is kept aside as it was; the client goes on, with a session that is not logged in', async () => {
    const storage = new SlowStorage(alice);
    const { provider, errors } = await loaded(storage);
    await provider.authKeys.set(2, null);
    expect(provider.authKeys.get(2)).toBeNull();
    await provider.authKeys.set(2, sampleKey(50));
    expect(storage.calls).toEqual(['put erased', 'save', 'save']);
    const [entry] = await provider.aside.list();
    expect((await provider.aside.get(entry!.id))!.equals(alice)).toBe(true);
    const session = (await storage.stored())!;
    expect([session.user, session.state]).toEqual([null, null]);
    expect(keyIds(session)).toEqual([
      [2, authKeyId(sampleKey(50))],
      [4, null],
    ]);
    // The same user logs in again: the client stores what changes, and has the rest in its own memory.
    provider.kv.set('current_user', currentUser(alice.user!.id));
    await provider.driver.save();
    expect((await storage.stored())!.state!.equals(alice.state!)).toBe(true);
    provider.kv.set('updates_pts', int(11));
    await provider.driver.destroy();
    expect(errors).toEqual([]);
    const after = (await storage.stored())!;
    expect(after.user).toMatchObject({ id: alice.user!.id, dc: 2, username: 'a' });
    expect(after.state).toMatchObject({ pts: 11, qts: 1, date: 1_700_000_000, seq: 3 });
    expect(after.state!.channels).toEqual([{ id: 9, pts: 4 }]);
  });

  test('-404, and another user logs in: the state is his, without the channels and the peers of the one before', async () => {
    const storage = new SlowStorage(alice);
    const { provider } = await loaded(storage);
    provider.peers.store({
      id: 1,
      accessHash: '1|1',
      isMin: false,
      usernames: [],
      updated: 1,
      complete: int(1),
    });
    await provider.driver.save();
    await provider.authKeys.set(2, null);
    await provider.authKeys.set(2, sampleKey(50));
    provider.kv.set('current_user', currentUser(77));
    await provider.driver.save();
    expect((await storage.stored())!.state).toBeNull();
    expect(await provider.peers.getById(1)).toBeNull();
    expect(provider.kv.get('updates_channel:9')).toBeNull();
    provider.kv.set('updates_pts', int(1));
    await provider.driver.destroy();
    expect((await storage.stored())!.state).toMatchObject({ pts: 1, channels: [] });
  });

  test('of another data centre that the server does not know costs nothing else', async () => {
    const storage = new SlowStorage(alice);
    const { provider } = await loaded(storage);
    await provider.authKeys.set(4, null);
    await provider.authKeys.set(4, sampleKey(51));
    await provider.driver.destroy();
    expect(await storage.aside!.list()).toEqual([]);
    expect((await storage.stored())!.user).not.toBeNull();
  });
});

describe('a logout', () => {
  const logOut = async (provider: ReturnType<typeof mtcuteStorage>) => {
    // What the client does, in its order: the key of the main data centre it leaves.
    provider.kv.set('current_user', new Uint8Array(0));
    await provider.driver.save();
    for (const dc of [1, 3, 4, 5]) await provider.authKeys.deleteByDc(dc);
  };

  test('leaves no key behind, no user and no state', async () => {
    const storage = new SlowStorage(alice);
    const { provider } = await loaded(storage);
    await logOut(provider);
    const session = (await storage.stored())!;
    expect([session.user, session.state]).toEqual([null, null]);
    expect(session.dcs.every(({ auth }) => auth === null)).toBe(true);
    // What it still stores is the state of nobody.
    provider.kv.set('updates_pts', int(99));
    await provider.driver.destroy();
    expect((await storage.stored())!.state).toBeNull();
    expect(await storage.aside!.list()).toEqual([]);
  });

  test('and a login after it, with the key that the client still has, is durable with that key', async () => {
    const storage = new SlowStorage(alice);
    const { provider, errors } = await loaded(storage);
    await logOut(provider);
    expect(provider.authKeys.get(2)).toEqual(sampleKey(1));
    provider.kv.set('current_user', currentUser(77));
    await provider.driver.save();
    const session = (await storage.stored())!;
    expect(session.user).toMatchObject({ id: 77, dc: 2 });
    expect(keyIds(session)).toEqual([
      [2, authKeyId(sampleKey(1))],
      [4, null],
    ]);
    expect(session.state).toBeNull();
    // The first thing that the client counts for the new user makes the state whole, without the other's channels.
    provider.kv.set('updates_pts', int(1));
    await provider.driver.destroy();
    expect(errors).toEqual([]);
    expect((await storage.stored())!.state).toMatchObject({ pts: 1, channels: [] });
  });

  test('that cannot be saved is an error for the client', async () => {
    const storage = new SlowStorage(alice);
    const { provider } = await loaded(storage);
    storage.fails.save = disk;
    provider.kv.set('current_user', new Uint8Array(0));
    await expect(provider.driver.save()).rejects.toBe(disk);
    delete storage.fails.save;
    await provider.driver.destroy();
    expect((await storage.stored())!.dcs.every(({ auth }) => auth === null)).toBe(true);
  });
});

describe('values', () => {
  test('that are set, deleted and then saved are gone', async () => {
    const storage = new SlowStorage(alice);
    const { provider } = await loaded(storage);
    for (const key of ['current_user', 'updates_pts', 'other']) {
      provider.kv.set(key, key === 'updates_pts' ? int(5) : currentUser(1));
      provider.kv.delete(key);
    }
    await provider.driver.save();
    for (const key of ['current_user', 'updates_pts', 'other']) expect(provider.kv.get(key)).toBeNull();
    const session = (await storage.stored())!;
    expect([session.user, session.state]).toEqual([null, null]);
    // Forgotten, but not logged out: the key is the login.
    expect(session.dcs[0]!.authKeyId).toBe(authKeyId(sampleKey(1)));
    await provider.driver.destroy();
  });

  test('wait for the save: what was set and not saved is nowhere durable', async () => {
    const storage = new SlowStorage(alice);
    const { provider } = await loaded(storage);
    provider.kv.set('updates_pts', int(5));
    await provider.authKeys.set(5, sampleKey(5));
    expect((await storage.stored())!.state!.pts).toBe(10);
    await provider.driver.save();
    expect((await storage.stored())!.state!.pts).toBe(5);
    await provider.driver.destroy();
  });

  test('of no session are in memory: salts, the data centre for files, whatever else', async () => {
    const storage = new SlowStorage(alice);
    const { provider } = await loaded(storage);
    for (const key of ['salts:2', 'dc_media', 'x']) provider.kv.set(key, sampleKey(1));
    await provider.driver.save();
    expect(provider.kv.get('salts:2')).toEqual(sampleKey(1));
    expect(storage.calls).toEqual([]);
    await provider.driver.destroy();
    await provider.driver.load();
    expect(provider.kv.get('salts:2')).toBeNull();
    await provider.driver.destroy();
  });

  test.each([
    ['current_user', int(9)],
    ['dc_main', new Uint8Array([9, 2, 0])],
    ['updates_pts', new Uint8Array(3)],
    ['updates_channel:x', int(1)],
  ])('that no reader understands are an error, and hurt nothing else: %s', async (key, value) => {
    const storage = new SlowStorage(alice);
    const { provider, errors } = await loaded(storage);
    provider.kv.set(key, value);
    await expect(provider.driver.save()).rejects.toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
    expect(errors).toHaveLength(1);
    // It is told once.
    await provider.driver.save();
    expect((await storage.stored())!.equals(alice)).toBe(true);
    await provider.authKeys.set(5, sampleKey(5));
    await provider.driver.destroy();
    expect(errors).toHaveLength(1);
    expect((await storage.stored())!.dcs).toHaveLength(3);
  });

  test('the client’s default data centre is kept with its address, where the caller told it', async () => {
    const storage = new SlowStorage();
    const defaultDcs = { main: { id: 3, ipAddress: '127.0.0.1', port: 50000 } };
    const { provider } = await loaded(storage, { defaultDcs });
    await provider.authKeys.set(3, sampleKey(1));
    expect((await storage.stored())!.dcs.find(({ id }) => id === 3)!.ipv4Addr).toBe('127.0.0.1:50000');
    await provider.driver.destroy();
    expect(() =>
      mtcuteStorage(storage, { defaultDcs: { main: { id: 3, ipAddress: 'a b', port: 1 } } }),
    ).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });

  test('the user lives where the client began, if nobody told it otherwise', async () => {
    const storage = new SlowStorage();
    const provider = mtcuteStorage(storage);
    await provider.driver.load();
    provider.authKeys.get(3);
    await provider.authKeys.set(3, sampleKey(1));
    await provider.authKeys.set(4, sampleKey(2));
    provider.kv.set('current_user', currentUser(7));
    await provider.driver.destroy();
    expect((await storage.stored())!.user!.dc).toBe(3);
  });
});

describe('the life of the storage', () => {
  test('ends with the last of its users', async () => {
    const storage = new SlowStorage(alice);
    const provider = mtcuteStorage(storage);
    await Promise.all([provider.driver.load(), provider.driver.load()]);
    await provider.driver.destroy();
    expect(storage.calls).toEqual(['load']);
    await provider.driver.destroy();
    await provider.driver.destroy();
    expect(storage.calls).toEqual(['load', 'close']);
  });

  test('begins with open() where the caller wants to hear first; a client comes on top, or none', async () => {
    const storage = new SlowStorage(alice);
    const provider = mtcuteStorage(storage, { onError() {} });
    storage.fails.load = disk;
    await expect(provider.open()).rejects.toBe(disk);
    delete storage.fails.load;
    await provider.open();
    await provider.open();
    expect(provider.authKeys.get(2)).toEqual(sampleKey(1));
    await provider.driver.destroy();
    expect(storage.calls).toEqual(['load', 'close', 'load', 'close']);
    await provider.open();
    await provider.driver.load();
    await provider.driver.destroy();
    expect(storage.calls.slice(4)).toEqual(['load', 'close']);
  });

  test('begins with the first question for a peer, and no question wakes it after its end', async () => {
    const storage = new SlowStorage(alice);
    const errors: unknown[] = [];
    const provider = mtcuteStorage(storage, { onError: (error) => errors.push(error) });
    expect(await provider.peers.getById(5)).toBeNull();
    expect(storage.calls).toEqual(['load']);
    await provider.driver.load();
    await provider.driver.destroy();
    expect(await provider.peers.getById(5)).toBeNull();
    expect(storage.calls).toEqual(['load', 'close']);
    // One that cannot be loaded is told, and the client asks the server.
    const other = mtcuteStorage(storage, { onError: (error) => errors.push(error) });
    storage.fails.load = disk;
    expect(await other.peers.getByUsername('x')).toBeNull();
    expect(errors).toEqual([disk]);
  });

  test('ends with a close though a save fails, and the error is told', async () => {
    const storage = new SlowStorage(alice);
    const { provider, errors } = await loaded(storage);
    storage.fails.save = disk;
    provider.kv.set('updates_pts', int(5));
    // As mtcute has it: a save when it disconnects, whose failure would keep it from the rest.
    await provider.driver.save();
    expect(errors).toEqual([disk]);
    await expect(provider.driver.destroy()).rejects.toBe(disk);
    expect(storage.calls.at(-1)).toBe('close');
  });

  test('that cannot begin is closed again', async () => {
    const storage = new SlowStorage(alice);
    storage.fails.load = disk;
    const provider = mtcuteStorage(storage, { onError() {} });
    await expect(provider.driver.load()).rejects.toBe(disk);
    await provider.driver.destroy();
    expect(storage.calls).toEqual(['load', 'close']);
  });

  test('writes its errors to the client’s log where nobody else listens', async () => {
    const storage = new SlowStorage(alice);
    const lines: unknown[][] = [];
    const provider = mtcuteStorage(storage);
    provider.driver.setup({ error: (...line) => lines.push(line) }, null);
    await provider.driver.load();
    storage.fails.save = disk;
    await expect(provider.authKeys.set(5, sampleKey(5))).rejects.toBe(disk);
    expect(lines).toEqual([['tgsession: %s', 'SessionError: The disk is full.']]);
    await provider.driver.destroy().catch(() => {});
  });
});

describe('peers', () => {
  const peer = {
    id: 1,
    accessHash: '5|-6',
    isMin: false,
    usernames: ['one'],
    updated: 1_700_000_000_123,
    phone: '49',
    complete: new Uint8Array([1, 2, 3]),
  };

  test('are found before they are saved, and no more by a name that they lost', async () => {
    const { provider } = await loaded(new SlowStorage(alice));
    const { peers, driver } = provider;
    peers.store(peer);
    expect(await peers.getByUsername('ONE')).toEqual(peer);
    expect(await peers.getByPhone('49')).toEqual(peer);
    await driver.save();
    peers.store({ ...peer, usernames: ['two'] });
    expect(await peers.getByUsername('one')).toBeNull();
    expect((await peers.getByUsername('two'))!.id).toBe(1);
    await driver.destroy();
  });

  test('known in part never hide one that is whole, before and after a save', async () => {
    const { provider } = await loaded(new SlowStorage(alice));
    const { peers, driver } = provider;
    const min = { ...peer, isMin: true, accessHash: '7|7' };
    for (const isSaved of [false, true]) {
      peers.store(peer);
      if (isSaved) await driver.save();
      peers.store(min);
      if (isSaved) await driver.save();
      expect(await peers.getById(1)).toEqual(peer);
    }
    peers.store({ ...min, id: 2 });
    expect(await peers.getById(2)).toEqual({ ...min, id: 2 });
    peers.store({ ...peer, id: 2 });
    expect(await peers.getById(2)).toEqual({ ...peer, id: 2 });
    await driver.destroy();
  });

  test('that the client stores with no such flag, or no phone, are whole', async () => {
    const { provider } = await loaded(new SlowStorage(alice));
    provider.peers.store({ ...peer, isMin: undefined as never, phone: undefined as never });
    await provider.driver.save();
    expect(await provider.peers.getById(1)).toEqual({ ...peer, phone: undefined });
    expect(await provider.peers.getByPhone('49')).toBeNull();
    await provider.driver.destroy();
  });

  test('that are met again while they are saved are saved again', async () => {
    const put: number[] = [];
    const storage = Object.assign(new MemorySession(alice), {
      peers: {
        async put(peers: Iterable<{ seen: number | null }>) {
          put.push(...[...peers].map(({ seen }) => seen!));
          provider.peers.store({ ...peer, updated: 5000 });
        },
      } as never,
    });
    const provider = mtcuteStorage(storage);
    await provider.driver.load();
    provider.peers.store(peer);
    await provider.driver.save();
    await provider.driver.save();
    expect(put).toEqual([1_700_000_000, 5]);
    await provider.driver.destroy();
  });

  test('that no peer can be are an error for the caller, and cost the others nothing', async () => {
    const { provider, errors } = await loaded(new SlowStorage(alice));
    provider.peers.store({ ...peer, id: 0 });
    provider.peers.store({ ...peer, id: 3, accessHash: 'x' });
    provider.peers.store(peer);
    await provider.driver.save();
    expect(errors).toHaveLength(2);
    await provider.driver.save();
    expect(errors).toHaveLength(2);
    expect(await provider.peers.getById(1)).toEqual(peer);
    await provider.driver.destroy();
  });

  test('of a user who logged out are not found by the next', async () => {
    const { provider } = await loaded(new SlowStorage(alice));
    provider.peers.store(peer);
    await provider.driver.save();
    provider.kv.set('current_user', new Uint8Array(0));
    await provider.driver.save();
    expect(await provider.peers.getById(1)).toBeNull();
    await provider.driver.destroy();
  });

  test('a store that fails costs a request, and is told', async () => {
    const storage = Object.assign(new MemorySession(alice), {
      peers: { put: () => Promise.reject(disk), get: () => Promise.reject(disk) } as never,
    });
    const errors: unknown[] = [];
    const provider = mtcuteStorage(storage, { onError: (error) => errors.push(error) });
    await provider.driver.load();
    provider.peers.store(peer);
    await provider.driver.save();
    expect(await provider.peers.getById(2)).toBeNull();
    expect(errors).toEqual([disk, disk]);
    expect(await provider.peers.getById(1)).toEqual(peer);
    await provider.driver.destroy();
  });
});

describe('references to messages', () => {
  test('are bounded, and the newest is given', () => {
    const { refMessages } = mtcuteStorage(new MemorySession());
    for (let i = 0; i < 30_000; i++) refMessages.store(i, -5, i);
    expect(refMessages.getByPeer(0)).toBeNull();
    expect(refMessages.getByPeer(29_999)).toEqual([-5, 29_999]);
    for (let i = 0; i < 100; i++) refMessages.store(7, -6, i);
    expect(refMessages.getByPeer(7)).toEqual([-6, 99]);
    refMessages.delete(-6, [99]);
    expect(refMessages.getByPeer(7)).toEqual([-6, 98]);
    refMessages.delete(-5, [29_999]);
    expect(refMessages.getByPeer(29_999)).toBeNull();
    refMessages.deleteAll();
    expect(refMessages.getByPeer(7)).toBeNull();
  });
});

describe('what the server says', () => {
  const context = { manager: { getPrimaryDcId: () => 2 } };
  const answer = (errorMessage: string) => async () => ({ _: 'mt_rpc_error', errorCode: 406, errorMessage });

  test('of a key that two clients used ends the session, which is kept aside, and is passed on', async () => {
    const storage = new SlowStorage(alice);
    const dead: string[] = [];
    const { provider } = await loaded(storage, { onDead: (reason) => dead.push(reason) });
    const result = await provider.middleware(context, answer('AUTH_KEY_DUPLICATED'));
    expect(result).toMatchObject({ errorMessage: 'AUTH_KEY_DUPLICATED' });
    await provider.flush();
    expect(dead).toEqual(['AUTH_KEY_DUPLICATED']);
    expect((await storage.stored())!.dcs.every(({ auth }) => auth === null)).toBe(true);
    const [entry] = await provider.aside.list();
    expect(entry!.reason).toBe('AUTH_KEY_DUPLICATED');
    expect((await provider.aside.get(entry!.id))!.equals(alice)).toBe(true);
    // The dead key does not come back with a login.
    provider.kv.set('current_user', currentUser(7));
    await provider.driver.destroy();
    expect((await storage.stored())!.dcs.every(({ auth }) => auth === null)).toBe(true);
  });

  test('of a login that is over is told; the session stays, and a copy aside', async () => {
    const storage = new SlowStorage(alice);
    const dead: string[] = [];
    const { provider } = await loaded(storage, { onDead: (reason) => dead.push(reason) });
    for (const reason of ['AUTH_KEY_UNREGISTERED', 'SESSION_REVOKED']) {
      await provider.middleware(context, answer(reason));
    }
    await provider.driver.destroy();
    expect(dead).toEqual(['AUTH_KEY_UNREGISTERED']);
    expect((await storage.stored())!.equals(alice)).toBe(true);
    expect(await storage.aside!.list()).toHaveLength(1);
  });

  test('to who is not logged in, at another data centre, or of anything else, is nothing of ours', async () => {
    const dead: string[] = [];
    const onDead = (reason: string) => dead.push(reason);
    const { provider } = await loaded(new SlowStorage(alice), { onDead });
    await provider.middleware({ ...context, params: { dcId: 4 } }, answer('AUTH_KEY_UNREGISTERED'));
    await provider.middleware(
      { ...context, params: { manager: { dcId: 4 } } },
      answer('AUTH_KEY_UNREGISTERED'),
    );
    await provider.middleware(context, answer('PEER_FLOOD'));
    for (const other of [null, 1, {}, { _: 'boolTrue' }, { _: 'mt_rpc_error' }]) {
      expect(await provider.middleware(context, async () => other)).toBe(other);
    }
    const nobody = await loaded(new SlowStorage(alice), { onDead });
    nobody.provider.kv.delete('current_user');
    await nobody.provider.driver.save();
    await nobody.provider.middleware(context, answer('AUTH_KEY_UNREGISTERED'));
    await provider.driver.destroy();
    await nobody.provider.driver.destroy();
    expect(dead).toEqual([]);
  });
});

test('a hold that is lost disconnects the clients that are attached, and is told with its reason', async () => {
  const holding = new AbortController();
  const storage = new SlowStorage(alice);
  storage.held = holding.signal;
  const lost: unknown[] = [];
  const { provider, errors } = await loaded(storage, { onHeldLost: (reason) => lost.push(reason) });
  let disconnected = 0;
  provider.attach({ disconnect: async () => void disconnected++ });
  provider.attach({ disconnect: () => Promise.reject(disk) });
  holding.abort('lease');
  await Promise.resolve();
  expect([disconnected, lost]).toEqual([1, ['lease']]);
  await expect(provider.authKeys.set(5, sampleKey(5))).rejects.toThrow(
    expect.objectContaining({ code: 'HELD' }),
  );
  expect(errors).toEqual([disk, expect.objectContaining({ code: 'HELD' })]);
  await provider.driver.destroy().catch(() => {});
  expect(storage.calls).toEqual(['close']);
});

test('nothing that is printed gives a key away: not the storage, not what is kept aside, no error', async () => {
  const storage = new SlowStorage(alice);
  const { provider, errors } = await loaded(storage);
  await provider.authKeys.set(2, null);
  storage.fails.save = disk;
  await provider.authKeys.set(2, sampleKey(50)).catch(() => {});
  provider.authKeys.setTemp(2, 0, sampleKey(7), 1e15);
  const all = [provider, await provider.aside.list(), errors];
  const text = inspect(all, { depth: 20, showHidden: true, getters: true }) + JSON.stringify(all);
  for (const key of [1, 4, 7, 50]) expect(leakIn(text, sampleKey(key))).toBeNull();
  await provider.driver.destroy().catch(() => {});
});
