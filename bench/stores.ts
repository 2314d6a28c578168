/** The stores that are measured: ours, bare node:sqlite as the limit, and the libraries that are here. */

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Session } from 'tgsession';
import { SqliteSession } from 'tgsession/sqlite';

/** What a session under test holds: 5 data centres, one user, n channels. */
export interface Data {
  keys: Uint8Array[];
  channels: { id: number; pts: number }[];
}

const data = new Map<number, Data>();

/** A session of n channels. */
export function dataOf(n: number): Data {
  const made = data.get(n);
  if (made !== undefined) return made;
  const key = (i: number) =>
    Buffer.concat(
      Array.from({ length: 8 }, (_, k) => createHash('sha256').update(`bench ${i} ${k}`).digest()),
    );
  const all: Data = {
    keys: [1, 2, 3, 4, 5].map((i) => new Uint8Array(key(i))),
    channels: Array.from({ length: n }, (_, i) => ({ id: 1_000_000_000 + i * 7919, pts: i })),
  };
  data.set(n, all);
  return all;
}

/** A store with one session open. All times in milliseconds. */
export interface OpenStore {
  /** One channel's pts changed, saved. */
  w1(i: number): Promise<number>;
  /** pts and date changed, saved. */
  w2(i: number): Promise<number>;
  /** Nothing changed, saved. */
  w3(): Promise<number>;
  /** Closed. */
  w6(): Promise<number>;
}

/** A way to keep sessions. */
export interface Store {
  name: string;
  /** First full save: open, load, save. Leaves a closed file. */
  w4(path: string, n: number): Promise<number>;
  /** Open and load. Closed afterwards. */
  w5(path: string): Promise<number>;
  /** Many files, each opened, loaded and closed. */
  w7(paths: string[]): Promise<number>;
  /** Opens a file of n channels for the saves. */
  open(path: string, n: number): Promise<OpenStore>;
  end(): void;
}

async function timed(call: () => Promise<unknown> | unknown): Promise<number> {
  const begun = performance.now();
  await call();
  return performance.now() - begun;
}

const sessions = new Map<number, Session>();

/** The session of a size, made once: what making it leaves to the garbage collector is not to be measured. */
function sessionOf(n: number): Session {
  const made = sessions.get(n);
  if (made !== undefined) return made;
  const { keys, channels } = dataOf(n);
  const session = new Session({
    dcs: keys.map((auth, i) => ({ id: i + 1, ipv4Addr: `149.154.167.${50 + i}:443`, auth })),
    user: { id: 811432825, dc: 2, bot: false, username: 'alice' },
    state: { pts: 1, qts: 1, date: 1_700_000_000, seq: 1, channels },
  });
  sessions.set(n, session);
  return session;
}

/** tgsession, as it is built. */
export const ours: Store = {
  name: 'tgsession',
  async w4(path, n) {
    const session = sessionOf(n);
    const storage = new SqliteSession(path);
    const time = await timed(async () => {
      await storage.load();
      await storage.save(session);
    });
    await storage.close();
    return time;
  },
  async w5(path) {
    const storage = new SqliteSession(path);
    const time = await timed(() => storage.load());
    await storage.close();
    return time;
  },
  w7: (paths) =>
    timed(async () => {
      for (const path of paths) {
        const storage = new SqliteSession(path);
        await storage.load();
        await storage.close();
      }
    }),
  async open(path, n) {
    const storage = new SqliteSession(path);
    const session = (await storage.load())!;
    const state = session.state!;
    return {
      w1(i) {
        state.channels[(i * 37) % n]!.pts += 1;
        return timed(() => storage.save(session));
      },
      w2() {
        state.pts += 1;
        state.date += 1;
        return timed(() => storage.save(session));
      },
      w3: () => timed(() => storage.save(session)),
      w6: () => timed(() => storage.close()),
    };
  },
  end() {},
};

