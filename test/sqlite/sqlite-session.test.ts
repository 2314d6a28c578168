import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { DataCenter, Session, SessionError } from '../../src/index.ts';
import { SqliteSession, type SqliteSessionOptions } from '../../src/sqlite/index.ts';
import { storageConformance } from '../../src/testing/index.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { stateOf, temporaryFolder } from '../support/folder.ts';
import { savedFile } from '../support/session-files.ts';
import { fullSession, testKey } from '../support/sessions.ts';

describe('SqliteSession keeps the contract of a storage', () => {
  const cases = storageConformance({
    async open() {
      const folder = temporaryFolder();
      return {
        storage: () => new SqliteSession(join(folder, 'a')),
        persistent: true,
        hold: true,
        peers: true,
      };
    },
  });
  for (const { name, run } of cases) test(name, run);
});

async function loadOf(path: string, options?: SqliteSessionOptions): Promise<Session | null> {
  const storage = new SqliteSession(path, options);
  try {
    return await storage.load();
  } finally {
    await storage.close();
  }
}

describe('the file of a SqliteSession', () => {
  test('is one that only its owner can read, in a folder that only its owner can enter', async () => {
    const folder = join(temporaryFolder(), 'deep/er');
    const storage = new SqliteSession(join(folder, 'a'));
    expect(await storage.load()).toBeNull();
    expect(existsSync(join(folder, 'a.session'))).toBe(false);
    await storage.save(fullSession());
    await storage.save(fullSession(4));
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await storage.close();
  });

  test('has the tables of Telethon v2 and nothing else', async () => {
    const path = await savedFile();
    const schema = (file: string) => {
      const db = new DatabaseSync(file, { readOnly: true });
      const rows = db.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY rowid').all();
      const rest = [
        'user_version',
        'application_id',
        'encoding',
        'page_size',
        'auto_vacuum',
        'journal_mode',
      ].map((pragma) => db.prepare(`PRAGMA ${pragma}`).get());
      db.close();
      return { rows, rest };
    };
    expect(schema(path)).toEqual(schema(join(FIXTURES, 'v10-fresh.session')));
  });

  test('is warned of when others may read it', async () => {
    const path = await savedFile();
    chmodSync(path, 0o644);
    const warnings: string[] = [];
    await loadOf(path, { logger: { warn: (message) => warnings.push(message) } });
    expect(warnings.join()).toContain(`chmod 600 '${path}'`);
  });

  test('of another schema of the envelope goes on after us: strict tables, no rowid, further tables', async () => {
    for (const name of ['v10-strict-tables', 'v10-without-rowid', 'v10-extra-objects', 'v10-wal-header']) {
      const path = join(temporaryFolder(), 'a.session');
      copyFileSync(join(FIXTURES, `${name}.session`), path);
      chmodSync(path, 0o600);
      const storage = new SqliteSession(path);
      const session = (await storage.load())!;
      session.state!.channels.push({ ...session.state!.channels[0]!, id: 77 } as never);
      for (const pts of [1, 2, 3]) {
        session.state!.pts = pts;
        await storage.save(session);
      }
      await storage.close();
      expect((await loadOf(path))?.equals(session), name).toBe(true);
    }
  });

  test('with rows that we would not write is written anew at the first change, and not before', async () => {
    const path = join(temporaryFolder(), 'a.session');
    copyFileSync(join(FIXTURES, 'v10-two-user-rows.session'), path);
    chmodSync(path, 0o600);
    const before = readFileSync(path);
    const storage = new SqliteSession(path);
    const session = (await storage.load())!;
    await storage.save(session);
    expect(readFileSync(path).equals(before)).toBe(true);
    session.state!.seq++;
    await storage.save(session);
    await storage.close();
    const db = new DatabaseSync(path);
    expect(db.prepare('SELECT count(*) AS n FROM user').get()).toEqual({ n: 1 });
    db.close();
    expect((await loadOf(path))?.equals(session)).toBe(true);
  });
});

