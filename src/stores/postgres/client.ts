/**
 * What a store needs of a client of PostgreSQL: {@link SqlClient}. Values go in and come out as text: how a client writes
 * integers, arrays and bytes, and what its parsers make of them, differs from client to client and from user to user.
 */

import { refuse } from '../../check.ts';
import { type Pg, PgSql } from './client-pg.ts';
import { type Pglite, PgliteSql } from './client-pglite.ts';
import { type PostgresJs, PostgresJsSql } from './client-postgres-js.ts';

/** A parameter or a column: text, or null. */
export type SqlText = string | null;

/** Runs one statement in one round trip. Columns come in the order of the statement, and must be text there. */
export type RunSql = (text: string, values: readonly SqlText[]) => Promise<SqlText[][]>;

/** A client of PostgreSQL. Errors are the client's own. */
export interface SqlClient {
  /** @param prepare whether the server keeps the statement, so that it is planned once for a connection */
  run(text: string, values: readonly SqlText[], prepare: boolean): Promise<SqlText[][]>;
  /** Runs statements in one transaction (READ COMMITTED) on one connection; commits if `body` resolves. */
  transaction<T>(body: (run: RunSql) => Promise<T>): Promise<T>;
  /**
   * Listens on a channel, on a connection of its own, until the returned function is called. A connection that is lost
   * is made again; `onGap` says that it was, and that messages may have been missed.
   *
   * @param channel letters, digits and underscores
   */
  listen(
    channel: string,
    onMessage: (payload: string) => void,
    onGap: () => void,
  ): Promise<() => Promise<void>>;
}

/** A `Pool` or a connected `Client` of `pg`, an `sql` of `postgres`, or a `PGlite`. */
export type PostgresClient = Pg | PostgresJs | Pglite;

/** The adapter for a client. @throws SessionError `INVALID_VALUE` if it is none that is known */
export function sqlClientOf(client: PostgresClient): SqlClient {
  const has = (name: string) => typeof (client as unknown as Record<string, unknown>)?.[name] === 'function';
  if (has('unsafe') && has('begin') && has('listen')) return new PostgresJsSql(client as PostgresJs);
  if (has('query') && has('transaction') && has('listen')) return new PgliteSql(client as Pglite);
  if (has('query') && has('connect')) return new PgSql(client as Pg);
  return refuse('client', '', 'a Pool or Client of "pg", an sql of "postgres", or a PGlite', client);
}
