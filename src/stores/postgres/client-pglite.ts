/** The adapter for `@electric-sql/pglite`: PostgreSQL inside the process. */

import type { RunSql, SqlClient, SqlText } from './client.ts';

/** A `PGlite`: as much of it as is looked for. */
export interface Pglite {
  query(...args: never[]): unknown;
  transaction(...args: never[]): unknown;
  listen(...args: never[]): unknown;
}

interface Queries {
  query(
    text: string,
    values: readonly SqlText[],
    options: { rowMode: 'array' },
  ): Promise<{ rows: SqlText[][] }>;
}

/** What of it is used. */
interface Database extends Queries {
  transaction<T>(body: (queries: Queries) => Promise<T>): Promise<T>;
  listen(channel: string, onMessage: (payload: string) => void): Promise<() => Promise<void>>;
}

/** There is one connection, and it cannot be lost. */
export class PgliteSql implements SqlClient {
  readonly #database: Database;

  constructor(database: Pglite) {
    this.#database = database as unknown as Database;
  }

  run(text: string, values: readonly SqlText[]): Promise<SqlText[][]> {
    return runIn(this.#database, text, values);
  }

  transaction<T>(body: (run: RunSql) => Promise<T>): Promise<T> {
    return this.#database.transaction((queries) => body((text, values) => runIn(queries, text, values)));
  }

  listen(channel: string, onMessage: (payload: string) => void): Promise<() => Promise<void>> {
    return this.#database.listen(channel, onMessage);
  }
}

async function runIn(queries: Queries, text: string, values: readonly SqlText[]): Promise<SqlText[][]> {
  return (await queries.query(text, values, { rowMode: 'array' })).rows;
}