const SCHEMA = `CREATE TABLE version (version INTEGER PRIMARY KEY);
CREATE TABLE datacenter (id INTEGER PRIMARY KEY, ipv4_addr TEXT, ipv6_addr TEXT, auth BLOB);
CREATE TABLE user (id INTEGER PRIMARY KEY, dc INTEGER NOT NULL, bot INTEGER NOT NULL, username TEXT);
CREATE TABLE state (pts INTEGER NOT NULL, qts INTEGER NOT NULL, date INTEGER NOT NULL, seq INTEGER NOT NULL);
CREATE TABLE channelstate (id INTEGER PRIMARY KEY, pts INTEGER NOT NULL);
INSERT INTO version VALUES (10)`;
const TABLES = ['version', 'datacenter', 'user', 'state', 'channelstate'];

/** Bare node:sqlite: the prepared statements that the task needs, and nothing around them. */
function bare(name: string, arrays: boolean): Store {
  const readAll = (db: DatabaseSync) => {
    for (const table of TABLES) {
      const statement = db.prepare(`SELECT * FROM ${table}`) as StatementSync & {
        setReturnArrays?(on: boolean): void;
      };
      if (arrays) statement.setReturnArrays?.(true);
      statement.all();
    }
  };
  return {
    name,
    async w4(path, n) {
      const { keys, channels } = dataOf(n);
      let db!: DatabaseSync;
      const time = await timed(() => {
        db = new DatabaseSync(path);
        db.exec('PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL; BEGIN');
        db.exec(SCHEMA);
        const dc = db.prepare('INSERT INTO datacenter VALUES (?, ?, ?, ?)');
        for (const [i, key] of keys.entries()) dc.run(i + 1, `149.154.167.${50 + i}:443`, null, key);
        db.prepare('INSERT INTO user VALUES (?, ?, ?, ?)').run(811432825, 2, 0, 'alice');
        db.prepare('INSERT INTO state VALUES (?, ?, ?, ?)').run(1, 1, 1_700_000_000, 1);
        const channel = db.prepare('INSERT INTO channelstate VALUES (?, ?)');
        for (const { id, pts } of channels) channel.run(id, pts);
        db.exec('COMMIT');
      });
      db.exec('PRAGMA journal_mode = DELETE');
      db.close();
      return time;
    },
    async w5(path) {
      let db!: DatabaseSync;
      const time = await timed(() => {
        db = new DatabaseSync(path);
        readAll(db);
      });
      db.close();
      return time;
    },
    w7: (paths) =>
      timed(() => {
        for (const path of paths) {
          const db = new DatabaseSync(path);
          readAll(db);
          db.close();
        }
      }),
    async open(path, n) {
      const { channels } = dataOf(n);
      const db = new DatabaseSync(path);
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      const channel = db.prepare(
        'INSERT INTO channelstate VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET pts = excluded.pts',
      );
      const state = db.prepare('UPDATE state SET pts = ?, date = ?');
      let count = 100;
      return {
        w1(i) {
          const { id, pts } = channels[(i * 37) % n]!;
          return timed(() => channel.run(id, pts + ++count));
        },
        w2: (i) => timed(() => state.run(i + ++count, i + count)),
        w3: async () => 0,
        w6: () => timed(() => db.close()),
      };
    },
    end() {},
  };
}

export const limit = bare('bare node:sqlite', false);
export const limitArrays = bare('bare, rows as arrays', true);

/** Telethon v1 of Debian, in one Python process that is told what to do by lines and measures itself. */
export function telethonV1(): Store | null {
  const python = '/usr/bin/python3';
  if (spawnSync(python, ['-c', 'import telethon']).status !== 0) return null;
  const child = spawn(python, [join(import.meta.dirname, 'telethon_v1.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (...words: (string | number)[]): Promise<number> => {
    child.stdin.write(`${JSON.stringify(words)}\n`);
    return Number((await lines.next()).value);
  };
  return {
    name: 'Telethon 1 (Debian)',
    w4: (path, n) => ask('w4', path, n),
    w5: (path) => ask('w5', path),
    w7: (paths) => ask('w7', paths.join('\0')),
    async open(path, n) {
      await ask('open', path, n);
      return { w1: (i) => ask('w1', i), w2: (i) => ask('w2', i), w3: () => ask('w3'), w6: () => ask('w6') };
    },
    end: () => child.stdin.end(),
  };
}
