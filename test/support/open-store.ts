/** Opens stores in databases, by words that can be told to another process. */

import pg from 'pg';
import type { LeasedSessionsOptions } from '../../src/stores/leased-sessions.ts';
import { PostgresSessions } from '../../src/stores/postgres/index.ts';
import { RedisSessions } from '../../src/stores/redis/index.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { CLIENTS } from './redis.ts';

/** Which client of which database. */
export type StoreKind = 'pg' | keyof typeof CLIENTS;

/** A store, and how to be rid of it and of its connections. */
export interface OpenStore {
  store: SessionStore;
  close(): Promise<void>;
}

/** @param where the schema, or the prefix of the keys */
export async function openStore(
  kind: StoreKind,
  url: string,
  where: string,
  options: LeasedSessionsOptions = {},
): Promise<OpenStore> {
  if (kind === 'pg') {
    const pool = new pg.Pool({ connectionString: url, max: 10 });
    pool.on('error', () => {}); // a connection was lost while nobody used it
    const store = new PostgresSessions(pool, { ...options, schema: where });
    return {
      store,
      async close() {
        await store.close();
        await pool.end();
      },
    };
  }
  const { client, close } = await CLIENTS[kind](url);
  const store = new RedisSessions(client, { ...options, prefix: where });
  return {
    store,
    async close() {
      await store.close();
      await close();
    },
  };
}
