/** {@link Database}: a client, with its errors made ours, and with what can be tried again tried again. */

import type { RunSql, SqlClient, SqlText } from './client.ts';
import { sqlStateOf, toSessionError } from './sql-error.ts';

/** Rolled back for the sake of others: nothing was done. */
const ROLLED_BACK = new Set(['40001', '40P01']);
/** Behind a pooler the connection is another one each time, and knows other prepared statements. Nothing was done. */
const NOT_PREPARED = new Set(['26000', '42P05']);
const ATTEMPTS = 10;

/** What runs statements. Errors are SessionErrors. */
export class Database {
  /** Where it is, for messages. */
  readonly what: string;
  /** The schema, quoted, with its dot. */
  readonly schema: string;
  readonly #client: SqlClient;
  #prepare: boolean;

  constructor(client: SqlClient, what: string, schema: string, prepare: boolean) {
    this.#client = client;
    this.what = what;
    this.schema = schema;
    this.#prepare = prepare;
  }

  /** One statement, one round trip. */
  run(text: string, values: readonly SqlText[] = []): Promise<SqlText[][]> {
    return this.#often(async () => {
      const prepare = this.#prepare; // another call may find it out first
      try {
        return await this.#client.run(text, values, prepare);
      } catch (error) {
        if (!prepare || !NOT_PREPARED.has(sqlStateOf(error) ?? '')) throw error;
        this.#prepare = false;
        return this.#client.run(text, values, false);
      }
    });
  }

  /** A transaction (READ COMMITTED); it is run again if it was rolled back for the sake of others. */
  transaction<T>(body: (run: RunSql) => Promise<T>): Promise<T> {
    return this.#often(() => this.#client.transaction(body));
  }

  /** See {@link SqlClient.listen}. */
  async listen(
    channel: string,
    onMessage: (payload: string) => void,
    onGap: () => void,
  ): Promise<() => Promise<void>> {
    try {
      return await this.#client.listen(channel, onMessage, onGap);
    } catch (error) {
      throw toSessionError(error, this.what);
    }
  }

  async #often<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (attempt === ATTEMPTS || !ROLLED_BACK.has(sqlStateOf(error) ?? '')) {
          throw toSessionError(error, this.what);
        }
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * attempt));
      }
    }
  }
}
