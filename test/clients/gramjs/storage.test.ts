/** The real clients on storages that have more, fail, or are lost. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bringBack } from '../../../src/aside.ts';
import { DataCenter } from '../../../src/index.ts';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { type LoopbackDc, RpcError } from '../../../src/testing/dc/index.ts';
import { sampleKey } from '../../../src/testing/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { keptClient, keysIn, type Package, packages, stored } from '../../support/gramjs-session.ts';
import { apiOf, mtcuteClient, rpcErrorOf, startDc } from '../../support/loopback.ts';
import { SlowStorage } from '../../support/slow-storage.ts';

const users = [
  { id: 1000, phone: '+99966', firstName: 'Alice', username: 'alice' },
  { id: 2000, phone: '+99977', firstName: 'Bob', username: 'bobby' },
];
const file = () => new SqliteSession(join(temporaryFolder(), 'a'));
const disk = new Error('The disk is full.');

/** Resolves when the data centre has seen the end of all that was sent to it. */
const quiet = (dc: LoopbackDc) =>
  dc.log.until((log) => log.of('connect').length === log.of('disconnect').length);

async function logIn(name: Package, dc: LoopbackDc, storage: SqliteSession | SlowStorage) {
  const first = keptClient(name, dc, storage);
  await first.connect();
  await first.logIn('+99966', '12345');
  await first.close();
  await quiet(dc);
  dc.log.clear();
}

describe.each(packages)('%s on a session file', (name) => {
  test('whom it met is found after a restart, by name and id, and the server is not asked', async () => {
    const dc = await startDc({ users });
    const storage = file();
    await logIn(name, dc, storage);
    const first = keptClient(name, dc, storage);
    await first.connect();
    const bob = (await first.client.getInputEntity('bobby')) as import('telegram').Api.InputPeerUser;
    expect(bob).toMatchObject({ className: 'InputPeerUser' });
    expect(dc.log.methods).toContain('contacts.resolveUsername');
    await first.close();
    dc.log.clear();
    const second = keptClient(name, dc, storage);
    await second.connect();
    const before = dc.log.requests().length;
    const { Api } = apiOf(name);
    const peer = new Api.PeerUser({ userId: bob.userId });
    for (const key of ['bobby', '@Bobby', 'https://t.me/bobby', 2000, '2000', '+99977', peer]) {
      const found = (await second.client.getInputEntity(key)) as typeof bob;
      expect([String(found.userId), String(found.accessHash)], String(key)).toEqual([
        '2000',
        String(bob.accessHash),
      ]);
    }
    expect(dc.log.requests().length).toBe(before);
    await second.close();
    for (const { errors } of [first, second]) expect(errors).toEqual([]);
  });

  test('a key that the server did not know can be brought back, and no handshake is needed then', async () => {
    const dc = await startDc({ users });
    const storage = file();
    await logIn(name, dc, storage);
    const before = await stored(storage);
    const key = before.dcs[0]!.auth!;
    dc.authKeys.destroy(key);
    const second = keptClient(name, dc, storage);
    await second.connect();
    expect(await rpcErrorOf(second.getMe())).toBe('401 AUTH_KEY_UNREGISTERED');
    // It goes on with the new one.
    expect(await second.logIn('+99977', '12345')).toBe(2000);
    await second.close();
    expect((await stored(storage)).user!.id).toBe(2000);

    // The server was mistaken, as it is now and then.
    dc.authKeys.add(key, 1000);
    await bringBack(storage, second.aside[0]!.id);
    await storage.close();
    expect((await stored(storage)).equals(before)).toBe(true);
    dc.log.clear();
    const third = keptClient(name, dc, storage);
    await third.connect();
    expect(await third.getMe()).toBe(1000);
    expect(dc.log.of('handshake')).toEqual([]);
    await third.close();
  });

  test('the same client object goes on with the session that was brought back', async () => {
    const dc = await startDc({ users });
    const storage = file();
    await logIn(name, dc, storage);
    const key = (await stored(storage)).dcs[0]!.auth!;
    dc.authKeys.destroy(key);
    const second = keptClient(name, dc, storage);
    await second.connect();
    await second.client.disconnect();
    dc.authKeys.add(key, 1000);
    await bringBack(storage, second.aside[0]!.id);
    await storage.close();
    dc.log.clear();
    await second.connect();
    expect(await second.getMe()).toBe(1000);
    expect(dc.log.of('handshake')).toEqual([]);
    await second.close();
    expect(second.errors).toEqual([]);
    expect((await stored(storage)).user!.id).toBe(1000);
  });

  test('the same client object logs in anew after its key died', async () => {
    const dc = await startDc({ users });
    const storage = file();
    await logIn(name, dc, storage);
    const { auth } = (await stored(storage)).dcs[0]!;
    const second = keptClient(name, dc, storage);
    await second.connect();
    const thief = await mtcuteClient(dc, { authKey: auth!, port: await dc.listenAs('203.0.113.7') });
    await thief.getMe().catch(() => {});
    expect(await rpcErrorOf(second.getMe())).toBe('406 AUTH_KEY_DUPLICATED');
    expect(second.session.getAuthKey()).toBeUndefined();
    await second.client.disconnect();
    await thief.close();
    await second.connect();
    expect(await second.logIn('+99966', '12345')).toBe(1000);
    await second.close();
    expect(second.dead).toEqual(['AUTH_KEY_DUPLICATED']);
    expect(second.errors).toEqual([]);
    const last = dc.log.of('handshake').at(-1)!.authKeyId;
    expect(keysIn(await stored(storage))).toEqual([[2, last]]);
  });

  test('no byte of a key is left in the file after a logout', async () => {
    const dc = await startDc({ users });
    const storage = file();
    await logIn(name, dc, storage);
    const { auth } = (await stored(storage)).dcs[0]!;
    expect(readFileSync(storage.path).includes(Buffer.from(auth!))).toBe(true);
    const second = keptClient(name, dc, storage);
    await second.connect();
    await second.logOut();
    await second.close();
    const bytes = readFileSync(storage.path);
    for (let at = 0; at < 256; at += 32)
      expect(bytes.includes(Buffer.from(auth!.subarray(at, at + 32)))).toBe(false);
  });

  test('that is in use a second client is refused, and does not connect', async () => {
    const dc = await startDc({ users });
    const storage = file();
    await logIn(name, dc, storage);
    const first = keptClient(name, dc, storage);
    await first.connect();
    dc.log.clear();
    const second = keptClient(name, dc, new SqliteSession(storage.path));
    await expect(second.session.open()).rejects.toMatchObject({ code: 'HELD' });
    await expect(second.connect()).rejects.toMatchObject({ code: 'HELD' });
    expect(second.errors).toMatchObject([{ code: 'HELD' }, { code: 'HELD' }]);
    expect(dc.log.of('connect')).toEqual([]);
    expect(await first.getMe()).toBe(1000);
    await first.close();
    const third = keptClient(name, dc, new SqliteSession(storage.path));
    await third.connect();
    expect(await third.getMe()).toBe(1000);
    await third.close();
  });

  test('one that was opened, and whose client never connected, is closed with the client', async () => {
    const dc = await startDc({ users });
    const storage = file();
    const first = keptClient(name, dc, storage);
    await first.session.open();
    await first.close();
    await storage.load();
    await storage.close();
    expect(dc.log.of('connect')).toEqual([]);
  });

  test('a client that is not attached loads and saves; close() closes', async () => {
    const dc = await startDc({ users });
    const storage = file();
    const first = keptClient(name, dc, storage, { attach: false });
    await first.connect();
    await first.logIn('+99966', '12345');
    await first.client.disconnect();
    await first.session.close();
    await first.session.close();
    dc.log.clear();
    const second = keptClient(name, dc, new SqliteSession(storage.path), { attach: false });
    await second.connect();
    expect(await second.getMe()).toBe(1000);
    expect(dc.log.of('handshake')).toEqual([]);
    await second.client.disconnect();
    await second.session.close();
  });
});

