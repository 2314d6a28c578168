/** {@link Replicas}: waiting until replicas have what was written. */

import { SessionError } from '../../errors.ts';
import type { RedisSessionsOptions } from './redis-options.ts';
import type { Server } from './server.ts';

/**
 * Asks how many replicas have what was written before, for all that wait at the same time together: while Redis waits, it
 * answers nothing else on that connection, the renewals of leases included.
 */
export class Replicas {
  readonly #server: Server;
  readonly #what: string;
  readonly #wanted: NonNullable<RedisSessionsOptions['waitForReplicas']>;
  /** Grows when the connection is lost. */
  #connection = 0;
  #running: Promise<unknown> = Promise.resolve();
  /** What is asked next, and was not sent yet. */
  #next: Promise<number> | null = null;
  readonly #stopWatching: () => void;

  constructor(server: Server, what: string, wanted: NonNullable<RedisSessionsOptions['waitForReplicas']>) {
    this.#server = server;
    this.#what = what;
    this.#wanted = wanted;
    this.#stopWatching = server.onLoss(() => this.#connection++);
  }

  /**
   * Waits until enough replicas have a save that was answered.
   *
   * @param connection the one before the save was sent
   * @throws SessionError `IO`
   */
  async have(name: string, connection: number): Promise<void> {
    const reached = await this.#reached();
    const { count, timeout } = this.#wanted;
    // Clients ask again on a new connection, which may lead to another server: what that one has replicas of is not this save.
    if (connection !== this.#connection) {
      throw new SessionError(
        'IO',
        `${this.#what}: the connection was lost while the session ${name} was saved. Whether replicas have it is not known; the next save writes it whole.`,
      );
    }
    if (reached >= count) return;
    throw new SessionError(
      'IO',
      `${this.#what}: the session ${name} was saved, but only ${reached} of ${count} replicas had it within ${timeout} ms. It is not safe from a failover yet; the next save writes it whole.`,
      { found: `${reached} replicas` },
    );
  }

  /** Names the connection. */
  get connection(): number {
    return this.#connection;
  }

  close(): void {
    this.#stopWatching();
  }

  #reached(): Promise<number> {
    if (this.#next !== null) return this.#next;
    const { count, timeout } = this.#wanted;
    const next = this.#running.then(async () => {
      this.#next = null;
      return Number(await this.#server.send(null, 'WAIT', String(count), String(timeout)));
    });
    this.#next = next;
    this.#running = next.catch(() => {});
    return next;
  }
}
