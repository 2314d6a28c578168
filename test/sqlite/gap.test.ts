import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { SessionFile } from '../../src/sqlite/session-file.ts';
import { temporaryFolder } from '../support/folder.ts';
import { type Hooks, hookedDriver } from '../support/hooked-driver.ts';
import { startChild } from '../support/process.ts';
import { fullSession } from '../support/sessions.ts';

async function saved(): Promise<string> {
  const path = join(temporaryFolder(), 'a.session');
  const storage = new SqliteSession(path);
  await storage.save(fullSession());
  await storage.close();
  return path;
}

async function take(path: string, hooks: Hooks): Promise<SessionFile> {
  return SessionFile.take(await hookedDriver(hooks), path, {
    wait: 0,
    lockTimeout: 1000,
    signal: new AbortController().signal,
    label: null,
    shared: false,
    migrate: false,
    warn() {},
  });
}

function foreignSave(path: string): void {
  const db = new DatabaseSync(path);
  db.exec("UPDATE user SET username = 'eve'");
  db.close();
}

describe('the instant between two guards', () => {
  // The guard ends at each of these, in this order: before the first save, at its commit, at the switch of the
  // journal before the second, at each commit from then on.
  test.each([
    ['ROLLBACK', 1],
    ['COMMIT', 1],
    ['ROLLBACK', 2],
    ['PRAGMA journal_mode = WAL', 1],
    ['COMMIT', 2],
    ['COMMIT', 3],
  ])(
    'a program that saves after %s no. %i is noticed at the next save, and nothing is mixed',
    async (sql, nth) => {
      const path = await saved();
      let left = nth;
      const file = await take(path, {
        after(done) {
          if (done === sql && --left === 0) foreignSave(path);
        },
      });
      const session = (await file.load())!;
      let last = session.state!.pts;
      let refused = 0;
      for (let i = 0; i < 6; i++) {
        session.state!.pts++;
        try {
          await file.save(session);
          last = session.state!.pts;
        } catch (error) {
          expect(error).toMatchObject({ code: 'CHANGED' });
          refused++;
        }
      }
      expect(left).toBeLessThanOrEqual(0);
      expect(refused).toBeGreaterThan(0);
      const now = (await file.load())!;
      expect(now.user?.username).toBe('eve');
      expect(now.state?.pts).toBe(last);
      now.state!.pts = 1000;
      await file.save(now);
      file.release();
      const storage = new SqliteSession(path);
      expect((await storage.load())?.equals(now)).toBe(true);
      await storage.close();
    },
  );

  test('a file that somebody made just before we had the lock is found, and not taken for none', async () => {
    const other = await saved();
    const path = join(temporaryFolder(), 'new.session');
    const file = await take(path, {
      before(sql) {
        // The first thing to be opened is the lock file, since there is no session yet.
        if (sql === 'open' && !existsSync(path)) copyFileSync(other, path);
      },
    });
    expect((await file.load())?.equals(fullSession())).toBe(true);
    file.release();
  });

  test('a program that saves as soon as we have made the file is noticed at the next save', async () => {
    const path = join(temporaryFolder(), 'new.session');
    let left = 1;
    const file = await take(path, {
      before(sql) {
        if (sql === 'open' && existsSync(path) && left-- > 0) foreignSave(path);
      },
    });
    const session = fullSession();
    await file.save(session);
    expect(left).toBeLessThan(1);
    session.state!.pts++;
    for (let i = 0; i < 3; i++) await expect(file.save(session)).rejects.toMatchObject({ code: 'CHANGED' });
    await expect(file.write(() => true)).rejects.toMatchObject({ code: 'CHANGED' });
    const now = (await file.load())!;
    expect(now.user?.username).toBe('eve');
    now.state!.pts++;
    await file.save(now);
    file.release();
  });

  test('nobody of us gets the session there, however often he tries', async () => {
    const path = await saved();
    const storage = new SqliteSession(path);
    const session = (await storage.load())!;
    const child = startChild('grabber.ts', [path]);
    expect(await child.line()).toBe('trying');
    const until = performance.now() + 1500;
    while (performance.now() < until) {
      for (let i = 0; i < 20; i++) {
        session.state!.pts++;
        await storage.save(session);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    child.send('stop');
    expect(await child.line()).toMatch(/^got it 0 times of \d{2,}$/);
    await storage.close();
  });
});
