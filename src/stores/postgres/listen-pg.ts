/** Listening with `pg`, on a connection of its own: one of a pool would be missed there, and may be behind a pooler. */

import type { Pg } from './client-pg.ts';

/** Waits before a lost connection is made again, in milliseconds: the first one, and the longest. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 5000;

/** A connection, as much of it as is used. */
interface Connection {
  connect(): Promise<unknown>;
  query(text: string): Promise<unknown>;
  end(): Promise<void>;
  on(event: 'notification', listener: (message: { channel: string; payload?: string }) => void): unknown;
  on(event: 'error' | 'end', listener: () => void): unknown;
}

type ConnectionClass = new (options: unknown) => Connection;

/** Listens until the returned function is called. Rejects if the first connection cannot be made. */
export async function listenWithPg(
  client: Pg,
  channel: string,
  onMessage: (payload: string) => void,
  onGap: () => void,
): Promise<() => Promise<void>> {
  let isStopped = false;
  let current: Connection | null = null;
  let timer: NodeJS.Timeout | undefined;

  const connect = async () => {
    const connection = connectionLike(client);
    connection.on('notification', ({ payload }) => onMessage(payload ?? ''));
    connection.on('error', () => {}); // its end follows
    try {
      await connection.connect();
      await connection.query(`LISTEN ${channel}`);
    } catch (error) {
      connection.end().catch(() => {});
      throw error;
    }
    if (isStopped) return connection.end();
    current = connection;
    let isOver = false;
    connection.on('end', () => {
      if (isOver) return;
      isOver = true;
      current = null;
      again(FIRST_WAIT);
    });
  };
  const again = (wait: number) => {
    if (isStopped) return;
    timer = setTimeout(() => {
      connect().then(onGap, () => again(Math.min(2 * wait, LONGEST_WAIT)));
    }, wait);
    timer.unref();
  };

  await connect();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await current?.end();
  };
}

/** A further connection to where a pool or client leads. */
function connectionLike(client: Pg): Connection {
  const pool = client as Partial<{ Client: ConnectionClass; options: unknown }>;
  if (pool.Client !== undefined) return new pool.Client(pool.options);
  const one = client as unknown as { constructor: ConnectionClass; connectionParameters: unknown };
  return new one.constructor(one.connectionParameters);
}