describe('teleproto', () => {
  test('has keys of several data centres, and needs no handshake with any of them after a restart', async () => {
    const dc2 = await startDc({ id: 2, users });
    const dc4 = await startDc({ id: 4, beside: dc2 });
    const storage = file();
    await logIn('teleproto', dc2, storage);
    const elsewhere = async () => {
      const each = keptClient('teleproto', dc2, storage);
      await each.connect();
      const client = each.client as unknown as { getSender(dc: number): Promise<unknown> };
      await client.getSender(4);
      await each.close();
      expect(each.errors).toEqual([]);
    };
    await elsewhere();
    expect(keysIn(await stored(storage)).map(([id]) => id)).toEqual([2, 4]);
    for (const dc of [dc2, dc4]) dc.log.clear();
    await elsewhere();
    expect(dc4.log.of('connect')).not.toEqual([]);
    expect([...dc2.log.of('handshake'), ...dc4.log.of('handshake')]).toEqual([]);
  });

  test('a logout that the server did not confirm keeps the key aside', async () => {
    const dc = await startDc({ users });
    const storage = file();
    await logIn('teleproto', dc, storage);
    const before = await stored(storage);
    const second = keptClient('teleproto', dc, storage);
    await second.connect();
    dc.answer('auth.logOut', () => {
      throw new RpcError(500, 'NO_WORKERS_RUNNING');
    });
    Object.assign(second.client, { _requestRetries: 1 });
    expect(await second.logOut()).toBe(false);
    await second.close();
    expect(second.aside).toMatchObject([{ reason: 'erased', userId: 1000 }]);
    expect(keysIn(await stored(storage))).toEqual([]);
    await bringBack(storage, second.aside[0]!.id);
    await storage.close();
    expect((await stored(storage)).dcs).toEqual(before.dcs);
  });
});

