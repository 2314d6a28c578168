import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bringBack } from '../../src/aside.ts';
import { type ClientStorageOptions, LiveSession } from '../../src/clients/live-session.ts';
import { type AsideEntry, authKeyId, Session, SessionError } from '../../src/index.ts';
import { sampleKey, sampleSession } from '../../src/testing/index.ts';
import { SlowStorage } from '../support/slow-storage.ts';

const MAIN = sampleSession(1).user!.dc;
const MAIN_KEY = sampleSession(1).dcs.find(({ id }) => id === MAIN)!.auth!;

/** A session in use, with what was heard of it. */
async function live(storage: SlowStorage, more: ClientStorageOptions = {}) {
  const heard = {
    errors: [] as unknown[],
    aside: [] as AsideEntry[],
    dead: [] as string[],
    lost: [] as unknown[],
  };
  const session = new LiveSession(storage, {
    onError: (error) => heard.errors.push(error),
    onAside: (entry) => heard.aside.push(entry),
    onDead: (reason) => heard.dead.push(reason),
    onHeldLost: (reason) => heard.lost.push(reason),
    ...more,
  });
  await session.load();
  storage.calls.length = 0;
  return { session, heard };
}

const disk = new SessionError('IO', 'The disk is full.');

describe('the life of a session in use', () => {
  test('loads once, and again after it was closed', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const session = new LiveSession(storage);
    const [one, two] = await Promise.all([session.load(), session.load()]);
    expect(one).toBe(two);
    expect(one.equals(sampleSession(1))).toBe(true);
    await session.close();
    await session.close();
    expect(storage.calls).toEqual(['load', 'close']);
    await session.load();
    session.change((each) => {
      each.user = null;
    });
    await session.close();
    expect(storage.calls).toEqual(['load', 'close', 'load', 'save', 'close']);
    expect((await storage.stored())!.user).toBeNull();
  });

  test('closes a storage that cannot be loaded, tells why, and can be loaded later', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const errors: unknown[] = [];
    const session = new LiveSession(storage, { onError: (error) => errors.push(error) });
    storage.fails.load = disk;
    await expect(session.load()).rejects.toBe(disk);
    expect(storage.calls).toEqual(['load', 'close']);
    expect(errors).toEqual([disk]);
    delete storage.fails.load;
    expect((await session.load()).equals(sampleSession(1))).toBe(true);
    await session.close();
  });

  test('saves what is not saved before it closes, and closes also if that fails', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session, heard } = await live(storage);
    storage.fails.save = disk;
    session.change((each) => {
      each.state = null;
    });
    await expect(session.close()).rejects.toBe(disk);
    expect(storage.calls).toEqual(['save', 'save', 'close']);
    expect(heard.errors).toEqual([disk, disk]);
  });

  test('tries a last save once more that was cut off, but none that cannot come about', async () => {
    for (const [code, saves] of [
      ['IO', 2],
      ['LEASE_LOST', 1],
    ] as const) {
      const storage = new SlowStorage(sampleSession(1));
      const error = new SessionError(code, 'Not saved.');
      const { session, heard } = await live(storage, {
        onError(heardError) {
          heard.errors.push(heardError);
          delete storage.fails.save;
        },
      });
      storage.fails.save = error;
      session.change((each) => {
        each.state = null;
      });
      await session.close().catch(() => {});
      expect(storage.calls).toEqual([...Array.from({ length: saves }, () => 'save'), 'close']);
      expect(heard.errors).toEqual([error]);
      expect((await storage.stored())!.state === null).toBe(code === 'IO');
    }
  });

  test('tells of a close that fails, and of both failures', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session, heard } = await live(storage);
    const other = new SessionError('IO', 'Cannot be closed.');
    Object.assign(storage.fails, { save: disk, close: other });
    session.change(() => {});
    await expect(session.close()).rejects.toMatchObject({ errors: [disk, other] });
    expect(heard.errors).toEqual([disk, disk, other]);
  });

  test('cannot be changed before it is loaded, or after it was closed', async () => {
    const closed = expect.objectContaining({ code: 'CLOSED' });
    const session = new LiveSession(new SlowStorage());
    expect(() => session.change(() => {})).toThrow(closed);
    await session.load();
    await session.close();
    expect(() => session.setKey(2, sampleKey(1), true)).toThrow(closed);
  });

  test('saves nothing where nothing was kept and there is nothing to keep', async () => {
    const storage = new SlowStorage();
    const { session } = await live(storage);
    session.change(() => {});
    await session.flush();
    session.setKey(2, sampleKey(1), true);
    await session.flush();
    session.change((each) => {
      each.dcs = [];
    });
    await session.close();
    expect(storage.calls).toEqual(['save', 'save', 'close']);
    expect((await storage.stored())!.equals(new Session())).toBe(true);
  });

  test('writes its errors to the console where nobody listens, without a key', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session } = await live(storage);
    const lines: unknown[][] = [];
    const before = console.error;
    console.error = (...line) => lines.push(line);
    new LiveSession(storage).fail(disk);
    console.error = before;
    expect(lines).toEqual([['tgsession:', 'Error: The disk is full.'.replace('Error', 'SessionError')]]);
    await session.close();
  });
});

