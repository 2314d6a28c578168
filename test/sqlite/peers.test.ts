/** Peers in a session file: durable, held, tied to the login, and no harm to the session or to the real library. */

import { copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Session, type SessionError } from '../../src/index.ts';
import type { Peer } from '../../src/peers.ts';
import { SqlError } from '../../src/sqlite/driver.ts';
import { SqliteSession, type SqliteSessionOptions } from '../../src/sqlite/index.ts';
import { SessionFile } from '../../src/sqlite/session-file.ts';
import { SqlitePeers } from '../../src/sqlite/sqlite-peers.ts';
import { failure } from '../support/errors.ts';
import { temporaryFolder } from '../support/folder.ts';
import { hookedDriver } from '../support/hooked-driver.ts';
import { anyCalls, doIn, expectSame, Model } from '../support/peer-model.ts';
import { FILE_OPTIONS, savedFile } from '../support/session-files.ts';
import { fullSession, testKey } from '../support/sessions.ts';

function peer(id: number, fields: Partial<Peer> = {}): Peer {
  return {
    kind: 'user',
    id,
    accessHash: BigInt(id) * 7n,
    usernames: [`user_${id}`],
    phone: null,
    name: `User ${id}`,
    seen: id,
    ...fields,
  };
}

async function opened(path: string, options?: SqliteSessionOptions) {
  const storage = new SqliteSession(path, options);
  return { storage, session: (await storage.load())! };
}

function inFile<T>(path: string, use: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path);
  try {
    return use(db);
  } finally {
    db.close();
  }
}

const tablesIn = (path: string) =>
  inFile(path, (db) =>
    db
      .prepare("SELECT name FROM sqlite_master WHERE name LIKE 'tgsession%' AND type = 'table' ORDER BY name")
      .all()
      .map(({ name }) => name),
  );

