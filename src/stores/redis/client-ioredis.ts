/** The client `ioredis`, one server or a cluster. */

import { refuse } from '../../check.ts';
import type { RedisCommands } from './client.ts';

/** As much of a `Redis` or a `Cluster` of `ioredis` as is used. */
export interface Ioredis {
  call(command: string, args: string[]): Promise<unknown>;
  duplicate(): {
    subscribe(channel: string): Promise<unknown>;
    disconnect(): unknown;
    on(event: string, listener: (...args: string[]) => void): unknown;
  };
  /** A cluster has it. */
  readonly nodes?: unknown;
  readonly options?: unknown;
}

export class IoredisCommands implements RedisCommands {
  readonly isCluster: boolean;
  readonly #client: Ioredis;

  /** @throws SessionError `INVALID_VALUE` if it reads from replicas, which may be behind what was written just now */
  constructor(client: Ioredis) {
    const { scaleReads = 'master' } = (client.options ?? {}) as { scaleReads?: unknown };
    if (scaleReads !== 'master') refuse('client', 'options.scaleReads', '"master"', scaleReads);
    this.#client = client;
    this.isCluster = typeof client.nodes === 'function';
  }

  send(_key: string | null, [command = '', ...args]: string[]): Promise<unknown> {
    return this.#client.call(command, args);
  }

  async subscribe(
    channel: string,
    onMessage: (message: string) => void,
    onGap: () => void,
  ): Promise<() => Promise<void>> {
    const own = this.#client.duplicate();
    // Without a listener each error of the connection would be printed. It is made again by itself.
    own.on('error', () => {});
    own.on('message', (from, message) => {
      if (from === channel) onMessage(message!);
    });
    try {
      await own.subscribe(channel);
    } catch (error) {
      own.disconnect();
      throw error;
    }
    own.on(this.isCluster ? '+subscriber' : 'ready', onGap);
    return async () => {
      own.disconnect();
    };
  }
}
