/** The session itself, with the classes of the real packages, and no network. */

import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import fc from 'fast-check';
import type { StringSession as TelegramSession } from 'telegram/sessions/index.js';
import type { StringSession as TeleprotoSession } from 'teleproto/sessions/index.js';
import { describe, expect, test } from 'vitest';
import { type GramjsSession, type GramjsSessionOptions, gramjsSession } from '../../../src/clients/gramjs.ts';
import { authKeyId, Session, type Storage } from '../../../src/index.ts';
import { sampleKey } from '../../../src/testing/index.ts';
import { keysIn, type Package, packages } from '../../support/gramjs-session.ts';
import { stringSessionOf } from '../../support/loopback.ts';
import { SlowStorage } from '../../support/slow-storage.ts';

const require = createRequire(import.meta.url);
const alice = new Session({
  dcs: [{ id: 4, ipv4Addr: '149.154.167.91:443', auth: sampleKey(1) }],
  user: { id: 5000801609, dc: 4, bot: false, username: 'alice' },
  state: { pts: 10, qts: 1, date: 1_700_000_000, seq: 3 },
});
const disk = new Error('The disk is full.');

function kept(name: Package, storage: Storage, options: GramjsSessionOptions = {}) {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const session = gramjsSession(stringSessionOf(name), storage, { onError, ...options });
  return { session, errors };
}

/** A key as a package has it, empty if it is given none. */
async function clientKey(name: Package, bytes?: Uint8Array) {
  const { AuthKey } = require(`${name}/crypto/AuthKey`) as typeof import('telegram/crypto/AuthKey.js');
  const key = new AuthKey();
  if (bytes !== undefined) await key.setKey(Buffer.from(bytes));
  return key;
}

test('what gramjsSession() gives is what the clients ask for, by their types', async () => {
  const telegram = await import('telegram');
  const teleproto = await import('teleproto');
  const one: GramjsSession & TelegramSession = gramjsSession(
    telegram.sessions.StringSession,
    new SlowStorage(),
  );
  const two: GramjsSession & TeleprotoSession = gramjsSession(
    teleproto.sessions.StringSession,
    new SlowStorage(),
  );
  const first = new telegram.TelegramClient(one, 1, 'x', { baseLogger: quiet(telegram) });
  const second = new teleproto.TelegramClient(two, 1, 'x', { baseLogger: quiet(teleproto) });
  one.attach(first);
  two.attach(second);
  const saved: Promise<void> = one.save();
  await saved;
  expect([first.session, second.session]).toEqual([one, two]);
});

function quiet<L>({ Logger }: { Logger: new (level: never) => L }): L {
  return new Logger('none' as never);
}

