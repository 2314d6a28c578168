/** {@link PostgresSessions}: many sessions in PostgreSQL, each with a lease. */

import { checkObject } from '../../check.ts';
import { LeasedSessions, type LeasedSessionsOptions } from '../leased-sessions.ts';
import type { PostgresClient } from './client.ts';
import { PostgresBackend, type PostgresOptions } from './postgres-backend.ts';

/** Options of {@link PostgresSessions}. */
export interface PostgresSessionsOptions extends LeasedSessionsOptions, PostgresOptions {}

/**
 * Many sessions in a schema of PostgreSQL 12 or later, each used by one holder at a time, on whichever machine. The tables
 * are made at the first call.
 *
 * @example
 *
 *     import pg from 'pg';
 *     import { PostgresSessions } from 'tgsession/postgres';
 *
 *     const pool = new pg.Pool({ connectionString: 'postgres://me@host/db' });
 *     const store = new PostgresSessions(pool);
 *     const storage = store.session('alice');
 *     const session = await storage.load(); // takes the lease
 */
export class PostgresSessions extends LeasedSessions {
  /**
   * @param client a `Pool` or a connected `Client` of `pg`, an `sql` of `postgres`, or a `PGlite`. It stays yours to end,
   * after `close()`
   * @throws SessionError `INVALID_VALUE`
   */
  constructor(client: PostgresClient, options: PostgresSessionsOptions = {}) {
    const { schema, prepare } = checkObject('options', '', options);
    const own = { ...(schema !== undefined && { schema }), ...(prepare !== undefined && { prepare }) };
    super(new PostgresBackend(client, own), options);
  }
}
