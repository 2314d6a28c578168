/** The real client of mtcute does with our storages what it does with its own, and finds it again after a restart. */

import type { ITelegramStorageProvider } from '@mtcute/core';
import { describe, expect, test } from 'vitest';
import { mtcuteStorage } from '../../../src/clients/mtcute.ts';
import { formatMtcuteString } from '../../../src/formats/index.ts';
import { authKeyId, Session, type Storage } from '../../../src/index.ts';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { sampleKey } from '../../../src/testing/index.ts';
import { MemorySession } from '../../support/memory-session.ts';
import { realClient } from '../../support/mtcute-client.ts';
import { places } from '../../support/places.ts';

const alice = new Session({
  dcs: [{ id: 4, ipv4Addr: '149.154.167.91:443', auth: sampleKey(1) }],
  user: { id: 5000801609, dc: 4, bot: false },
});
const bob = new Session({
  dcs: [{ id: 2, ipv4Addr: '149.154.167.51:443', auth: sampleKey(2) }],
  user: { id: 77, dc: 2, bot: true },
});

const user = {
  _: 'user',
  id: 123,
  accessHash: undefined as unknown,
  firstName: 'Carol',
  username: 'Carol_K',
  phone: '491701234567',
};

async function stored(storage: Storage): Promise<Session> {
  const session = await storage.load();
  await storage.close();
  return session!;
}

test('what mtcuteStorage() gives is what mtcute asks for, by their types', () => {
  const provider: ITelegramStorageProvider = mtcuteStorage(new MemorySession());
  expect(Object.keys(provider)).toEqual(
    expect.arrayContaining(['driver', 'kv', 'authKeys', 'peers', 'refMessages']),
  );
});

describe.each(places)('on %s', (_, makePlace) => {
  test('a session string is imported, durable, and exported again after a restart', async () => {
    const place = makePlace();
    const line = formatMtcuteString({ session: alice, mediaDc: null, testMode: false });
    const first = realClient(place());
    await first.client.importSession(line);
    await first.client.destroy();
    expect(first.errors).toEqual([]);
    const session = await stored(place());
    expect(session.equals(alice)).toBe(true);
    const second = realClient(place());
    expect(await second.client.exportSession()).toBe(line);
    expect(await second.client.storage.self.fetch()).toMatchObject({ userId: alice.user!.id, isBot: false });
    await second.client.destroy();
    expect(second.errors).toEqual([]);
  });

  test('a second import is ignored, unless it is forced; then the session before is kept aside', async () => {
    const place = makePlace();
    const first = realClient(place());
    await first.client.importSession(formatMtcuteString({ session: alice }));
    await first.client.storage.updates.setPts(10);
    await first.client.storage.updates.setQts(1);
    await first.client.storage.updates.setDate(1_700_000_000);
    await first.client.storage.updates.setSeq(3);
    await first.client.destroy();
    const before = await stored(place());
    const second = realClient(place());
    await second.client.importSession(formatMtcuteString({ session: bob }));
    expect(await second.provider.aside.list()).toEqual([]);
    await second.client.importSession(formatMtcuteString({ session: bob }), true);
    const [entry, ...more] = await second.provider.aside.list();
    expect(more).toEqual([]);
    expect(entry!.reason).toBe('replaced');
    expect((await second.provider.aside.get(entry!.id))!.equals(before)).toBe(true);
    await second.client.destroy();
    expect(second.errors).toEqual([]);
    const session = await stored(place());
    expect(session.user!.equals(bob.user!)).toBe(true);
    expect(session.state).toBeNull();
    expect(session.dcs.filter((dc) => dc.auth !== null).map((dc) => dc.authKeyId)).toEqual([
      authKeyId(sampleKey(2)),
    ]);
  });

  test('peers are found after a restart, by id, name and phone, without the network', async () => {
    const { Long } = await import('@mtcute/core');
    const place = makePlace();
    const first = realClient(place());
    await first.client.importSession(formatMtcuteString({ session: alice }));
    const accessHash = Long.fromString('-81985529216486896');
    const channel = {
      _: 'channel',
      id: 1183945448,
      accessHash: Long.fromNumber(42),
      title: 'C',
      username: 'chan',
    };
    const objects = {
      _: 'contacts.resolvedPeer',
      peer: { _: 'peerUser', userId: 123 },
      users: [{ ...user, accessHash }],
      chats: [
        { ...channel, photo: { _: 'chatPhotoEmpty' }, date: 1 },
        {
          _: 'chat',
          id: 55,
          title: 'G',
          photo: { _: 'chatPhotoEmpty' },
          participantsCount: 1,
          date: 1,
          version: 1,
        },
      ],
    };
    await first.client.storage.peers.updatePeersFrom(objects as never);
    await first.client.destroy();
    expect(first.errors).toEqual([]);

    const second = realClient(place());
    await second.client.prepare();
    const { peers } = second.client.storage;
    const inputUser = { _: 'inputPeerUser', userId: 123, accessHash };
    if (place() instanceof SqliteSession) {
      expect(await peers.getByUsername('CAROL_k')).toEqual(inputUser);
      expect(await peers.getByPhone('491701234567')).toEqual(inputUser);
      expect(await peers.getById(-1001183945448)).toMatchObject({
        _: 'inputPeerChannel',
        channelId: 1183945448,
      });
      expect(await peers.getById(-55)).toEqual({ _: 'inputPeerChat', chatId: 55 });
      expect((await peers.getMinAccessHash(123))!.eq(accessHash)).toBe(true);
      // The object itself is asked for when it is needed.
      expect(await peers.getCompleteById(123)).toBeNull();
    } else {
      // This storage has no place for peers: they last as long as the client.
      expect(await peers.getById(123)).toBeNull();
    }
    // And it is there again as soon as the peer is met again.
    await peers.updatePeersFrom(objects as never);
    expect(await peers.getCompleteById(123)).toMatchObject({ firstName: 'Carol' });
    await second.client.destroy();
    expect(second.errors).toEqual([]);
  });

  test('update state and channels are those that were stored last, once the client saved', async () => {
    const place = makePlace();
    const first = realClient(place());
    await first.client.importSession(formatMtcuteString({ session: alice }));
    const { updates } = first.client.storage;
    await updates.setManyChannelPts(new Map([[1183945448, 7]]));
    await updates.setPts(10);
    await updates.setQts(0);
    await updates.setDate(1_700_000_000);
    await first.base.mt.storage.save();
    await first.client.destroy();
    // Three of four are no state, as for mtcute itself.
    expect((await stored(place())).state).toBeNull();

    const second = realClient(place());
    await second.client.prepare();
    for (const [i, pts] of [100, 200, 300].entries()) {
      await second.client.storage.updates.setPts(pts);
      await second.client.storage.updates.setQts(i);
      await second.client.storage.updates.setDate(2 ** 31 + i);
      await second.client.storage.updates.setSeq(5);
      await second.client.storage.updates.setManyChannelPts(
        new Map([
          [1183945448, pts],
          [i + 1, 1],
        ]),
      );
      await second.base.mt.storage.save();
    }
    expect(await second.client.storage.updates.getChannelPts(3)).toBe(1);
    await second.client.destroy();
    const { state } = await stored(place());
    expect({ ...state!, channels: new Map(state!.channels.map(({ id, pts }) => [id, pts])) }).toEqual({
      pts: 300,
      qts: 2,
      date: 2 ** 31 + 2,
      seq: 5,
      channels: new Map([
        [1183945448, 300],
        [1, 1],
        [2, 1],
        [3, 1],
      ]),
    });
  });

  test('storage.clear() forgets the user, and with the keys keeps aside what was there', async () => {
    const place = makePlace();
    const first = realClient(place());
    await first.client.importSession(formatMtcuteString({ session: alice }));
    await first.client.storage.clear();
    expect(await first.base.mt.storage.provider.authKeys.get(4)).not.toBeNull();
    await first.client.destroy();
    const session = await stored(place());
    expect(session.user).toBeNull();
    expect(session.dcs[0]!.authKeyId).toBe(authKeyId(sampleKey(1)));
    const second = realClient(place());
    await second.client.prepare();
    await second.client.storage.clear(true);
    const list = await second.provider.aside.list();
    expect(list.map(({ reason, keyId }) => [reason, keyId])).toEqual([['erased', authKeyId(sampleKey(1))]]);
    await second.client.destroy();
    expect((await stored(place())).dcs.every(({ auth }) => auth === null)).toBe(true);
  });
});

