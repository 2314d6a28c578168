import { chmodSync, copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { read } from '../../src/formats/index.ts';
import { UpdateState } from '../../src/index.ts';
import { SqlError } from '../../src/sqlite/driver.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { migrateFile } from '../../src/sqlite/migrate.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { stateOf, temporaryFolder } from '../support/folder.ts';
import { hookedDriver } from '../support/hooked-driver.ts';

const FILES = readdirSync(FIXTURES).filter(
  (name) => /^v[1-8]-.*\.session$/.test(name) && !name.includes('alpha'),
);

function copyOf(name: string): { folder: string; path: string } {
  const folder = temporaryFolder();
  const path = join(folder, 'old.session');
  copyFileSync(join(FIXTURES, name), path);
  chmodSync(path, 0o600);
  return { folder, path };
}

function rowsOf(path: string, table: string): unknown[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const statement = db.prepare(`SELECT * FROM ${table}`);
    statement.setReadBigInts(true);
    return statement.all();
  } finally {
    db.close();
  }
}

describe('the migration of a Telethon v1 file', () => {
  test('is tried with files of all eight schemas', () => {
    expect(new Set(FILES.map((name) => name[1]))).toEqual(new Set('12345678'));
  });

  test.each(FILES)(
    '%s: keeps the login, the state and the peers, and a backup of the file as it was',
    async (name) => {
      const { folder, path } = copyOf(name);
      const before = (await read({ path })).snapshots[0]!.session;
      const bytes = readFileSync(path);
      const peers = rowsOf(path, 'entities');
      const storage = new SqliteSession(path, { migrate: true });
      const session = (await storage.load())!;
      expect(session.equals(before)).toBe(true);
      session.state ??= new UpdateState({ pts: 0, qts: 0, date: 0, seq: 0 });
      session.state!.pts += 1;
      await storage.save(session);
      await storage.close();

      const schema = Number(name[1]);
      const backup = `old.session.v${schema}.backup`;
      expect(readdirSync(folder).sort()).toEqual(['old.session', backup]);
      expect(readFileSync(join(folder, backup)).equals(bytes)).toBe(true);
      expect(statSync(join(folder, backup)).mode & 0o777).toBe(0o600);
      expect(rowsOf(path, 'entities')).toEqual(peers);
      expect(rowsOf(path, 'version')).toEqual([{ version: 10n }]);
      const after = await read({ path });
      expect(after.format).toBe('telethon-v2-sqlite');
      expect(after.snapshots[0]!.session.equals(session)).toBe(true);
      // The old table is gone, and so is the second copy of the key that its pages held.
      const db = new DatabaseSync(path);
      expect(
        db
          .prepare("SELECT count(*) AS n FROM sqlite_master WHERE name IN ('sessions', 'update_state')")
          .get(),
      ).toEqual({ n: 0 });
      db.close();
      const key = session.dcs.find((dc) => dc.auth !== null)?.auth;
      if (key)
        expect(readFileSync(path).toString('latin1').split(Buffer.from(key).toString('latin1')).length).toBe(
          2,
        );
    },
  );

  test('is only done when asked for', async () => {
    const { folder, path } = copyOf('v7-takeout.session');
    const before = stateOf(folder);
    await expect(new SqliteSession(path).load()).rejects.toMatchObject({ code: 'NEEDS_MIGRATION' });
    expect(stateOf(folder)).toEqual(before);
  });

  test('chooses another name for the backup if there is one already', async () => {
    const { folder, path } = copyOf('v7-takeout.session');
    copyFileSync(path, `${path}.v7.backup`);
    const storage = new SqliteSession(path, { migrate: true });
    await storage.load();
    await storage.close();
    expect(readdirSync(folder).sort()).toEqual([
      'old.session',
      'old.session.v7-2.backup',
      'old.session.v7.backup',
    ]);
  });

  test('does nothing to a file of today, and to a second load', async () => {
    const { folder, path } = copyOf('v10-full.session');
    const bytes = readFileSync(path);
    const storage = new SqliteSession(path, { migrate: true });
    await storage.load();
    await storage.load();
    await storage.close();
    expect(readdirSync(folder)).toEqual(['old.session']);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('that fails at any step leaves the file as it was, and no backup', async () => {
    let calls = Number.POSITIVE_INFINITY;
    for (let failing = 1; failing <= calls; failing++) {
      const { folder, path } = copyOf('v7-1.37.0-self.session');
      const bytes = readFileSync(path);
      let count = 0;
      const driver = await hookedDriver({
        before() {
          if (++count === failing) throw new SqlError('full', new Error('made to fail'));
        },
      });
      try {
        migrateFile(driver, path);
        expect(count).toBeLessThan(failing);
        calls = count;
      } catch (error) {
        expect(error, `call ${failing}`).toMatchObject({ name: 'SessionError', code: 'IO' });
        expect(readFileSync(path).equals(bytes), `call ${failing}`).toBe(true);
        expect(readdirSync(folder), `call ${failing}`).toEqual(['old.session']);
      }
    }
    expect(calls).toBeGreaterThan(20);
  });

  test('honours what an interrupted writer left beside the file, and keeps that in the backup', async () => {
    const { folder, path } = copyOf('v7-1.37.0-self.session');
    const source = join(temporaryFolder(), 'live.session');
    copyFileSync(path, source);
    const db = new DatabaseSync(source);
    db.exec('PRAGMA journal_mode = WAL; UPDATE update_state SET pts = 4242 WHERE id = 0');
    copyFileSync(source, path);
    copyFileSync(`${source}-wal`, `${path}-wal`);
    db.close();
    const storage = new SqliteSession(path, { migrate: true });
    expect((await storage.load())?.state?.pts).toBe(4242);
    await storage.close();
    const backup = (await read({ path: join(folder, 'old.session.v7.backup') })).snapshots[0]!;
    expect(backup.session.state?.pts).toBe(4242);
  });
});