describe.each(packages)('the session of %s', (name) => {
  test('is there at once for the client, and saved behind', async () => {
    const storage = new SlowStorage(alice);
    const { session } = kept(name, storage);
    await session.open();
    expect([session.dcId, session.serverAddress, session.port]).toEqual([4, '149.154.167.91', 443]);
    expect(session.getAuthKey(4)!.getKey()).toEqual(Buffer.from(sampleKey(1)));
    expect(session.updateState!.equals(alice.state!)).toBe(true);
    session.setDC(4, '149.154.167.92', 80);
    expect([session.serverAddress, session.port]).toEqual(['149.154.167.92', 80]);
    expect(storage.calls).toEqual(['load']);
    await session.save();
    expect((await storage.stored())!.dcs[0]!.ipv4Addr).toBe('149.154.167.92:80');
    await session.close();
  });

  test('reads a key when it saves, which was empty when it was set', async () => {
    const storage = new SlowStorage();
    const { session, errors } = kept(name, storage, {
      defaultDc: { id: 2, ipAddress: '127.0.0.1', port: 443 },
    });
    await session.open();
    const key = await clientKey(name);
    session.setAuthKey(key, 2);
    await session.save();
    expect(await storage.stored()).toBeNull();
    expect(session.getAuthKey(2)).toBe(key);
    await key.setKey(Buffer.from(sampleKey(2)));
    await session.save();
    const saved = (await storage.stored())!;
    expect(keysIn(saved)).toEqual([[2, authKeyId(sampleKey(2))]]);
    expect(saved.dcs[0]!.ipv4Addr).toBe('127.0.0.1:443');
    // Emptied by the client, as when it moves: that is no word about the key.
    await key.setKey(undefined as never);
    await session.save();
    expect((await storage.stored())!.equals(saved)).toBe(true);
    await session.close();
    expect(errors).toEqual([]);
  });

  test('a key that is given up is kept aside, whole, and only then is the session saved without it', async () => {
    const storage = new SlowStorage(alice);
    const { session } = kept(name, storage);
    await session.open();
    session.setAuthKey(undefined, 4);
    await session.save();
    expect(storage.calls).toEqual(['load', 'put erased', 'save']);
    const [entry] = await session.aside.list();
    expect((await session.aside.get(entry!.id))!.equals(alice)).toBe(true);
    // The object that the client still has is not saved again.
    session.setAuthKey(await clientKey(name, sampleKey(1)), 4);
    await session.save();
    expect(keysIn((await storage.stored())!)).toEqual([]);
    await session.close();
  });

  test('a client that moves keeps the keys of both data centres, though it says that it has none', async () => {
    const both = new Session({
      dcs: [
        { id: 2, ipv4Addr: '127.0.0.1:1', auth: sampleKey(2) },
        { id: 4, ipv4Addr: '127.0.0.1:2', auth: sampleKey(4) },
      ],
      user: { id: 1, dc: 2, bot: false },
    });
    const storage = new SlowStorage(both);
    const { session } = kept(name, storage);
    await session.open();
    session.setDC(4, '127.0.0.1', 2);
    session.setAuthKey(undefined);
    await session.save();
    expect(session.getAuthKey()!.getKey()).toEqual(Buffer.from(sampleKey(4)));
    expect(keysIn((await storage.stored())!)).toEqual(keysIn(both));
    expect(await session.aside.list()).toEqual([]);
    // The next word is about the key that it has there.
    session.setAuthKey(undefined);
    await session.save();
    expect(await session.aside.list()).toMatchObject([{ reason: 'erased', keyId: authKeyId(sampleKey(4)) }]);
    await session.close();
  });

  test('is changed by nobody before it is open, and by nothing after it was closed', async () => {
    const storage = new SlowStorage(alice);
    const { session } = kept(name, storage);
    expect(() => session.setDC(2, '127.0.0.1', 1)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    expect([session.dcId, session.serverAddress, session.getAuthKey()]).toEqual([0, undefined, undefined]);
    await session.open();
    await session.close();
    session.setDC(2, '127.0.0.1', 1);
    session.setAuthKey(undefined, 4);
    session.processEntities({ className: 'auth.LoggedOut' });
    await session.save();
    await session.flush();
    expect((await storage.stored())!.equals(alice)).toBe(true);
    expect(storage.calls).toEqual(['load', 'close']);
    await session.load();
    expect(session.dcId).toBe(4);
    await session.close();
  });

  test('refuses what is no address', async () => {
    const { session } = kept(name, new SlowStorage());
    await session.open();
    for (const [id, address, port] of [
      [0, '127.0.0.1', 1],
      [2, '127.0.0.1', 0],
      [2, '1.2.3.4.5', 1],
      [2, undefined, 1],
    ] as const) {
      expect(() => session.setDC(id, address as never, port)).toThrow(
        expect.objectContaining({ code: 'INVALID_VALUE' }),
      );
    }
    // The name of a host is one, but a session has no place for it.
    session.setDC(2, 'venus.web.telegram.org', 443);
    expect(session.serverAddress).toBe('venus.web.telegram.org');
    await session.close();
  });

  test('looks at anything that the server sends, and never throws', async () => {
    const { session } = kept(name, new SlowStorage(alice));
    await session.open();
    const word = fc.constantFrom(
      ...['auth.Authorization', 'auth.LoginTokenSuccess', 'updates.State', 'updates.Difference', 'Updates'],
      ...['UpdateNewChannelMessage', 'User', 'Chat', 'Channel', undefined],
    );
    const leaf = fc.anything({ withBigInt: true, withNullPrototype: true, maxDepth: 1 });
    const entity = fc.record({
      className: word,
      id: leaf,
      accessHash: leaf,
      usernames: leaf,
      min: fc.boolean(),
    });
    const answer = fc.record(
      {
        className: word,
        user: fc.oneof(entity, leaf),
        users: fc.oneof(fc.array(fc.oneof(entity, leaf)), leaf),
        chats: fc.oneof(fc.array(entity), leaf),
        authorization: fc.oneof(entity, leaf),
        updates: fc.oneof(fc.array(fc.record({ pts: leaf, ptsCount: leaf, className: word })), leaf),
        state: leaf,
        pts: leaf,
        qts: leaf,
        date: leaf,
        seq: leaf,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(answer, fc.array(entity), fc.anything()), (each) => {
        expect(() => session.processEntities(each)).not.toThrow();
      }),
      { numRuns: 500 },
    );
    await session.close();
  });

  test('nothing is lost or put in another order, whatever the client sets and however slow the storage is or fails', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('server' as const), port: fc.integer({ min: 1, max: 65535 }) }),
      fc.record({ do: fc.constant('key' as const), number: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ do: fc.constant('save' as const) }),
      fc.record({ do: fc.constant('turn' as const) }),
      fc.record({ do: fc.constant('fail' as const), fails: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 20 }),
        fc.integer({ min: 0, max: 4 }),
        async (steps, turns) => {
          const storage = new SlowStorage();
          storage.turns = turns;
          const { session } = kept(name, storage, {
            defaultDc: { id: 2, ipAddress: '127.0.0.1', port: 443 },
          });
          await session.open();
          const keys = new Map<number, Awaited<ReturnType<typeof clientKey>>>();
          for (let i = 1; i <= 6; i++) keys.set(i, await clientKey(name, sampleKey(i)));
          let port: number | null = null;
          let last: number | null = null;
          const used = new Set<number>();
          for (const each of steps) {
            if (each.do === 'server') {
              port = each.port;
              session.setDC(2, '127.0.0.1', port);
            }
            // A key that is over does not come again.
            if (each.do === 'key' && (each.number === last || !used.has(each.number))) {
              last = each.number;
              used.add(last);
              session.setAuthKey(keys.get(last), 2);
            }
            if (each.do === 'save') void session.save();
            if (each.do === 'turn') await new Promise((resolve) => setImmediate(resolve));
            if (each.do === 'fail') {
              if (each.fails) storage.fails.save = disk;
              else delete storage.fails.save;
            }
          }
          delete storage.fails.save;
          await session.flush();
          const saved = await storage.stored();
          const [dc] = saved?.dcs ?? [];
          expect(dc?.auth ?? null).toEqual(last === null ? null : expect.objectContaining(sampleKey(last)));
          if (port !== null) expect(dc!.ipv4Addr).toBe(`127.0.0.1:${port}`);
          // Each key that made room for another is aside.
          expect((await session.aside.list()).map(({ keyId }) => keyId).sort()).toEqual(
            [...used]
              .filter((number) => number !== last)
              .map((number) => authKeyId(sampleKey(number)))
              .sort(),
          );
          expect(storage.overlap).toBe(1);
          await session.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  test('shows no key', async () => {
    const { session } = kept(name, new SlowStorage(alice));
    await session.open();
    const digits = Buffer.from(sampleKey(1).subarray(0, 8));
    for (const text of [inspect(session, { depth: 9, showHidden: true }), JSON.stringify(session)]) {
      expect(text).not.toContain(digits.toString('hex'));
      expect(text).not.toContain(digits.join(','));
      expect(text).not.toContain(digits.join(', '));
    }
    await session.close();
  });
});

describe('where a session begins', () => {
  const beginning = async (session: Session | null, options: GramjsSessionOptions = {}) => {
    const { session: made } = kept('teleproto', new SlowStorage(session), options);
    await made.open();
    const result = made.dcId === 0 ? null : `${made.dcId} ${made.serverAddress}:${made.port}`;
    await made.close();
    return result;
  };
  const defaultDc = { id: 2, ipAddress: '127.0.0.1', port: 5000 };

  test('is the data centre of the user, at the address it has, or the usual one', async () => {
    expect(await beginning(alice, { defaultDc })).toBe('4 149.154.167.91:443');
    expect(await beginning(alice.with({ dcs: [{ id: 4, auth: sampleKey(1) }] }))).toBe(
      '4 149.154.167.91:443',
    );
    const ipv6Addr = '2001:67c:4e8:f004::a:443';
    expect(await beginning(alice.with({ dcs: [{ id: 4, ipv6Addr, auth: sampleKey(1) }] }))).toBe(
      `4 ${ipv6Addr}`,
    );
  });

  test('is the one that has a key, where there is no user', async () => {
    const nobody = alice.with({ user: null });
    expect(await beginning(nobody, { defaultDc })).toBe('4 149.154.167.91:443');
  });

  test('is the default, where nothing is known, or that it is there; else it is the client’s own', async () => {
    expect(await beginning(null)).toBeNull();
    expect(await beginning(null, { defaultDc })).toBe('2 127.0.0.1:5000');
    const there = new Session({ dcs: [{ id: 2, auth: sampleKey(1) }] });
    expect(await beginning(there, { defaultDc })).toBe('2 127.0.0.1:5000');
    expect(await beginning(there, { testMode: true })).toBe('2 149.154.167.40:80');
  });

  test('is refused where nobody knows the address; the storage is closed then', async () => {
    const storage = new SlowStorage(new Session({ dcs: [{ id: 77, auth: sampleKey(1) }] }));
    const { session, errors } = kept('teleproto', storage);
    await expect(session.open()).rejects.toMatchObject({ code: 'CANNOT_HOLD' });
    expect(errors).toMatchObject([{ code: 'CANNOT_HOLD' }]);
    expect(storage.calls).toEqual(['load', 'close']);
  });
});

test('another class, and a default that is none, are refused', () => {
  const { MemorySession, Session: Abstract } = require('telegram/sessions');
  for (const other of [MemorySession, Abstract, class {}, {}, undefined]) {
    expect(() => gramjsSession(other as never, new SlowStorage())).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', field: 'StringSession' }),
    );
  }
  for (const ipAddress of ['', 'venus.web.telegram.org', '1.2.3', 5]) {
    const defaultDc = { id: 2, ipAddress: ipAddress as string, port: 443 };
    expect(() => gramjsSession(stringSessionOf('telegram'), new SlowStorage(), { defaultDc })).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', field: 'defaultDc.ipAddress' }),
    );
  }
});
