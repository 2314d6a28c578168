/** The adapter for `postgres` (postgres.js). */

import type { RunSql, SqlClient, SqlText } from './client.ts';

/** An `sql` of `postgres`: as much of it as is looked for. */
export interface PostgresJs {
  unsafe(...args: never[]): unknown;
  begin(...args: never[]): unknown;
  listen(...args: never[]): unknown;
}

interface Query {
  values(): PromiseLike<SqlText[][]>;
}

/** What of it is used. */
interface Sql {
  unsafe(text: string, values: readonly SqlText[], options: { prepare: boolean }): Query;
  begin<T>(options: string, body: (sql: Sql) => Promise<T>): Promise<T>;
  listen(
    channel: string,
    onMessage: (payload: string) => void,
    onListen: () => void,
  ): Promise<{ unlisten(): Promise<void> }>;
}

export class PostgresJsSql implements SqlClient {
  readonly #sql: Sql;

  constructor(sql: PostgresJs) {
    this.#sql = sql as unknown as Sql;
  }

  async run(text: string, values: readonly SqlText[], prepare: boolean): Promise<SqlText[][]> {
    return [...(await this.#sql.unsafe(text, values, { prepare }).values())];
  }

  transaction<T>(body: (run: RunSql) => Promise<T>): Promise<T> {
    return this.#sql.begin('isolation level read committed', (sql) =>
      body(async (text, values) => [...(await sql.unsafe(text, values, { prepare: false }).values())]),
    );
  }

  async listen(
    channel: string,
    onMessage: (payload: string) => void,
    onGap: () => void,
  ): Promise<() => Promise<void>> {
    let isFirst = true;
    // It has a connection of its own for this, and makes it again.
    const { unlisten } = await this.#sql.listen(channel, onMessage, () => {
      if (!isFirst) onGap();
      isFirst = false;
    });
    return () => unlisten();
  }
}
