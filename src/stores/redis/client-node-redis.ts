/** The client `redis` (node-redis), one server or a cluster. */

import type { RedisCommands } from './client.ts';

type Listener = (message: string) => void;

/** As much of a client of `redis` as is used. A cluster has `slots`, and wants to know the key of a command. */
export interface NodeRedis {
  sendCommand(...args: never[]): Promise<unknown>;
  destroy(): unknown;
  duplicate(): {
    connect(): Promise<unknown>;
    subscribe(channel: string, listener: Listener): Promise<unknown>;
    destroy(): unknown;
    on(event: string, listener: () => void): unknown;
  };
  readonly slots?: unknown;
}

type Send = (args: string[]) => Promise<unknown>;
type SendInCluster = (key: string | undefined, isReadonly: boolean, args: string[]) => Promise<unknown>;

export class NodeRedisCommands implements RedisCommands {
  readonly isCluster: boolean;
  readonly #client: NodeRedis;

  constructor(client: NodeRedis) {
    this.#client = client;
    this.isCluster = client.slots !== undefined;
  }

  send(key: string | null, args: string[]): Promise<unknown> {
    const client = this.#client;
    if (!this.isCluster) return (client.sendCommand as unknown as Send).call(client, args);
    return (client.sendCommand as unknown as SendInCluster).call(client, key ?? undefined, false, args);
  }

  async subscribe(channel: string, onMessage: Listener, onGap: () => void): Promise<() => Promise<void>> {
    const own = this.#client.duplicate();
    // Without a listener an error of the connection would end the process. It is made again by itself.
    own.on('error', () => {});
    try {
      await own.connect();
      await own.subscribe(channel, onMessage);
    } catch (error) {
      own.destroy();
      throw error;
    }
    own.on(this.isCluster ? 'node-ready' : 'ready', onGap);
    return async () => {
      own.destroy();
    };
  }
}