describe('a key', () => {
  test('that is new is durable when flush() resolves', async () => {
    const storage = new SlowStorage(null);
    storage.turns = 5;
    const { session } = await live(storage);
    session.setKey(2, sampleKey(1), true);
    session.setKey(4, sampleKey(2), false);
    expect(await storage.stored()).toBeNull();
    await session.flush();
    expect((await storage.stored())!.dcs.map(({ id, authKeyId }) => [id, authKeyId])).toEqual([
      [2, authKeyId(sampleKey(1))],
      [4, authKeyId(sampleKey(2))],
    ]);
    expect(storage.calls).toEqual(['save']);
    await session.close();
  });

  test('that is erased is first kept aside with its session; what follows has no user, no state and no other key', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session, heard } = await live(storage);
    session.setKey(MAIN, null, true);
    await session.flush();
    session.setKey(MAIN, sampleKey(50), true);
    await session.flush();
    expect(storage.calls).toEqual(['put erased', 'save', 'save']);
    const stored = (await storage.stored())!;
    expect(stored.user).toBeNull();
    expect(stored.state).toBeNull();
    expect(stored.dcs.filter(({ auth }) => auth !== null).map(({ id }) => id)).toEqual([MAIN]);
    expect(stored.dcs.map(({ ipv4Addr }) => ipv4Addr)).toEqual(sampleSession(1).dcs.map((dc) => dc.ipv4Addr));
    const [entry] = heard.aside;
    expect(entry).toMatchObject({ reason: 'erased', keyId: authKeyId(MAIN_KEY) });
    expect((await storage.aside!.get(entry!.id))!.equals(sampleSession(1))).toBe(true);
    await session.close();
    await bringBack(storage, entry!.id);
    expect((await storage.stored())!.equals(sampleSession(1))).toBe(true);
  });

  test('that another one replaces without a logout is kept aside too, in one save', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session, heard } = await live(storage);
    session.setKey(MAIN, sampleKey(50), true);
    await session.flush();
    expect(storage.calls).toEqual(['put replaced', 'save']);
    expect(heard.aside).toHaveLength(1);
    await session.close();
  });

  test('is not overwritten as long as it cannot be kept aside', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session, heard } = await live(storage);
    storage.fails.put = disk;
    session.setKey(MAIN, null, true);
    await expect(session.flush()).rejects.toBe(disk);
    session.setKey(MAIN, sampleKey(50), true);
    await expect(session.flush()).rejects.toBe(disk);
    expect((await storage.stored())!.equals(sampleSession(1))).toBe(true);
    expect(heard.errors).toEqual([disk, disk]);
    delete storage.fails.put;
    await session.flush();
    const [entry] = await storage.aside!.list();
    expect((await storage.aside!.get(entry!.id))!.equals(sampleSession(1))).toBe(true);
    expect((await storage.stored())!.dcs.find(({ id }) => id === MAIN)!.auth).toEqual(
      expect.objectContaining(sampleKey(50)),
    );
    await session.close();
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'that is replaced while another one has just been kept aside is kept too before it is gone (%d)',
    async (microtasks) => {
      const storage = new SlowStorage(sampleSession(1));
      const order: string[] = [];
      const { aside } = storage;
      const put = aside!.put.bind(aside);
      aside!.put = async (kept, reason) => {
        const entry = await put(kept, reason);
        order.push(`aside ${entry.keyId}`);
        return entry;
      };
      const save = storage.save.bind(storage);
      storage.save = (saved) => {
        order.push(`save ${saved.dcs.find(({ id }) => id === MAIN)!.authKeyId}`);
        return save(saved);
      };
      const [second, third] = [sampleKey(11), sampleKey(12)];
      const { session } = await live(storage, {
        async onAside({ keyId }) {
          if (keyId !== authKeyId(MAIN_KEY)) return;
          for (let i = 0; i < microtasks; i++) await null;
          session.setKey(MAIN, third, true);
        },
      });
      session.setKey(MAIN, second, true);
      await session.flush();
      await session.flush();
      expect(order[0]).toBe(`aside ${authKeyId(MAIN_KEY)}`);
      expect(order.at(-1)).toBe(`save ${authKeyId(third)}`);
      expect(order.indexOf(`aside ${authKeyId(second)}`)).toBeLessThan(
        order.indexOf(`save ${authKeyId(third)}`),
      );
      expect(order).toContain(`aside ${authKeyId(second)}`);
      await session.close();
    },
  );

  test('that was brought back, and is erased again, is kept aside again', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session } = await live(storage);
    for (let i = 0; i < 2; i++) {
      await session.load();
      session.setKey(MAIN, null, true);
      await session.close();
      const [entry] = await storage.aside!.list();
      await bringBack(storage, entry!.id);
      expect(await storage.aside!.list()).toEqual([]);
    }
  });

  test('of another data centre comes and goes', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session } = await live(storage);
    const other = MAIN === 4 ? 5 : 4;
    session.setKey(other, sampleKey(60), false);
    session.setKey(other, null, false);
    await session.flush();
    expect(await storage.aside!.list()).toEqual([]);
    expect((await storage.stored())!.user).not.toBeNull();
    await session.close();
  });

  test('that is the same as before is no change', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session } = await live(storage);
    session.setKey(MAIN, MAIN_KEY.slice(), true);
    await session.close();
    expect(storage.calls).toEqual(['close']);
  });

  test('that is none is refused, and changes nothing', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session } = await live(storage);
    for (const bad of [new Uint8Array(255), new Uint8Array(256), 'key']) {
      expect(() => session.setKey(MAIN, bad as Uint8Array, true)).toThrow(
        expect.objectContaining({ code: 'INVALID_VALUE' }),
      );
    }
    await session.close();
    expect(storage.calls).toEqual(['close']);
  });

  test('is kept in memory, with an error that says so, where the storage keeps nothing aside', async () => {
    const storage = new SlowStorage(sampleSession(1), { aside: false });
    const { session, heard } = await live(storage);
    session.setKey(MAIN, null, true);
    await session.flush();
    expect(heard.errors).toEqual([expect.objectContaining({ code: 'CANNOT_HOLD' })]);
    expect(String(heard.errors[0])).toContain(authKeyId(MAIN_KEY));
    await session.close();
    const [entry] = await session.aside.list();
    expect((await session.aside.get(entry!.id))!.equals(sampleSession(1))).toBe(true);
  });

  test('and whatever happens to it: each one that was durable is in use, or aside, until a logout', async () => {
    const step = fc.oneof(
      fc.integer({ min: 1, max: 30 }).map((seed) => ['key', seed] as const),
      fc.constant(['erase', 0] as const),
      fc.integer({ min: 1, max: 3 }).map((id) => ['user', id] as const),
      fc.constant(['log out', 0] as const),
      fc.constant(['dead', 0] as const),
      fc.boolean().map((fails) => ['disk', Number(fails)] as const),
      fc.constant(['turn', 0] as const),
      fc.constant(['flush', 0] as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const storage = new SlowStorage(null);
        const { session } = await live(storage);
        /** Ids of keys that must be somewhere, and of those that may be nowhere. */
        let kept = new Set<string>();
        const current = () => session.session.dcs[0]?.authKeyId ?? null;
        const somewhere = async () => {
          const stored = (await storage.stored())?.dcs[0]?.authKeyId ?? null;
          return new Set([stored, ...(await storage.aside!.list()).map(({ keyId }) => keyId)]);
        };
        for (const [what, value] of steps) {
          if (what === 'key') session.setKey(2, sampleKey(value), true);
          if (what === 'erase') session.setKey(2, null, true);
          if (what === 'user') session.setUser({ id: value, dc: 2, bot: false });
          if (what === 'log out') {
            // Other logins are not ended by it; a logout that is not durable yet ends nothing.
            kept.delete(current()!);
            session.logOut();
          }
          if (what === 'dead') session.markDead('AUTH_KEY_DUPLICATED', true);
          if (what === 'disk') {
            for (const call of ['save', 'put'] as const) {
              if (value === 1) storage.fails[call] = disk;
              else delete storage.fails[call];
            }
          }
          if (what === 'turn') await new Promise((resolve) => setImmediate(resolve));
          if (what === 'flush') {
            const key = current();
            const isDurable = await session.flush().then(
              () => true,
              () => false,
            );
            if (isDurable && key !== null) kept = new Set([...kept, key]);
          }
          const there = await somewhere();
          for (const key of kept) expect([...there]).toContain(key);
        }
        for (const call of ['save', 'put'] as const) delete storage.fails[call];
        await session.close();
        const there = await somewhere();
        for (const key of kept) expect([...there]).toContain(key);
        expect(storage.overlap).toBe(1);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a logout', () => {
  test('leaves no key behind, neither in the session nor aside; addresses stay, and other logins aside', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session } = await live(storage);
    await storage.aside!.put(sampleSession(7), 'erased');
    session.markDead('AUTH_KEY_UNREGISTERED', false);
    await session.flush();
    expect(await storage.aside!.list()).toHaveLength(2);
    session.logOut();
    await session.flush();
    const stored = (await storage.stored())!;
    expect([stored.user, stored.state]).toEqual([null, null]);
    expect(stored.dcs.every(({ auth }) => auth === null)).toBe(true);
    expect(stored.dcs.map(({ ipv4Addr }) => ipv4Addr)).toEqual(sampleSession(1).dcs.map((dc) => dc.ipv4Addr));
    expect((await storage.aside!.list()).map(({ reason }) => reason)).toEqual(['erased']);
    await session.close();
  });

  test('that could not be saved is saved later, and forgets what was aside then', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session } = await live(storage);
    session.markDead('AUTH_KEY_UNREGISTERED', false);
    await session.flush();
    storage.fails.save = disk;
    session.logOut();
    await expect(session.flush()).rejects.toBe(disk);
    expect(await storage.aside!.list()).toHaveLength(1);
    delete storage.fails.save;
    await session.close();
    expect(await storage.aside!.list()).toEqual([]);
  });
});