test('a session of the test servers is one again after a restart', async () => {
  const storage = new MemorySession();
  const test = new Session({
    dcs: [{ id: 2, ipv4Addr: '149.154.167.40:443', auth: sampleKey(3) }],
    user: { id: 5, dc: 2, bot: false },
  });
  const line = formatMtcuteString({ session: test, testMode: true });
  const first = realClient(storage, { testMode: true });
  await first.client.importSession(line);
  await first.client.destroy();
  const second = realClient(storage, { testMode: true });
  expect(await second.client.exportSession()).toBe(line);
  await second.client.destroy();
  // An address that is nobody's tells nothing; the option does.
  const other = test.with({ dcs: [{ id: 2, ipv4Addr: '10.0.0.1:443', auth: sampleKey(3) }] });
  for (const testMode of [true, false]) {
    const third = realClient(new MemorySession(other), { testMode: true }, { testMode });
    await third.client.prepare();
    const dcs = await third.base.mt.storage.dcs.fetch();
    expect([dcs!.main.ipAddress, dcs!.main.testMode]).toEqual(['10.0.0.1', testMode]);
    await third.client.destroy();
  }
});

describe('where a session begins that another client made', () => {
  const mainOf = async (session: Session) => {
    const { client, base } = realClient(new MemorySession(session));
    await client.prepare();
    const dcs = await base.mt.storage.dcs.fetch();
    await client.destroy();
    return dcs && `${dcs.main.id} ${dcs.main.ipAddress}:${dcs.main.port}`;
  };

  test('is the data centre of the user, at the address it has, or at the usual one', async () => {
    expect(await mainOf(alice)).toBe('4 149.154.167.91:443');
    expect(await mainOf(alice.with({ dcs: [{ id: 4, auth: sampleKey(1) }] }))).toBe('4 149.154.167.91:443');
    const ipv6Addr = '2001:67c:4e8:f004::a:443';
    expect(await mainOf(alice.with({ dcs: [{ id: 4, ipv6Addr, auth: sampleKey(1) }] }))).toBe(
      '4 2001:67c:4e8:f004::a:443',
    );
  });

  test('is the one that has a key, where there is no user; the client’s own, where nothing is known', async () => {
    expect(await mainOf(alice.with({ user: null }))).toBe('4 149.154.167.91:443');
    const both = { dcs: [...alice.dcs, ...bob.dcs] };
    expect(await mainOf(new Session(both))).toBeNull();
    expect(await mainOf(new Session({ dcs: [{ id: 2, auth: sampleKey(1) }] }))).toBeNull();
    expect(await mainOf(new Session())).toBeNull();
  });
});
