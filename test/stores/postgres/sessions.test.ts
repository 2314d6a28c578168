import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { SessionError } from '../../../src/errors.ts';
import type { LeaseRef } from '../../../src/stores/backend.ts';
import { PostgresSessions } from '../../../src/stores/postgres/index.ts';
import { PostgresBackend } from '../../../src/stores/postgres/postgres-backend.ts';
import { SCHEMA_VERSION } from '../../../src/stores/postgres/schema.ts';
import { sampleSession, storageConformance } from '../../../src/testing/index.ts';
import { allOf, changesBetween, heldWith, LONG, put, taken } from '../../support/backend-steps.ts';
import { failure } from '../../support/errors.ts';
import { leakIn } from '../../support/key-in-text.ts';
import { sessionOf } from '../../support/numbered-session.ts';
import { noPostgres, postgresUrl, testPool, testSchema } from '../../support/postgres.ts';
import { fullSession, testKey } from '../../support/sessions.ts';

const pool = noPostgres ? (null as never) : testPool();
const it = test.skipIf(noPostgres);

/** A backend in a schema of its own, ready. */
async function backendIn(schema = testSchema(), client = pool) {
  const backend = new PostgresBackend(client, { schema });
  await backend.prepare();
  return { schema, backend, sql: (text: string) => pool.query(text.replaceAll('$', `"${schema}".`)) };
}

describe('a session of PostgresSessions', () => {
  const stores: PostgresSessions[] = [];
  afterAll(async () => {
    for (const store of stores) await store.close();
  });
  const schema = noPostgres ? '' : testSchema();
  let count = 0;
  const cases = storageConformance({
    open() {
      const name = `session-${++count}`;
      const storage = () => {
        const store = new PostgresSessions(pool, { schema });
        stores.push(store);
        return store.session(name);
      };
      return { storage, persistent: true, hold: true, peers: true };
    },
    channels: 1000,
  });
  test.skipIf(noPostgres).each(cases)('$name', ({ run }) => run());
});

