import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bringBack } from '../src/aside.ts';
import { type AsideStore, authKeyId, Session, type Storage } from '../src/index.ts';
import { SqliteSession } from '../src/sqlite/index.ts';
import { SAMPLE_KEY_MARK, sampleKey, sampleSession } from '../src/testing/index.ts';
import { session as anySession } from './support/arbitraries.ts';
import { temporaryFolder } from './support/folder.ts';
import { MemorySession } from './support/memory-session.ts';

type Keeping = Storage & { readonly aside: AsideStore };

const storages: [string, () => Keeping][] = [
  ['MemorySession', () => new MemorySession()],
  ['SqliteSession', () => new SqliteSession(join(temporaryFolder(), 'a'))],
];

describe.each(storages)('what a %s keeps aside', (_, make) => {
  const opened = async (session: Session | null = sampleSession(1)): Promise<Keeping> => {
    const storage = make();
    await storage.load();
    if (session !== null) await storage.save(session);
    return storage;
  };

  test('is a copy of the session with its reason, its time, its key id and its user', async () => {
    const storage = await opened();
    const given = sampleSession(2);
    const before = Date.now();
    const entry = await storage.aside.put(given, 'erased');
    given.user = null;
    const { id, since, ...rest } = entry;
    const { dcs, user } = sampleSession(2);
    const key = dcs.find((dc) => dc.id === user!.dc)!.auth!;
    expect(rest).toEqual({ reason: 'erased', keyId: authKeyId(key), userId: user!.id });
    expect(since.getTime()).toBeGreaterThanOrEqual(before);
    expect(since.getTime()).toBeLessThanOrEqual(Date.now());
    expect(await storage.aside.list()).toEqual([entry]);
    const got = await storage.aside.get(id);
    expect(got!.equals(sampleSession(2))).toBe(true);
    got!.dcs.length = 0;
    expect((await storage.aside.get(id))!.equals(sampleSession(2))).toBe(true);
    expect((await storage.load())!.equals(sampleSession(1))).toBe(true);
    await storage.close();
  });

  test('has the oldest first, and one session for each key: the newest', async () => {
    const storage = await opened();
    await storage.aside.put(sampleSession(2), 'erased');
    await storage.aside.put(sampleSession(3), 'replaced');
    await storage.aside.put(sampleSession(2).with({ state: null }), 'AUTH_KEY_DUPLICATED');
    const list = await storage.aside.list();
    expect(list.map(({ reason }) => reason)).toEqual(['replaced', 'AUTH_KEY_DUPLICATED']);
    expect((await storage.aside.get(list[1]!.id))!.state).toBeNull();
    await storage.close();
  });

  test('is there, or gone, as it was asked for; what is not there is no error', async () => {
    const storage = await opened();
    const { id } = await storage.aside.put(sampleSession(2), 'erased');
    for (const other of ['', '0', '99', 'x', '1e3', '1 OR 1']) {
      expect(await storage.aside.get(other)).toBeNull();
      await storage.aside.forget(other);
    }
    expect(await storage.aside.list()).toHaveLength(1);
    await storage.aside.forget(id);
    expect(await storage.aside.list()).toEqual([]);
    await storage.close();
  });

  test('can be put before any session was saved', async () => {
    const storage = await opened(null);
    const { id } = await storage.aside.put(sampleSession(2), 'erased');
    expect((await storage.aside.get(id))!.equals(sampleSession(2))).toBe(true);
    await storage.save(sampleSession(1));
    expect(await storage.aside.list()).toHaveLength(1);
    await storage.close();
  });

  test('is any session at all, exactly', async () => {
    const storage = await opened();
    await fc.assert(
      fc.asyncProperty(anySession, async (session) => {
        const { id } = await storage.aside.put(session, 'erased');
        expect((await storage.aside.get(id))!.equals(session)).toBe(true);
        await storage.aside.forget(id);
      }),
      { numRuns: 50 },
    );
    await storage.close();
  });

  test('is checked before it is kept', async () => {
    const storage = await opened();
    const bad = sampleSession(2);
    bad.state!.pts = -1;
    const refused = (promise: Promise<unknown>) =>
      expect(promise).rejects.toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
    await refused(storage.aside.put(bad, 'erased'));
    await refused(storage.aside.put(undefined as never, 'erased'));
    for (const reason of ['', 'x'.repeat(65), 7, null]) {
      await refused(storage.aside.put(sampleSession(2), reason as string));
    }
    expect(await storage.aside.list()).toEqual([]);
    await storage.close();
  });

  test('bringBack() makes it the session, and keeps aside the one that was', async () => {
    const storage = await opened(sampleSession(1));
    const { id } = await storage.aside.put(sampleSession(2), 'erased');
    expect((await bringBack(storage, id)).equals(sampleSession(2))).toBe(true);
    expect((await storage.load())!.equals(sampleSession(2))).toBe(true);
    const [other, ...more] = await storage.aside.list();
    expect(more).toEqual([]);
    expect(other!.reason).toBe('replaced');
    expect((await storage.aside.get(other!.id))!.equals(sampleSession(1))).toBe(true);
    await storage.close();
  });

  test('bringBack() keeps nothing aside that has no key, or the same one', async () => {
    for (const current of [null, new Session(), sampleSession(2).with({ user: null, state: null })]) {
      const storage = await opened(current);
      const { id } = await storage.aside.put(sampleSession(2), 'AUTH_KEY_UNREGISTERED');
      await bringBack(storage, id);
      expect((await storage.load())!.equals(sampleSession(2))).toBe(true);
      expect((await storage.aside.list()).filter(({ keyId }) => keyId !== null)).toEqual([]);
      await storage.close();
    }
  });

  test('bringBack() of what is not there changes nothing', async () => {
    const storage = await opened(sampleSession(1));
    await expect(bringBack(storage, '7')).rejects.toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect((await storage.load())!.equals(sampleSession(1))).toBe(true);
    await storage.close();
  });
});

