/** The adapter for `pg`: a `Pool`, or one `Client`. */

import { createHash } from 'node:crypto';
import { Turns } from '../../turns.ts';
import type { RunSql, SqlClient, SqlText } from './client.ts';
import { listenWithPg } from './listen-pg.ts';

/** A `Pool` or a connected `Client` of `pg`: as much of it as is looked for. */
export interface Pg {
  query(...args: never[]): unknown;
  connect(...args: never[]): unknown;
}

interface Query {
  text: string;
  values: readonly SqlText[];
  rowMode: 'array';
  /** Parsers that the user has set count for the user's own queries. */
  types: { getTypeParser(): (value: SqlText) => SqlText };
  binary: false;
  name?: string;
}

interface Queries {
  query(query: Query | string): Promise<{ rows: SqlText[][] }>;
}

/** What of a pool is used. */
interface Pool extends Queries {
  readonly totalCount: number;
  connect(): Promise<PoolConnection>;
}

interface PoolConnection extends Queries {
  release(error?: unknown): void;
  on(event: 'error', listener: () => void): unknown;
  off(event: 'error', listener: () => void): unknown;
}

const AS_TEXT = { getTypeParser: () => (value: SqlText) => value };

export class PgSql implements SqlClient {
  readonly #client: Pg;
  /** The same, if it is a pool. */
  readonly #pool: Pool | null;
  readonly #queries: Queries;
  readonly #names = new Map<string, string>();
  /** The last call on the one connection of a `Client`, where one comes after the other. */
  readonly #turns = new Turns();

  constructor(client: Pg) {
    this.#client = client;
    this.#queries = client as unknown as Queries;
    this.#pool = 'totalCount' in client ? (client as unknown as Pool) : null;
  }

  async run(text: string, values: readonly SqlText[], prepare: boolean): Promise<SqlText[][]> {
    const name = prepare ? this.#nameOf(text) : null;
    const call = () => runIn(this.#queries, text, values, name);
    return this.#pool === null ? this.#turns.take(call) : call();
  }

  async transaction<T>(body: (run: RunSql) => Promise<T>): Promise<T> {
    if (this.#pool !== null) {
      const connection = await this.#pool.connect();
      let error: unknown;
      const onLost = () => {}; // the query that runs, or the next one, says it; the event alone would end the process
      connection.on('error', onLost);
      try {
        return await runTransaction(connection, body, (broken) => {
          error = broken;
        });
      } finally {
        connection.off('error', onLost);
        connection.release(error); // with an error, the pool does not use it again
      }
    }
    return this.#turns.take(() => runTransaction(this.#queries, body, () => {}));
  }

  listen(
    channel: string,
    onMessage: (payload: string) => void,
    onGap: () => void,
  ): Promise<() => Promise<void>> {
    return listenWithPg(this.#client, channel, onMessage, onGap);
  }

  /** A name that no other text has, as another user of the same connection behind a pooler may have prepared it. */
  #nameOf(text: string): string {
    let name = this.#names.get(text);
    if (name === undefined) {
      name = `tgsession_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
      this.#names.set(text, name);
    }
    return name;
  }
}

async function runIn(
  queries: Queries,
  text: string,
  values: readonly SqlText[],
  name: string | null,
): Promise<SqlText[][]> {
  const query: Query = { text, values, rowMode: 'array', types: AS_TEXT, binary: false };
  if (name !== null) query.name = name;
  return (await queries.query(query)).rows;
}

async function runTransaction<T>(
  queries: Queries,
  body: (run: RunSql) => Promise<T>,
  onBroken: (error: unknown) => void,
): Promise<T> {
  try {
    await queries.query('BEGIN ISOLATION LEVEL READ COMMITTED');
    const result = await body((text, values) => runIn(queries, text, values, null));
    await queries.query('COMMIT');
    return result;
  } catch (error) {
    await queries.query('ROLLBACK').catch(onBroken);
    throw error;
  }
}
