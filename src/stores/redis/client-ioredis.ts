/** The client `ioredis`, one server or a cluster. */

import type { RedisCommands } from './client.ts';

/** As much of a `Redis` or a `Cluster` of `ioredis` as is used. */
export interface Ioredis {
  call(command: string, args: string[]): Promise<unknown>;
  duplicate(): {
    subscribe(channel: string): Promise<unknown>;
    disconnect(): unknown;
    on(event: string, listener: (...args: string[]) => void): unknown;
  };
}

export class IoredisCommands implements RedisCommands {
  readonly #client: Ioredis;

  constructor(client: Ioredis) {
    this.#client = client;
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
    own.on('ready', onGap);
    return async () => {
      own.disconnect();
    };
  }
}