test('bringBack() says where nothing is kept aside', async () => {
  const inner = new MemorySession();
  const plain: Storage = {
    load: () => inner.load(),
    save: (session) => inner.save(session),
    close: () => inner.close(),
  };
  await expect(bringBack(plain, '1')).rejects.toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
});

describe('a session file', () => {
  test('still has what is aside after it was closed, and is a session file as before', async () => {
    const path = join(temporaryFolder(), 'a');
    const storage = new SqliteSession(path);
    await storage.load();
    await storage.save(sampleSession(1));
    const { id } = await storage.aside.put(sampleSession(2), 'erased');
    await storage.close();
    await expect(storage.aside.list()).rejects.toThrow(expect.objectContaining({ code: 'CLOSED' }));
    const again = new SqliteSession(path);
    expect((await again.load())!.equals(sampleSession(1))).toBe(true);
    expect((await again.aside.get(id))!.equals(sampleSession(2))).toBe(true);
    await again.close();
  });

  test('holds no byte of what was forgotten', async () => {
    const storage = new SqliteSession(join(temporaryFolder(), 'a'));
    await storage.load();
    const session = new Session({ dcs: [{ id: 2, auth: sampleKey(5) }] });
    await storage.save(new Session({ dcs: [{ id: 2 }] }));
    const { id } = await storage.aside.put(session, 'erased');
    await storage.close();
    const hex = Buffer.from(SAMPLE_KEY_MARK).toString('hex');
    expect(readFileSync(storage.path).includes(hex)).toBe(true);
    await storage.load();
    await storage.aside.forget(id);
    await storage.close();
    expect(readFileSync(storage.path).includes(hex)).toBe(false);
  });

  test('says so where a newer version keeps sessions aside otherwise', async () => {
    const storage = new SqliteSession(join(temporaryFolder(), 'a'));
    await storage.load();
    await storage.save(sampleSession(1));
    await storage.close();
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(storage.path);
    db.exec('CREATE TABLE tgsession_aside(id integer primary key, other text)');
    db.close();
    expect((await storage.load())!.equals(sampleSession(1))).toBe(true);
    const refused = expect.objectContaining({ code: 'NEWER_VERSION', field: 'tgsession_aside' });
    await expect(storage.aside.list()).rejects.toThrow(refused);
    await expect(storage.aside.put(sampleSession(2), 'erased')).rejects.toThrow(refused);
    await storage.close();
  });

  test('that was changed by hand to hold no session aside is refused, without its text', async () => {
    const storage = new SqliteSession(join(temporaryFolder(), 'a'));
    await storage.load();
    await storage.save(sampleSession(1));
    await storage.aside.put(sampleSession(2), 'erased');
    await storage.close();
    const { DatabaseSync } = await import('node:sqlite');
    for (const text of ['{"dcs":[{"id":2,"auth":"abcd"}]}', 'secret', '{}', 'null']) {
      const db = new DatabaseSync(storage.path);
      db.prepare('UPDATE tgsession_aside SET session = ?').run(text);
      db.close();
      await storage.load();
      const error = await storage.aside.list().catch((error) => error);
      expect(error).toMatchObject({ code: 'INVALID_VALUE' });
      expect(error.message).not.toMatch(/secret|abcd/);
      await storage.close();
    }
  });
});