describe('a save', () => {
  test('writes nothing if nothing changed', async () => {
    const path = await savedFile(fullSession(1000));
    const storage = new SqliteSession(path);
    const session = (await storage.load())!;
    const before = statSync(path, { bigint: true });
    await storage.save(session);
    await storage.save(new Session(session));
    expect(statSync(path, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
    expect(existsSync(`${path}-wal`)).toBe(false);
    await storage.close();
  });

  test('in turn with others keeps the session as it was when it was asked for', async () => {
    const path = join(temporaryFolder(), 'a.session');
    const storage = new SqliteSession(path);
    const session = fullSession();
    const saves = [];
    for (let pts = 1; pts <= 20; pts++) {
      session.state!.pts = pts;
      saves.push(storage.save(session));
    }
    session.state!.pts = 999;
    await Promise.all(saves);
    expect((await storage.load())?.state?.pts).toBe(20);
    await storage.close();
  });

  test('that was begun before close() is kept', async () => {
    const path = join(temporaryFolder(), 'a.session');
    const storage = new SqliteSession(path);
    const saving = storage.save(fullSession());
    const closing = storage.close();
    await saving;
    await closing;
    expect((await loadOf(path))?.state?.pts).toBe(100);
  });

  test('after close() is refused, and load() opens again', async () => {
    const path = await savedFile();
    const storage = new SqliteSession(path);
    const session = (await storage.load())!;
    await storage.close();
    await expect(storage.save(session)).rejects.toMatchObject({ code: 'CLOSED' });
    await storage.load();
    session.state!.pts = 7;
    await storage.save(session);
    await storage.close();
    expect((await loadOf(path))?.state?.pts).toBe(7);
  });

  test('of something that no session can hold is refused, and the old session stays', async () => {
    const path = await savedFile();
    const storage = new SqliteSession(path);
    const session = (await storage.load())!;
    const broken: ((session: Session) => void)[] = [
      (s) => (s.state!.pts = Number.NaN),
      (s) => (s.state!.channels[1]!.pts = 2 ** 53),
      (s) => (s.state!.channels[1] = s.state!.channels[0]!),
      (s) => (s.dcs[1]!.auth = new Uint8Array(255).fill(1)),
      (s) => (s.dcs[1]!.ipv4Addr = '149.154.167.51'),
      (s) => (s.user!.id = 0),
    ];
    for (const breakIt of broken) {
      const copy = new Session(session);
      breakIt(copy);
      await expect(storage.save(copy)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    }
    session.state!.seq = 1234;
    await storage.save(session);
    await storage.close();
    expect((await loadOf(path))?.equals(session)).toBe(true);
  });

  test('before any load takes the session and replaces what is there', async () => {
    const path = await savedFile();
    const storage = new SqliteSession(path);
    await storage.save(new Session({ dcs: [{ id: 3, auth: testKey('other') }] }));
    await expect(loadOf(path)).rejects.toMatchObject({ code: 'HELD' });
    await storage.close();
    const session = (await loadOf(path))!;
    expect(session.equals(new Session({ dcs: [{ id: 3, auth: testKey('other') }] }))).toBe(true);
  });

  test('to a file that was removed or replaced under us is refused: nobody would find it', async () => {
    const path = await savedFile();
    for (const disturb of [() => rmSync(path), () => renameSync(copyOf(path), path)]) {
      const storage = new SqliteSession(path);
      const session = (await storage.load())!;
      session.state!.pts++;
      await storage.save(session);
      copyFileSync(path, `${path}.copy`);
      disturb();
      session.state!.pts++;
      await expect(storage.save(session)).rejects.toMatchObject({ code: 'CHANGED' });
      await storage.close();
      renameSync(`${path}.copy`, path);
    }
  });

  test('that another program slipped before is noticed, in every journal mode', async () => {
    for (const savesBefore of [0, 1, 2, 3]) {
      const path = await savedFile();
      const storage = new SqliteSession(path, { shared: true });
      const session = (await storage.load())!;
      for (let i = 0; i < savesBefore; i++) {
        session.state!.pts++;
        await storage.save(session);
      }
      const foreign = new DatabaseSync(path);
      foreign.exec("UPDATE user SET username = 'eve'");
      foreign.close();
      session.state!.pts++;
      await expect(storage.save(session)).rejects.toMatchObject({ code: 'CHANGED' });
      expect((await storage.load())?.user?.username).toBe('eve');
      await storage.close();
    }
  });

  function copyOf(path: string): string {
    const copy = `${path}.moved`;
    copyFileSync(path, copy);
    return copy;
  }
});

describe('while it is held', () => {
  test('a reader sees the newest save, and a writer that knows no hold is refused, not mixed', async () => {
    const path = await savedFile();
    const storage = new SqliteSession(path);
    const session = (await storage.load())!;
    for (let pts = 1; pts <= 4; pts++) {
      const foreign = new DatabaseSync(path, { timeout: 20 });
      expect(() => foreign.exec('UPDATE state SET pts = 666')).toThrow(/locked/);
      session.state!.pts = pts;
      await storage.save(session);
      expect(foreign.prepare('SELECT pts FROM state').get()).toEqual({ pts });
      foreign.close();
    }
    await storage.close();
    expect((await loadOf(path))?.state?.pts).toBe(4);
  });

  test('a reader in the middle of a transaction delays a save at most; it does not break it', async () => {
    const path = await savedFile();
    const storage = new SqliteSession(path);
    const session = (await storage.load())!;
    for (let i = 0; i < 4; i++) {
      const reader = new DatabaseSync(path);
      reader.exec('BEGIN');
      reader.prepare('SELECT * FROM state').all();
      session.state!.pts++;
      const saving = storage.save(session);
      setTimeout(() => reader.close(), 30);
      await saving;
    }
    await storage.close();
    expect((await loadOf(path))?.state?.pts).toBe(104);
  });

  test('a reader that does not let go makes the save fail with LOCKED, and the next one succeed', async () => {
    const path = await savedFile();
    const storage = new SqliteSession(path, { lockTimeout: 50 });
    const session = (await storage.load())!;
    const reader = new DatabaseSync(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT * FROM state').all();
    session.state!.pts = 1;
    await expect(storage.save(session)).rejects.toMatchObject({ code: 'LOCKED' });
    reader.close();
    await storage.save(session);
    await storage.close();
    expect((await loadOf(path))?.state?.pts).toBe(1);
  });

  test('close() while load() waits ends the wait', async () => {
    const path = await savedFile();
    const first = new SqliteSession(path);
    await first.load();
    const second = new SqliteSession(path, { wait: 600_000 });
    const loading = second.load();
    const closing = second.close();
    await expect(loading).rejects.toMatchObject({ code: 'CLOSED' });
    await closing;
    await first.close();
  });

  test('two loads at once give the same session twice, sharing nothing', async () => {
    const storage = new SqliteSession(await savedFile());
    const [a, b] = await Promise.all([storage.load(), storage.load()]);
    expect(a?.equals(b!)).toBe(true);
    a!.dcs[1]!.auth![0]! ^= 1;
    expect(a?.equals(b!)).toBe(false);
    await storage.close();
  });
});

describe('what is not a sound session file is refused, and nothing of it changes', () => {
  const refusals: [file: string, code: string][] = [
    ['bad-text.session', 'NOT_SQLITE'],
    ['bad-not-sqlite.session', 'NOT_SQLITE'],
    ['bad-truncated.session', 'DAMAGED'],
    ['bad-header-only.session', 'DAMAGED'],
    ['bad-other-sqlite.session', 'FOREIGN_DATABASE'],
    ['bad-missing-table.session', 'DAMAGED'],
    ['bad-version-empty.session', 'BAD_VERSION'],
    ['bad-version-text.session', 'BAD_VERSION'],
    ['bad-version-6-in-v10.session', 'BAD_VERSION'],
    ['bad-version-9.session', 'BAD_VERSION'],
    ['v10-version-11.session', 'NEWER_VERSION'],
    ['bad-key-255.session', 'INVALID_VALUE'],
    ['bad-key-257.session', 'INVALID_VALUE'],
    ['bad-key-text.session', 'INVALID_VALUE'],
    ['bad-extra-column.session', 'DAMAGED'],
    ['v7-1.37.0-self.session', 'NEEDS_MIGRATION'],
    ['v8-fresh.session', 'NEEDS_MIGRATION'],
    ['v8-alpha-v2-stale2.session', 'FOREIGN_DATABASE'],
  ];

  test.each(refusals)('%s: %s', async (file, code) => {
    const folder = temporaryFolder();
    const path = join(folder, file);
    copyFileSync(join(FIXTURES, file), path);
    chmodSync(path, 0o600);
    const before = [readFileSync(path), stateOf(folder)];
    for (const options of [{}, { shared: true }]) {
      const storage = new SqliteSession(path, options);
      await expect(storage.load()).rejects.toMatchObject({ name: 'SessionError', code });
      await expect(storage.save(fullSession())).rejects.toBeInstanceOf(SessionError);
      await storage.close();
    }
    expect([readFileSync(path), stateOf(folder)]).toEqual(before);
  });

  test("another program's database is not even repaired: its -wal and its hot -journal stay", async () => {
    for (const mode of ['wal', 'delete']) {
      const source = join(temporaryFolder(), 'other.db');
      const db = new DatabaseSync(source);
      db.exec(
        `PRAGMA journal_mode = ${mode}; PRAGMA cache_size = 1; CREATE TABLE user (x); PRAGMA cache_spill = 1`,
      );
      db.exec('BEGIN');
      const insert = db.prepare('INSERT INTO user VALUES (?)');
      for (let i = 0; i < 500; i++) insert.run('x'.repeat(500));
      if (mode === 'wal') db.exec('COMMIT');
      const folder = temporaryFolder();
      for (const suffix of ['', '-wal', '-journal']) {
        if (existsSync(source + suffix))
          copyFileSync(source + suffix, join(folder, basename(source) + suffix));
      }
      db.close();
      expect(readdirSync(folder)).toHaveLength(2);
      const before = stateOf(folder);
      const storage = new SqliteSession(join(folder, 'other.db'));
      await expect(storage.load()).rejects.toBeInstanceOf(SessionError);
      await storage.close();
      expect(stateOf(folder)).toEqual(before);
    }
  });

  test('a folder is no session', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'a.session'));
    await expect(loadOf(join(folder, 'a.session'))).rejects.toMatchObject({
      name: 'SessionError',
      code: 'IO',
    });
  });

  test('an empty file is no session yet, and becomes one', async () => {
    const path = join(temporaryFolder(), 'a.session');
    writeFileSync(path, '', { mode: 0o600 });
    const storage = new SqliteSession(path);
    expect(await storage.load()).toBeNull();
    await storage.save(fullSession());
    await storage.close();
    expect((await loadOf(path))?.equals(fullSession())).toBe(true);
  });
});

describe('after a crash', () => {
  test('what stands in the -wal file is loaded', async () => {
    const path = join(temporaryFolder(), 'a.session');
    copyFileSync(join(FIXTURES, 'v10-wal-uncheckpointed.session'), path);
    copyFileSync(join(FIXTURES, 'v10-wal-uncheckpointed.session-wal'), `${path}-wal`);
    chmodSync(path, 0o600);
    chmodSync(`${path}-wal`, 0o600);
    expect((await loadOf(path))?.user?.id).toBe(6180665139);
    expect((await loadOf(path))?.user?.id).toBe(6180665139);
  });
});

describe('a file left by a process that died while it made a session', () => {
  test('is removed with its bytes, unless they are a session under another name too', async () => {
    const { linkSync } = await import('node:fs');
    for (const act of [
      (path: string) => new SqliteSession(path).save(fullSession(7)),
      (path: string) => new SqliteSession(path).delete(),
    ]) {
      const moved = await savedFile();
      const path = join(temporaryFolder(), 'a.session');
      const unfinished = `${path}-new-${process.pid}`;
      linkSync(moved, unfinished);
      await act(path);
      expect(existsSync(unfinished)).toBe(false);
      expect((await loadOf(moved))?.equals(fullSession())).toBe(true);
    }
  });
});

describe('delete()', () => {
  test('leaves nothing readable, side files and backups included', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.session');
    copyFileSync(join(FIXTURES, 'v7-1.37.0-self.session'), path);
    chmodSync(path, 0o600);
    const storage = new SqliteSession(path, { migrate: true });
    const session = (await storage.load())!;
    for (const pts of [1, 2, 3]) {
      session.state!.pts = pts;
      await storage.save(session);
    }
    expect(readdirSync(folder).length).toBeGreaterThan(4);
    await storage.delete();
    expect(readdirSync(folder)).toEqual([]);
    expect(await storage.load()).toBeNull();
    await storage.close();
  });

  test('overwrites the bytes before it removes the name', async () => {
    const path = await savedFile();
    const { linkSync } = await import('node:fs');
    linkSync(path, `${path}.link`);
    await new SqliteSession(path).delete();
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(`${path}.link`).every((byte) => byte === 0)).toBe(true);
  });

  test('of a session that is in use is refused', async () => {
    const path = await savedFile();
    const first = new SqliteSession(path);
    await first.load();
    await expect(new SqliteSession(path).delete()).rejects.toMatchObject({ code: 'HELD' });
    await first.close();
    expect((await loadOf(path))?.equals(fullSession())).toBe(true);
  });

  test('an old key leaves no trace in the file when it is replaced', async () => {
    const path = await savedFile(fullSession(10));
    const storage = new SqliteSession(path);
    const session = (await storage.load())!;
    const old = session.dcs[1]!.auth!;
    session.dcs[1] = new DataCenter({ id: 2, ipv4Addr: '149.154.167.51:443', auth: null });
    await storage.save(session);
    session.state!.pts++;
    await storage.save(session);
    await storage.close();
    expect(readFileSync(path).includes(Buffer.from(old.subarray(19, 60)))).toBe(false);
  });
});