describe('a user', () => {
  test('that is another one, without a logout, finds the session before kept aside, and no state', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session } = await live(storage);
    session.setUser({ id: 5, dc: MAIN, bot: false });
    await session.flush();
    const [entry] = await storage.aside!.list();
    expect((await storage.aside!.get(entry!.id))!.equals(sampleSession(1))).toBe(true);
    expect((await storage.stored())!.state).toBeNull();
    // The client puts its own key in the place of the other's: what is aside stays as it is.
    session.setKey(MAIN, sampleKey(50), true);
    await session.flush();
    expect(await storage.aside!.list()).toEqual([entry]);
    await session.close();
  });

  test('that is the same one with another name is only changed', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session } = await live(storage);
    const user = session.session.user!;
    session.setUser({ ...user, username: 'other' });
    await session.flush();
    expect(await storage.aside!.list()).toEqual([]);
    expect((await storage.stored())!.state).not.toBeNull();
    session.setUser({ ...user, username: 'other' });
    await session.close();
    expect(storage.calls).toEqual(['save', 'close']);
  });
});

describe('what the server gives up', () => {
  test('is told once, and kept aside; a dead key is in use no more', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session, heard } = await live(storage);
    session.markDead('AUTH_KEY_DUPLICATED', true);
    session.markDead('AUTH_KEY_DUPLICATED', true);
    await session.flush();
    expect(heard.dead).toEqual(['AUTH_KEY_DUPLICATED']);
    expect((await storage.stored())!.dcs.every(({ auth }) => auth === null)).toBe(true);
    const [entry] = await storage.aside!.list();
    expect(entry!.reason).toBe('AUTH_KEY_DUPLICATED');
    expect((await storage.aside!.get(entry!.id))!.equals(sampleSession(1))).toBe(true);
    await session.close();
  });

  test('stays in use where only the login is gone', async () => {
    const storage = new SlowStorage(sampleSession(1));
    const { session, heard } = await live(storage);
    session.markDead('SESSION_REVOKED', false);
    await session.close();
    expect(heard.dead).toEqual(['SESSION_REVOKED']);
    expect((await storage.stored())!.equals(sampleSession(1))).toBe(true);
    expect(await storage.aside!.list()).toHaveLength(1);
  });

  test('is nothing where there is no key', async () => {
    const { session, heard } = await live(new SlowStorage(null));
    session.markDead('AUTH_KEY_DUPLICATED', true);
    await session.close();
    expect(heard.dead).toEqual([]);
  });
});

