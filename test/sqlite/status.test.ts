import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { read } from '../../src/formats/index.ts';
import { loginOf } from '../../src/login.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import type { AuthKeyStatus } from '../../src/status.ts';
import { sampleSession } from '../../src/testing/index.ts';
import { temporaryFolder } from '../support/folder.ts';

const session = sampleSession(1);
const { keyId } = loginOf(session)!;
const alive: AuthKeyStatus = {
  status: 'alive',
  reason: null,
  keyId,
  userId: 1000,
  dc: 2,
  at: new Date('2026-11-25T08:00:00.123Z'),
};

async function opened(): Promise<SqliteSession> {
  const storage = new SqliteSession(join(temporaryFolder(), 'a'));
  await storage.load();
  await storage.save(session);
  return storage;
}

async function extraOf({ path }: SqliteSession) {
  const { snapshots } = await read({ path });
  return snapshots[0]!.extra;
}

describe('the status in a session file', () => {
  test('is the one that was put last, also for the next who opens the file; the session is untouched', async () => {
    const storage = await opened();
    expect(await storage.status.get()).toBeNull();
    const given = { ...alive, at: new Date(alive.at) };
    await storage.status.put(given);
    given.at.setTime(0);
    const revoked = { ...alive, status: 'revoked', reason: 'SESSION_REVOKED', userId: null } as const;
    expect(await storage.status.get()).toEqual(alive);
    await storage.status.put(revoked);
    await storage.close();
    const next = new SqliteSession(storage.path);
    expect((await next.load())!.equals(session)).toBe(true);
    expect(await next.status.get()).toEqual(revoked);
    await next.close();
  });

  test('is read with the session, while it is in use too; that of another key is not', async () => {
    const storage = await opened();
    expect(await extraOf(storage)).not.toHaveProperty('status');
    await storage.status.put(alive);
    expect((await extraOf(storage)).status).toEqual({ ...alive, at: alive.at.toISOString() });
    await storage.status.put({ ...alive, keyId: '0123456789abcdef' });
    expect(await extraOf(storage)).not.toHaveProperty('status');
    await storage.close();
  });

  test('comes with what is kept aside, without its keys', async () => {
    const storage = await opened();
    const other = sampleSession(2);
    const { since, ...entry } = await storage.aside.put(other, 'erased');
    expect((await extraOf(storage)).aside).toEqual([{ ...entry, since: since.toISOString() }]);
    await storage.close();
  });

  test('needs a file, and an open one', async () => {
    const storage = new SqliteSession(join(temporaryFolder(), 'a'));
    await storage.load();
    await expect(storage.status.put(alive)).rejects.toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(await storage.status.get()).toBeNull();
    await storage.close();
    await expect(storage.status.get()).rejects.toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });

  test.each<[keyof AuthKeyStatus, unknown]>([
    ['status', 'dead'],
    ['reason', 'x'.repeat(65)],
    ['keyId', 'abc'],
    ['userId', 0],
    ['dc', 0],
    ['at', new Date(Number.NaN)],
  ])('refuses what is no %s', async (field, value) => {
    const storage = await opened();
    const error = await storage.status
      .put({ ...alive, [field]: value } as AuthKeyStatus)
      .catch((error) => error);
    expect(error).toMatchObject({ code: 'INVALID_VALUE', field: `status.${field}` });
    expect(await storage.status.get()).toBeNull();
    await storage.close();
  });

  test('of a newer version, or changed by hand, is noted, and stops nobody from reading the session', async () => {
    const { DatabaseSync } = await import('node:sqlite');
    const write = (path: string, sql: string, ...values: (string | number | null)[]) => {
      const db = new DatabaseSync(path);
      db.prepare(sql).run(...values);
      db.close();
    };
    const newer = await opened();
    await newer.close();
    write(newer.path, 'CREATE TABLE tgsession_status(id integer primary key, other text)');
    const { snapshots } = await read({ path: newer.path });
    expect(snapshots[0]!.session.equals(session)).toBe(true);
    expect(snapshots[0]!.notes.join()).toContain('newer tgsession');
    const columns = ['status', 'reason', 'key_id', 'user_id', 'dc', 'at_ms'];
    const value = fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...columns), value, async (column, any) => {
        const storage = await opened();
        await storage.status.put(alive);
        await storage.close();
        write(storage.path, `UPDATE tgsession_status SET ${column} = ?`, any);
        const { snapshots } = await read({ path: storage.path });
        expect(snapshots[0]!.session.equals(session)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