test('GramJS has one key, and leaves those of other data centres as they are', async () => {
  const dc2 = await startDc({ id: 2, users });
  await startDc({ id: 4, beside: dc2 });
  const storage = file();
  await logIn('telegram', dc2, storage);
  const session = await storage.load();
  session!.dcs.push(new DataCenter({ id: 4, auth: sampleKey(4) }));
  await storage.save(session!);
  await storage.close();
  const second = keptClient('telegram', dc2, storage);
  await second.connect();
  await second.client.getSender(4);
  await second.close();
  expect((await stored(storage)).equals(session!)).toBe(true);
});

describe.each(packages)('%s on a storage that fails', (name) => {
  test('a login that cannot be kept is no login; it is kept when the disk has room again', async () => {
    const dc = await startDc({ users });
    const storage = new SlowStorage();
    const first = keptClient(name, dc, storage);
    await first.connect();
    storage.fails.save = disk;
    await expect(first.logIn('+99966', '12345')).rejects.toBe(disk);
    expect(first.errors).toContain(disk);
    delete storage.fails.save;
    await first.close();
    expect((await storage.stored())!.user!.id).toBe(1000);
    expect(storage.calls.at(-1)).toBe('close');
  });

  test('requests go on, nothing is left unhandled, and the storage is closed at the end', async () => {
    const dc = await startDc({ users });
    const storage = new SlowStorage();
    await logIn(name, dc, storage);
    const second = keptClient(name, dc, storage);
    await second.connect();
    storage.fails.save = disk;
    second.session.setDC(2, dc.host, dc.port + 1);
    await second.session.save().catch(() => {});
    void second.session.save();
    expect(await second.getMe()).toBe(1000);
    await expect(second.close()).rejects.toBe(disk);
    expect(second.errors.every((error) => error === disk)).toBe(true);
    expect(storage.calls.at(-1)).toBe('close');
  });

  test('a new key that cannot be saved is told, and saved as soon as that can be', async () => {
    const dc = await startDc({ users });
    const storage = new SlowStorage();
    storage.fails.save = disk;
    const first = keptClient(name, dc, storage);
    await first.connect();
    expect(first.errors).toContain(disk);
    delete storage.fails.save;
    await first.logIn('+99966', '12345');
    await first.close();
    const { authKeyId } = dc.log.of('handshake').at(-1)!;
    expect(keysIn((await storage.stored())!)).toEqual([[2, authKeyId]]);
  });

  test('what cannot be loaded is not connected', async () => {
    const dc = await startDc({ users });
    const storage = new SlowStorage();
    storage.fails.load = disk;
    const first = keptClient(name, dc, storage);
    await expect(first.connect()).rejects.toBe(disk);
    expect(first.errors).toEqual([disk]);
    expect(storage.calls).toEqual(['load', 'close']);
    expect(dc.log.of('connect')).toEqual([]);
  });

  test('a hold that is lost disconnects the client, and nothing is saved from then on', async () => {
    const dc = await startDc({ users });
    const storage = new SlowStorage();
    await logIn(name, dc, storage);
    const lease = new AbortController();
    storage.held = lease.signal;
    const second = keptClient(name, dc, storage);
    await second.connect();
    const before = storage.calls.length;
    lease.abort('the lease was lost');
    await dc.log.until((log) => log.of('disconnect')[0]);
    expect(second.lost).toEqual(['the lease was lost']);
    expect(second.client.connected).toBe(false);
    await second.close().catch(() => {});
    expect(storage.calls.slice(before)).toEqual(['close']);
  });

  test('a hold that is lost while the network is, too, keeps the client from connecting again', async () => {
    const dc = await startDc({ users });
    const storage = new SlowStorage();
    await logIn(name, dc, storage);
    const lease = new AbortController();
    storage.held = lease.signal;
    const second = keptClient(name, dc, storage);
    await second.connect();
    dc.drop();
    // GramJS waits a second then; teleproto may be back by now.
    const { _sender: sender } = second.client;
    for (let i = 0; i < 200 && !sender!.isReconnecting; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    lease.abort('the lease was lost');
    // Longer than GramJS waits before it tries again. A machine that is slow lets it pass, and never fail.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(dc.log.of('connect').length).toBe(dc.log.of('disconnect').length);
    // With the session again in hand the same client goes on.
    delete storage.held;
    await second.connect();
    expect(await second.getMe()).toBe(1000);
    await second.close();
  });

  test('a hold that is lost from the beginning is none: nothing is connected', async () => {
    const dc = await startDc({ users });
    const storage = new SlowStorage();
    storage.held = AbortSignal.abort('lost');
    const first = keptClient(name, dc, storage);
    await expect(first.connect()).rejects.toMatchObject({ code: 'HELD' });
    expect(dc.log.of('connect')).toEqual([]);
    expect(storage.calls.at(-1)).toBe('close');
  });
});