describe('a hold that is lost', () => {
  test('is told with its reason; nothing is saved from then on, and whoever waits hears it', async () => {
    const holding = new AbortController();
    const storage = new SlowStorage(sampleSession(1));
    storage.held = holding.signal;
    const { session, heard } = await live(storage);
    session.change((each) => {
      each.state = null;
    });
    await session.flush();
    storage.calls.length = 0;
    session.setKey(MAIN, null, true);
    holding.abort('lease');
    expect(heard.lost).toEqual(['lease']);
    const held = expect.objectContaining({ code: 'HELD' });
    await expect(session.flush()).rejects.toThrow(held);
    await expect(session.close()).rejects.toThrow(held);
    expect(storage.calls).toEqual(['close']);
    expect(await storage.aside!.list()).toEqual([]);
    expect(heard.errors.length).toBeGreaterThan(0);
  });

  test('while a session is being kept aside stops the save that would follow', async () => {
    const holding = new AbortController();
    const storage = new SlowStorage(sampleSession(1));
    storage.held = holding.signal;
    const { session } = await live(storage);
    storage.turns = 3;
    session.setKey(MAIN, null, true);
    while (storage.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    holding.abort();
    await expect(session.flush()).rejects.toThrow(expect.objectContaining({ code: 'HELD' }));
    expect(storage.calls).toEqual(['put erased']);
    await session.close().catch(() => {});
  });

  test('after it was closed is nobody’s concern', async () => {
    const holding = new AbortController();
    const storage = new SlowStorage(sampleSession(1));
    storage.held = holding.signal;
    const { session, heard } = await live(storage);
    await session.close();
    holding.abort();
    expect(heard.lost).toEqual([]);
  });
});