describe('a session file', () => {
  test('has no tables of peers before the first is put, and then those of the envelope', async () => {
    const path = await savedFile();
    const { storage } = await opened(path);
    await storage.peers.put([]);
    expect(await storage.peers.get('user', 5)).toBeNull();
    expect(await storage.peers.list()).toEqual([]);
    await storage.peers.delete('user', 5);
    await storage.peers.clear();
    await storage.close();
    expect(tablesIn(path)).toEqual([]);
    const again = await opened(path);
    await again.storage.peers.put([peer(5)]);
    await again.storage.close();
    expect(tablesIn(path)).toEqual(['tgsession_login', 'tgsession_names', 'tgsession_peers']);
    // So that even the real library's resetting of a file gets past them (formats/telethon.md, section 5).
    for (const name of tablesIn(path)) expect(name).toMatch(/^[a-zA-Z_]{1,20}$/);
    const others = inFile(path, (db) =>
      db.prepare("SELECT count(*) AS n FROM sqlite_master WHERE type <> 'table' AND sql IS NOT NULL").get(),
    );
    expect(others).toEqual({ n: 0 });
  });

  test('holds after any calls, between saves and openings, what a plain model of the rules holds', async () => {
    await fc.assert(
      fc.asyncProperty(anyCalls, fc.infiniteStream(fc.integer({ min: 0, max: 4 })), async (calls, dice) => {
        const path = join(temporaryFolder(), 'a.session');
        let storage = new SqliteSession(path);
        const session = fullSession();
        await storage.save(session);
        const model = new Model();
        for (const call of calls) {
          await doIn(storage.peers, call);
          model.do(call);
          const die = dice.next().value;
          if (die === 0) {
            session.state!.pts++;
            await storage.save(session);
          } else if (die === 1) {
            await storage.close();
            storage = new SqliteSession(path);
            expect((await storage.load())!.equals(session)).toBe(true);
          }
        }
        await expectSame(storage.peers, model);
        await storage.close();
      }),
      { numRuns: 60 },
    );
  });

  test('keeps as many peers as it may, those seen most recently, also after opening again', async () => {
    const path = await savedFile();
    for (let round = 0; round < 3; round++) {
      const { storage } = await opened(path, { maxPeers: 200 });
      for (let i = 0; i < 10; i++) {
        const first = 1 + (round * 10 + i) * 30;
        await storage.peers.put(Array.from({ length: 30 }, (_, k) => peer(first + k)));
        expect(await storage.peers.count()).toBeLessThanOrEqual(200);
      }
      const ids = (await storage.peers.list()).map(({ id }) => id);
      const newest = (round + 1) * 300;
      expect(ids.length).toBeGreaterThan(190);
      expect(ids).toEqual(Array.from(ids, (_, i) => newest - ids.length + 1 + i));
      expect(await storage.peers.getByUsername(`user_${newest - 250}`)).toBeNull();
      await storage.close();
    }
    const names = inFile(path, (db) => db.prepare('SELECT count(*) AS n FROM tgsession_names').get()!.n);
    expect(names).toBeLessThanOrEqual(200);
    // A smaller bound counts from the next put on, even if that changes nothing.
    const { storage } = await opened(path, { maxPeers: 5 });
    await storage.peers.put([peer(900)]);
    expect(await storage.peers.count()).toBe(5);
    await storage.close();
    const after = await opened(path);
    expect(await after.storage.peers.count()).toBe(5);
    await after.storage.close();
  });

  test('of 100,000 peers is gone through in pages, each peer once', async () => {
    const path = await savedFile();
    const { storage } = await opened(path);
    const kinds = ['user', 'chat', 'channel'] as const;
    const many = Array.from({ length: 100_000 }, (_, i) =>
      peer(1 + ((i * 7_368_787) % 1_000_003), { kind: kinds[i % 3]!, usernames: i % 2 ? [`name_${i}`] : [] }),
    );
    await storage.peers.put(many);
    expect(await storage.peers.count()).toBe(100_000);
    const left = new Set(many.map(({ kind, id }) => `${kind} ${id}`));
    let after: Peer | null = null;
    for (;;) {
      const page: Peer[] = await storage.peers.list({ after, limit: 9999 });
      if (page.length === 0) break;
      for (const { kind, id } of page) expect(left.delete(`${kind} ${id}`)).toBe(true);
      after = page.at(-1)!;
    }
    expect(left.size).toBe(0);
    await storage.close();
  });

  test('loads in the same way with peers as without', async () => {
    const path = await savedFile();
    const { storage, session } = await opened(path);
    await storage.peers.put(Array.from({ length: 500 }, (_, i) => peer(i + 1)));
    session.state!.pts = 4242;
    await storage.save(session);
    await storage.close();
    expect(readdirSync(join(path, '..'))).toEqual(['a.session']);
    const warnings: string[] = [];
    const again = await opened(path, { logger: { warn: (message) => warnings.push(message) } });
    expect(again.session.equals(session)).toBe(true);
    expect(warnings).toEqual([]);
    await again.storage.close();
  });
});