describe('the tables', () => {
  it('are made once, though ten processes start at the same moment', async () => {
    const schema = testSchema();
    const script = join(import.meta.dirname, '../../support/postgres-starter.ts');
    const processes = Array.from({ length: 10 }, (_, i) =>
      spawn(process.execPath, [script, postgresUrl!, schema, `n${i}`], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const ended = processes.map((each) => once(each, 'exit'));
    await Promise.all(processes.map((each) => once(each.stdout, 'data')));
    for (const each of processes) each.stdin.write('go\n');
    expect(await Promise.all(ended)).toEqual(processes.map(() => [0, null]));
    const { backend } = await backendIn(schema);
    expect(await backend.list({ after: null, limit: 100, filter: {} })).toHaveLength(10);
    expect((await backend.read('n7'))!.equals(sampleSession())).toBe(true);
  });

  it('of version 1 become those of today, with their sessions and leases, though ten come at once', async () => {
    const { backend: before, schema, sql } = await backendIn();
    await put(before, 'free', sessionOf(1));
    const lease = await heldWith(before, 'held', sessionOf(2));
    // As version 1 had them: numbers of leases from a sequence.
    await sql('CREATE SEQUENCE $fences');
    await sql('UPDATE $version SET version = 1');
    await sql("UPDATE $sessions SET fence = nextval('$fences')");
    const { rows } = await sql("SELECT fence::int AS fence FROM $sessions WHERE name = 'held'");
    const old = { name: lease.name, fence: rows[0].fence };

    const backends = await Promise.all(Array.from({ length: 10 }, () => backendIn(schema)));
    const { backend } = backends[0]!;
    expect((await sql('SELECT version FROM $version')).rows).toEqual([{ version: SCHEMA_VERSION }]);
    expect((await backend.read('free'))!.equals(sessionOf(1))).toBe(true);
    // Who had it before goes on.
    expect(await before.save(old, allOf(sessionOf(3)), { replace: true })).toBe(true);
    const next = await taken(backend, 'held', { takeOver: 'test' });
    expect(next.fence).toBeGreaterThan(old.fence);
    expect(await backend.renew([old, next], LONG)).toEqual([false, true]);
    expect((await backend.read('held'))!.equals(sessionOf(3))).toBe(true);
    const { rows: sequences } = await sql(
      `SELECT sequencename FROM pg_sequences WHERE schemaname = '${schema}' AND sequencename = 'fences'`,
    );
    expect(sequences).toEqual([]);
  });

  it('of a newer version are left alone, and so are those that say no version', async () => {
    const { schema, sql } = await backendIn();
    const again = () => new PostgresBackend(pool, { schema }).prepare();
    await sql(`UPDATE $version SET version = ${SCHEMA_VERSION + 1}`);
    await failure(again, 'NEWER_VERSION', 'version.version');
    for (const text of ['UPDATE $version SET version = -1', 'DELETE FROM $version']) {
      await sql(text);
      await failure(again, 'BAD_VERSION', 'version.version');
    }
  });

  it('of another program are left alone', async () => {
    const schema = testSchema();
    await pool.query(`CREATE SCHEMA "${schema}"`);
    await pool.query(`CREATE TABLE "${schema}".sessions (mine text)`);
    await failure(() => backendIn(schema), 'FOREIGN_DATABASE');
    const { rows } = await pool.query('SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = $1', [
      schema,
    ]);
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('may be in a schema of any name', async () => {
    const schema = `${testSchema()} "ö' $& $1.`;
    try {
      const { backend } = await backendIn(schema);
      await put(backend, 'a', fullSession());
      expect(await backend.list({ after: null, limit: 9, filter: {} })).toHaveLength(1);
    } finally {
      await pool.query(`DROP SCHEMA "${schema.replaceAll('"', '""')}" CASCADE`);
    }
    for (const name of ['', 'a'.repeat(64), 'pg_x', 'a\0b', 5]) {
      await failure(
        () => new PostgresBackend(pool, { schema: name as string }),
        'INVALID_VALUE',
        'options.schema',
      );
    }
  });

  it('once made, are enough for a role that may only read and write rows', async () => {
    const { schema } = await backendIn();
    const role = `role_${schema}`;
    await pool.query(`CREATE ROLE "${role}" LOGIN`);
    try {
      await pool.query(`GRANT USAGE ON SCHEMA "${schema}" TO "${role}"`);
      await pool.query(
        `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${schema}" TO "${role}"`,
      );
      const url = new URL(postgresUrl!);
      url.username = role;
      const own = new pg.Pool({ connectionString: url.href, max: 2 });
      const { backend } = await backendIn(schema, own);
      const lease = await heldWith(backend, 'a', fullSession());
      await backend.aside.put(lease, { session: fullSession(), reason: 'r', since: new Date(), instead: [] });
      await backend.release(lease);
      expect(await backend.delete('a')).toBe('deleted');
      await own.end();
    } finally {
      await pool.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
    }
  });

  it('hold no row of a session that was deleted', async () => {
    const { backend, sql } = await backendIn();
    const lease = await heldWith(backend, 'a', fullSession());
    const peer = {
      kind: 'user',
      id: 1,
      accessHash: 1n,
      usernames: ['x'],
      phone: null,
      name: null,
      seen: null,
    } as const;
    await backend.peers.write(lease, {
      login: { keyId: '0123456789abcdef', userId: 1 },
      clear: false,
      put: [{ ...peer, usernames: ['x'] }],
      gone: [],
      namesPut: [['x', peer]],
      namesGone: [],
    });
    await backend.aside.put(lease, { session: fullSession(), reason: 'r', since: new Date(), instead: [] });
    await backend.release(lease);
    await backend.release(await taken(backend, 'never-saved'));
    const rows = async () => {
      const counts = ['sessions', 'dcs', 'channels', 'peers', 'peer_names', 'aside'].map(async (table) => {
        const result = await sql(`SELECT count(*)::int AS n FROM $${table}`);
        return result.rows[0].n;
      });
      return Promise.all(counts);
    };
    expect(await rows()).toEqual([1, 5, 3, 1, 1, 1]);
    await backend.delete('a');
    expect(await rows()).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('a save', () => {
  it('and a renewal touch no index: the row is updated in place (HOT)', async () => {
    const { backend, sql, schema } = await backendIn();
    const lease = await heldWith(backend, 'a', fullSession());
    await backend.describe('a', { label: 'L', tags: ['x'], phone: '1' });
    const counts = async () => {
      const { rows } = await sql(
        `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables
        WHERE schemaname = '${schema}' AND relname = 'sessions'`,
      );
      return rows[0] as { all: number; hot: number };
    };
    // The server adds up what its connections did now and then.
    const settled = async (least: number) => {
      for (;;) {
        const now = await counts();
        if (now.all >= least) return now;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const before = await settled(2);
    let last = fullSession();
    for (let n = 1; n <= 20; n++) {
      const next = fullSession().with({ state: { ...last.state!, pts: n } });
      await backend.save(lease, changesBetween(last, next));
      await backend.renew([lease], LONG);
      last = next;
    }
    const after = await settled(before.all + 40);
    // A transaction of somebody else in this database may keep old rows alive: then one finds no room beside them.
    expect(after.hot - before.hot).toBeGreaterThan(35);
  });

  it('that is stuck on a connection that was given up does not come about after a later one', async () => {
    const stuck: (() => void)[] = [];
    let isStuck = false;
    const delayed = new Proxy(pool, {
      get(target, name) {
        if (name !== 'query') return Reflect.get(target, name, target);
        return async (...args: Parameters<pg.Pool['query']>) => {
          if (isStuck) {
            isStuck = false;
            await new Promise<void>((resolve) => stuck.push(resolve));
          }
          return target.query(...args);
        };
      },
    });
    const { backend } = await backendIn(testSchema(), delayed);
    const lease = await heldWith(backend, 'a', sessionOf(1));
    isStuck = true;
    const late = backend.save(lease, allOf(sessionOf(2)));
    expect(await backend.save(lease, allOf(sessionOf(3)), { replace: true })).toBe(true);
    stuck[0]!();
    expect(await late).toBe(false);
    expect((await backend.read('a'))!.equals(sessionOf(3))).toBe(true);
  });

  it('whose connection is cut is an IO error, and the next one makes it good', async () => {
    const schema = testSchema();
    const store = new PostgresSessions(testPool({ max: 1, application_name: schema }), { schema });
    const storage = store.session('a');
    await storage.load();
    await storage.save(sessionOf(1));
    const { sql } = await backendIn(schema);
    const blocker = await pool.connect();
    try {
      await blocker.query(`BEGIN; SELECT FROM "${schema}".sessions FOR UPDATE`);
      const save = failure(() => storage.save(sessionOf(2)), 'IO');
      let cut = 0;
      while (cut === 0) {
        const { rowCount } = await sql(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${schema}' AND wait_event_type = 'Lock'`,
        );
        cut = rowCount!;
      }
      expect((await save).message).toMatch(/57P01|Connection terminated/);
    } finally {
      await blocker.query('ROLLBACK');
      blocker.release();
    }
    await storage.save(sessionOf(3));
    await storage.close();
    expect((await new PostgresBackend(pool, { schema }).read('a'))!.equals(sessionOf(3))).toBe(true);
    await store.close();
  });
});

describe('many at once', () => {
  it('are loaded and given back in few statements', async () => {
    let statements = 0;
    const counting = new Proxy(pool, {
      get(target, name) {
        if (name === 'query') statements++;
        return Reflect.get(target, name, target);
      },
    });
    const store = new PostgresSessions(counting, { schema: testSchema() });
    const names = Array.from({ length: 500 }, (_, i) => `n${i}`);
    await store.list();
    for (const isThere of [false, true]) {
      const storages = names.map((name) => store.session(name));
      statements = 0;
      const found = await Promise.all(storages.map((storage) => storage.load()));
      expect(statements).toBeLessThan(60);
      expect(found.map((session) => session?.state?.pts)).toEqual(
        names.map((_, i) => (isThere ? i : undefined)),
      );
      for (const [i, storage] of storages.entries()) if (!isThere) await storage.save(sessionOf(i));
      statements = 0;
      await Promise.all(storages.map((storage) => storage.close()));
      expect(statements).toBeLessThan(20);
    }
    const infos = await store.list({ limit: 1000 });
    expect(infos.map(({ holder }) => holder)).toEqual(names.map(() => null));
    await store.close();
  });

  it('get each its own answer: one that is held, dead or damaged keeps nobody from the others', async () => {
    const { backend, schema, sql } = await backendIn();
    for (const name of ['free', 'dead', 'damaged', 'odd']) await put(backend, name, sessionOf(1));
    await heldWith(backend, 'held', sessionOf(1));
    await backend.setStatus('dead', 'dead', 'gone');
    const isDamaged = "session = (SELECT key FROM $sessions WHERE name = 'damaged')";
    await sql(`UPDATE $channels SET pts = -1 WHERE ${isDamaged}`);
    await sql("UPDATE $sessions SET holder_host = 'h' WHERE name = 'odd'");
    const store = new PostgresSessions(pool, { schema });
    const names = ['held', 'free', 'dead', 'damaged', 'odd', 'new', 'free'];
    const outcomes = await Promise.allSettled(names.map((name) => store.session(name).load()));
    const said = outcomes.map((each) =>
      each.status === 'fulfilled' ? each.value?.state?.pts : each.reason.code,
    );
    expect(said).toEqual(['HELD', 1, 'DEAD', 'INVALID_VALUE', 'DAMAGED', undefined, 'HELD']);
    await store.close();
  });

  it('are taken though the row of one of them is locked by a transaction that hangs', async () => {
    const { backend, schema } = await backendIn();
    for (const name of ['a', 'b', 'c', 'd']) await put(backend, name, sessionOf(1));
    const hanging = await pool.connect();
    let isLocked = true;
    try {
      await hanging.query(`BEGIN; SELECT FROM "${schema}".sessions WHERE name = 'b' FOR UPDATE`);
      const others = new PostgresBackend(testPool(), { schema });
      // In one request, and then in more than may be under way at once.
      const late = taken(others, 'b').then((lease) => ({ lease, wasLocked: isLocked }));
      for (const name of ['a', 'c', 'd', 'new']) await taken(others, name);
      isLocked = false;
      await hanging.query('ROLLBACK');
      const { lease, wasLocked } = await late;
      expect(wasLocked).toBe(false);
      expect(await others.renew([lease], LONG)).toEqual([true]);
    } finally {
      hanging.release(true);
    }
  });
});

describe('what is read', () => {
  it.for([
    ["UPDATE $dcs SET auth = '\\x01' WHERE auth IS NOT NULL", 'INVALID_VALUE', /dcs\[\d\]\.auth.*1 bytes/],
    ["UPDATE $dcs SET ipv4_addr = 'nonsense' WHERE id = 3", 'INVALID_VALUE', /dcs\[2\]\.ipv4Addr/],
    ['UPDATE $channels SET pts = 9007199254740993', 'INVALID_VALUE', /channels\[0\]\.pts/],
    ['UPDATE $channels SET pts = -1', 'INVALID_VALUE', /channels\[0\]\.pts/],
    ['UPDATE $sessions SET pts = 9007199254740992', 'INVALID_VALUE', /state\.pts.*9007199254740992/],
    ['UPDATE $sessions SET qts = NULL', 'INVALID_VALUE', /state\.qts/],
    ['UPDATE $sessions SET user_id = NULL', 'INVALID_VALUE', /user\.id/],
    ['UPDATE $sessions SET user_bot = NULL', 'INVALID_VALUE', /user\.bot/],
    ['UPDATE $sessions SET pts = NULL, qts = NULL, date = NULL, seq = NULL', 'DAMAGED', /channel states/],
  ] as const)('is refused where it is no session: %s', async ([damage, code, message]) => {
    const { backend, sql } = await backendIn();
    await put(backend, 'a', fullSession());
    await sql(damage);
    expect((await failure(() => backend.read('a'), code)).message).toMatch(message);
  });

  it('is refused where an entry is none', async () => {
    const { backend, sql } = await backendIn();
    await put(backend, 'a', fullSession());
    await sql("UPDATE $sessions SET status = 'other'");
    await failure(() => backend.info('a'), 'DAMAGED', 'sessions.status');
    await sql("UPDATE $sessions SET status = 'ok', user_id = 9007199254740993");
    await failure(() => backend.info('a'), 'DAMAGED', 'sessions.user_id');
    await sql("UPDATE $sessions SET user_id = 1, holder_host = 'h', expires = now() + interval '1 day'");
    await failure(() => backend.info('a'), 'DAMAGED', 'sessions.holder_host');
  });

  it('is the same whatever parsers and settings the user of the client has', async () => {
    const types = { getTypeParser: () => (value: string) => ({ value, strange: true }) };
    const options =
      '-c timezone=Asia/Kathmandu -c datestyle=German -c bytea_output=escape -c extra_float_digits=0';
    const strange = testPool({ types: types as never, options });
    const { backend } = await backendIn(testSchema(), strange);
    await put(backend, 'a', fullSession(5));
    expect((await backend.read('a'))!.equals(fullSession(5))).toBe(true);
    expect(Math.abs((await backend.info('a'))!.savedAt!.getTime() - Date.now())).toBeLessThan(60_000);
  });
});

describe('an error of the server', () => {
  const CAUSES = [
    ['ALTER TABLE $dcs ADD CHECK (auth IS NULL)', '23514'],
    ['ALTER TABLE $dcs ALTER auth TYPE varchar(9) USING NULL', '22001'],
    ['DROP TABLE $dcs', '42P01'],
  ] as const;
  it.for(CAUSES)('is an IO that gives no key away, however it is printed: %s', async ([damage, state]) => {
    const { backend, sql } = await backendIn();
    const lease = await taken(backend, 'a');
    await sql(damage);
    const error = await failure(() => backend.save(lease, allOf(fullSession())), 'IO');
    expect(error.message).toContain(state);
    for (let each: unknown = error; each !== undefined; each = (each as Error).cause) {
      const printed =
        inspect(each, { depth: 20, showHidden: true, maxStringLength: null }) + JSON.stringify(each);
      for (const seed of ['1-2', '1-4']) expect(leakIn(printed, testKey(seed))).toBeNull();
    }
  });

  it('says what is wrong with the connection, and no password', async () => {
    const { port } = new URL(postgresUrl!);
    const wrong = testPool({
      connectionString: `postgres://nobody:hunter2@127.0.0.1:${port || 5432}/no_such`,
    });
    const error = await failure(() => new PostgresBackend(wrong).prepare(), 'IO');
    expect(error.message).toMatch(/SQLSTATE (28000|28P01|3D000)/);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('hunter2');
    const nowhere = testPool({ connectionString: 'postgres://nobody:hunter2@127.0.0.1:1/test' });
    const refused = await failure(() => new PostgresBackend(nowhere).prepare(), 'IO');
    expect(refused.message).toContain('ECONNREFUSED');
    expect(inspect(refused, { depth: 20, showHidden: true })).not.toContain('hunter2');
  });

  it('that rolls a transaction back for the sake of others is no error: it is tried again', async () => {
    const strict = testPool({ options: '-c default_transaction_isolation=serializable' });
    const { backend } = await backendIn(testSchema(), strict);
    const lease = await heldWith(backend, 'a', sessionOf(0));
    const saves = Array.from({ length: 20 }, (_, n) => backend.describe('a', { label: `L${n}` }));
    expect(await Promise.all([...saves, backend.renew([lease], LONG)])).toEqual([
      ...saves.map(() => true),
      [true],
    ]);
  });
});

describe('waiting', () => {
  it('goes on after the connection that listens was cut, and says that something may have been missed', async () => {
    const schema = testSchema();
    const own = testPool({ application_name: schema });
    const { backend, sql } = await backendIn(schema, own);
    const heard: (string | null)[] = [];
    let wake = () => {};
    const until = async (name: string | null) => {
      while (!heard.includes(name)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    const stop = await backend.onRelease((name) => {
      heard.push(name);
      wake();
    });
    await sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${schema}' AND query LIKE 'LISTEN%'`,
    );
    await until(null);
    const lease: LeaseRef = await taken(backend, 'a');
    await backend.release(lease);
    await until('a');
    await stop();
  });
});

describe('a client', () => {
  test('that is none is refused', async () => {
    for (const client of [null, undefined, 5, {}, 'postgres://x', { query() {} }]) {
      await failure(() => new PostgresSessions(client as never), 'INVALID_VALUE', 'client');
    }
    await failure(() => new PostgresSessions(new PGlite(), { prepare: 1 as never }), 'INVALID_VALUE');
  });

  test('of PGlite serves a store, from load to close', async () => {
    const store = new PostgresSessions(new PGlite());
    const storage = store.session('a');
    expect(await storage.load()).toBeNull();
    await storage.save(fullSession());
    await storage.close();
    expect((await store.session('a').load())!.equals(fullSession())).toBe(true);
    expect((await store.info('a'))!.user!.username).toBe('alice');
    await store.close();
  });

  it('can be one connection for everything, in turns', async () => {
    const client = new pg.Client(postgresUrl!);
    await client.connect();
    const store = new PostgresSessions(client, { schema: testSchema() });
    const storages = Array.from({ length: 10 }, (_, i) => store.session(`n${i}`));
    await Promise.all(storages.map((storage) => storage.load()));
    await Promise.all(storages.map((storage) => storage.save(fullSession())));
    await Promise.all(storages.map((storage) => storage.close()));
    expect(await Promise.all(storages.map(({ name }) => store.delete(name)))).toEqual(
      storages.map(() => true),
    );
    await store.close();
    await client.end();
    expect(SessionError.name).toBe('SessionError');
  });
});