describe('calls', () => {
  test('before load(), after close() and without a file with a key are refused', async () => {
    const path = join(temporaryFolder(), 'a.session');
    const storage = new SqliteSession(path);
    const { peers } = storage;
    const CALLS: (() => Promise<unknown>)[] = [
      () => peers.get('user', 5),
      () => peers.getByUsername('x'),
      () => peers.getByPhone('5'),
      () => peers.getByPhone('none'),
      () => peers.put([peer(5)]),
      () => peers.put([]),
      () => peers.list(),
      () => peers.count(),
      () => peers.delete('user', 5),
      () => peers.clear(),
    ];
    for (const call of CALLS) await failure(call, 'CLOSED');
    expect(await storage.load()).toBeNull();
    const noKey = await failure(() => peers.put([peer(5)]), 'NOT_FOUND');
    expect(noKey.message).toMatch(/no auth key.*save\(\) the session first/);
    expect(await peers.count()).toBe(0);
    await storage.save(new Session({ dcs: [{ id: 2 }] }));
    await failure(() => peers.put([peer(5)]), 'NOT_FOUND');
    await storage.save(fullSession());
    await peers.put([peer(5)]);
    await storage.close();
    for (const call of CALLS) await failure(call, 'CLOSED');
    await failure(() => peers.get('user', 0), 'INVALID_VALUE', 'peer.id');
    await failure(() => new SqliteSession(path, { maxPeers: 0 }), 'INVALID_VALUE', 'options.maxPeers');
  });

  test('right behind load() and before close() find the file open', async () => {
    const path = await savedFile();
    const storage = new SqliteSession(path);
    const loading = storage.load();
    const putting = storage.peers.put([peer(5)]);
    const getting = storage.peers.get('user', 5);
    const closing = storage.close();
    const late = storage.peers.get('user', 5).catch((error: SessionError) => error.code);
    await Promise.all([loading, putting, closing]);
    expect(await getting).toEqual(peer(5));
    expect(await late).toBe('CLOSED');
  });

  test('find what is put while the file is held, and others can read it meanwhile', async () => {
    const path = await savedFile();
    const { storage } = await opened(path);
    for (let i = 1; i <= 3; i++) {
      await storage.peers.put([peer(i)]);
      expect(inFile(path, (db) => db.prepare('SELECT count(*) AS n FROM tgsession_peers').get())).toEqual({
        n: i,
      });
    }
    await failure(() => new SqliteSession(path).load(), 'HELD');
    expect(() => inFile(path, (db) => db.exec('DELETE FROM tgsession_peers'))).toThrow(/locked/);
    await storage.close();
  });
});

describe('a put', () => {
  test('is one commit, however many peers, and none if it says nothing new', async () => {
    const path = await savedFile();
    const statements: string[] = [];
    const driver = await hookedDriver({ before: (sql) => statements.push(sql) });
    const file = await SessionFile.take(driver, path, FILE_OPTIONS);
    await file.load();
    const peers = new SqlitePeers(path, 1000, (call) => call(file));
    const commits = async (call: () => Promise<unknown>) => {
      statements.length = 0;
      await call();
      return statements.filter((sql) => sql === 'COMMIT').length;
    };
    const many = Array.from({ length: 300 }, (_, i) => peer(i + 1));
    expect(await commits(() => peers.put(many))).toBe(1);
    expect(await commits(() => peers.put(many))).toBe(0);
    expect(await commits(() => peers.put([...many, peer(7, { seen: 1000 })]))).toBe(1);
    expect(await commits(() => peers.get('user', 7))).toBe(0);
    expect(await commits(() => peers.delete('user', 999))).toBe(0);
    expect(await commits(() => peers.delete('user', 7))).toBe(1);
    file.release();
  });

  test('that fails at any call of SQLite keeps all of its peers or none, and the session whole', async () => {
    let calls = Number.POSITIVE_INFINITY;
    for (let failing = 1; failing <= calls; failing++) {
      const path = await savedFile();
      let count = 0;
      const driver = await hookedDriver({
        before() {
          if (++count === failing) throw new SqlError('full', new Error('made to fail'));
        },
      });
      const where = `call ${failing}`;
      let file: SessionFile | undefined;
      let failures = 0;
      const session = fullSession();
      for (let round = 1; round <= 4; round++) {
        try {
          file ??= await SessionFile.take(driver, path, FILE_OPTIONS);
          const peers = new SqlitePeers(path, 1000, (call) => call(file!));
          if (round % 2 === 0) {
            session.state!.pts++;
            await file.save(session);
          } else {
            await file.load();
            await peers.put([peer(2 * round), peer(2 * round + 1)]);
          }
        } catch (error) {
          failures++;
          expect(error, where).toMatchObject({ name: 'SessionError' });
          expect((await peersIn(path)) % 2, where).toBe(0);
        }
      }
      expect(failures, where).toBeLessThanOrEqual(1);
      if (count < failing) calls = count;
      count = failing;
      session.state!.pts++;
      await file!.save(session);
      await new SqlitePeers(path, 1000, (call) => call(file!)).put([peer(2), peer(3), peer(6), peer(7)]);
      file!.release();
      const again = await opened(path);
      expect(again.session.equals(session), where).toBe(true);
      expect(await again.storage.peers.count(), where).toBe(4);
      await again.storage.close();
    }
    expect(calls).toBeGreaterThan(40);
  });

  test('between two saves changes nothing of what a save writes', async () => {
    const path = await savedFile();
    const { storage, session } = await opened(path);
    const changes = async (call: () => Promise<unknown>) => {
      const before = statSync(`${path}-wal`).size;
      await call();
      return (statSync(`${path}-wal`).size - before) / 4120;
    };
    for (let i = 0; i < 3; i++) {
      session.state!.pts++;
      await storage.save(session);
      await storage.peers.put([peer(5, { seen: 100 + i })]);
    }
    session.state!.channels[0]!.pts++;
    expect(await changes(() => storage.save(session))).toBe(1);
    expect(await changes(() => storage.save(session))).toBe(0);
    await storage.close();
  });
});

async function peersIn(path: string): Promise<number> {
  const copy = join(temporaryFolder(), 'copy.session');
  for (const suffix of ['', '-wal', '-journal']) {
    try {
      copyFileSync(path + suffix, copy + suffix);
    } catch {}
  }
  return inFile(copy, (db) => {
    const [table] = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'tgsession_peers'").all();
    return table === undefined ? 0 : Number(db.prepare('SELECT count(*) AS n FROM tgsession_peers').get()!.n);
  });
}

describe('a login', () => {
  test('of another key, or of another user with the same key, does not see the peers of the one before', async () => {
    const changes: ((session: Session) => void)[] = [
      (session) => {
        session.dcs.find(({ id }) => id === 2)!.auth = testKey('another');
      },
      (session) => {
        session.user!.id += 1;
      },
      // The user moved to a data centre with another key.
      (session) => {
        session.user!.dc = 4;
      },
    ];
    for (const change of changes) {
      const path = await savedFile();
      const { storage, session } = await opened(path);
      await storage.peers.put([peer(5), peer(6)]);
      change(session);
      await storage.save(session);
      expect(await storage.peers.get('user', 5)).toBeNull();
      expect(await storage.peers.getByUsername('user_5')).toBeNull();
      expect(await storage.peers.list()).toEqual([]);
      expect(await storage.peers.count()).toBe(0);
      // What is not seen is not touched either, until something is put.
      await storage.peers.delete('user', 5);
      await storage.peers.clear();
      expect(inFile(path, (db) => db.prepare('SELECT count(*) AS n FROM tgsession_peers').get())).toEqual({
        n: 2,
      });
      await storage.peers.put([peer(6, { name: 'new' })]);
      expect(await storage.peers.list()).toEqual([peer(6, { name: 'new' })]);
      expect(await storage.peers.getByUsername('user_5')).toBeNull();
      await storage.close();
      expect(inFile(path, (db) => db.prepare('SELECT count(*) AS n FROM tgsession_names').get())).toEqual({
        n: 1,
      });
      const after = await opened(path);
      expect(await after.storage.peers.count()).toBe(1);
      await after.storage.close();
    }
  });

  test('whose user becomes known keeps its peers, and is told from other users from then on', async () => {
    const session = fullSession();
    session.user = null;
    const path = await savedFile(session);
    const { storage } = await opened(path);
    await storage.peers.put([peer(5)]);
    session.user = fullSession().user;
    await storage.save(session);
    expect(await storage.peers.count()).toBe(1);
    await storage.peers.put([peer(6)]);
    expect(await storage.peers.count()).toBe(2);
    session.user!.id++;
    await storage.save(session);
    expect(await storage.peers.count()).toBe(0);
    await storage.close();
  });

  test('is told by the id of its key; the key itself does not stand among the peers', async () => {
    const path = await savedFile();
    const { storage, session } = await opened(path);
    await storage.peers.put([peer(5)]);
    await storage.close();
    const rows = inFile(path, (db) => db.prepare('SELECT * FROM tgsession_login').all());
    expect(rows).toEqual([
      { key_id: session.dcs.find(({ id }) => id === 2)!.authKeyId, user_id: session.user!.id },
    ]);
    const key = Buffer.from(session.dcs.find(({ id }) => id === 2)!.auth!).toString('latin1');
    expect(readFileSync(path, 'latin1').split(key)).toHaveLength(2);
  });
});

describe('another writer', () => {
  test('that saves between a save and a put is noticed by the put, and by the save after it', async () => {
    const path = await savedFile();
    const { storage, session } = await opened(path, { shared: true });
    session.state!.pts++;
    await storage.save(session);
    inFile(path, (db) => db.exec("UPDATE user SET username = 'eve'"));
    await failure(() => storage.peers.put([peer(5)]), 'CHANGED');
    session.state!.pts++;
    await failure(() => storage.save(session), 'CHANGED');
    await failure(() => storage.peers.put([peer(5)]), 'CHANGED');
    expect((await storage.load())!.user!.username).toBe('eve');
    await storage.peers.put([peer(5)]);
    expect(await storage.peers.count()).toBe(1);
    await storage.close();
  });

  test('that shares the session and puts peers is no reason to refuse a save, nor a put', async () => {
    const path = await savedFile();
    const one = await opened(path, { shared: true });
    const two = await opened(path, { shared: true });
    for (let i = 1; i <= 5; i++) {
      await one.storage.peers.put([peer(i)]);
      await two.storage.peers.put([peer(100 + i)]);
      one.session.state!.pts++;
      await one.storage.save(one.session);
      two.session = (await two.storage.load())!;
    }
    expect(await one.storage.peers.count()).toBe(10);
    expect(await two.storage.peers.get('user', 1)).toEqual(peer(1));
    expect(two.session.equals(one.session)).toBe(true);
    // But a save of the other one in between is.
    two.session.state!.pts++;
    await two.storage.save(two.session);
    one.session.state!.seq++;
    await failure(() => one.storage.save(one.session), 'CHANGED');
    await one.storage.close();
    await two.storage.close();
  });

  test('that adds peers is counted by the bound', async () => {
    const path = await savedFile();
    const one = await opened(path, { shared: true, maxPeers: 10 });
    const two = await opened(path, { shared: true });
    await one.storage.peers.put([peer(1)]);
    await two.storage.peers.put(Array.from({ length: 30 }, (_, i) => peer(100 + i)));
    await one.storage.peers.put([peer(200)]);
    expect(await one.storage.peers.count()).toBe(10);
    await one.storage.close();
    await two.storage.close();
  });

  test('that leaves other tables under these names, or rows that are none, is told by the error', async () => {
    const path = await savedFile();
    const { storage } = await opened(path);
    await storage.peers.put([peer(5)]);
    await storage.close();
    const CHANGES: [sql: string, code: 'NEWER_VERSION' | 'INVALID_VALUE', field: string][] = [
      ['ALTER TABLE tgsession_peers ADD COLUMN more', 'NEWER_VERSION', 'tgsession_peers'],
      ['DROP TABLE tgsession_names', 'NEWER_VERSION', 'tgsession_peers'],
      ["UPDATE tgsession_peers SET access_hash = 'text'", 'INVALID_VALUE', 'tgsession_peers[5].accessHash'],
      ['UPDATE tgsession_peers SET flags = -1', 'INVALID_VALUE', 'tgsession_peers[5].flags'],
      ["UPDATE tgsession_peers SET usernames = '{}'", 'INVALID_VALUE', 'tgsession_peers[5].usernames'],
      ["UPDATE tgsession_peers SET usernames = '[5]'", 'INVALID_VALUE', 'tgsession_peers[5].usernames[0]'],
      ['UPDATE tgsession_peers SET seen = 1.5', 'INVALID_VALUE', 'tgsession_peers[5].seen'],
      ['UPDATE tgsession_peers SET seen = 9007199254740993', 'INVALID_VALUE', 'tgsession_peers[5].seen'],
    ];
    for (const [sql, code, field] of CHANGES) {
      const copy = join(temporaryFolder(), 'a.session');
      copyFileSync(path, copy);
      inFile(copy, (db) => db.exec(sql));
      const again = await opened(copy);
      await failure(() => again.storage.peers.list(), code, field);
      // The session is none the worse for it.
      again.session.state!.pts++;
      await again.storage.save(again.session);
      await again.storage.close();
    }
  });
});
