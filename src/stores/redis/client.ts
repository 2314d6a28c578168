/**
 * What a store needs of a client of Redis: {@link RedisCommands}. Everything goes in and comes out as text and numbers:
 * there is nothing binary in what is kept.
 */

import { refuse } from '../../check.ts';
import { type Ioredis, IoredisCommands } from './client-ioredis.ts';
import { type NodeRedis, NodeRedisCommands } from './client-node-redis.ts';

/** What Redis answers. */
export type Reply = string | number | null | Reply[];

/** A client of Redis, one server or a cluster. Errors are the client's own. */
export interface RedisCommands {
  readonly isCluster: boolean;
  /**
   * Sends a command.
   *
   * @param key the key that it is about, by which a cluster finds the server; null for any server
   */
  send(key: string | null, args: string[]): Promise<unknown>;
  /**
   * Hears what is published on a channel, on a connection of its own, until the returned function is called.
   *
   * @param onGap the connection was made again: messages may have been missed
   */
  subscribe(
    channel: string,
    onMessage: (message: string) => void,
    onGap: () => void,
  ): Promise<() => Promise<void>>;
}

/** A connected client or cluster of `redis`, or a `Redis` or `Cluster` of `ioredis`. */
export type RedisClient = NodeRedis | Ioredis;

/** The adapter for a client. @throws SessionError `INVALID_VALUE` if it is none that is known */
export function commandsOf(client: RedisClient): RedisCommands {
  const has = (name: string) => typeof (client as unknown as Record<string, unknown>)?.[name] === 'function';
  // Both send commands in another way, and a pool has no one connection that WAIT could be about.
  if (has('getSentinelNode') || has('execute')) {
    return refuse(
      'client',
      '',
      'one client or a cluster of "redis" (through sentinels: "ioredis")',
      client,
      'a pool or a sentinel',
    );
  }
  if (has('sendCommand') && has('destroy')) return new NodeRedisCommands(client as NodeRedis);
  if (has('call') && has('duplicate')) return new IoredisCommands(client as Ioredis);
  return refuse('client', '', 'a client of "redis" or "ioredis"', client);
}

/** An answer, with texts as texts also where the client gives bytes. */
export function replyOf(value: unknown): Reply {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (Array.isArray(value)) return value.map(replyOf);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  // With the newer protocol (RESP 3) pairs come as a map or an object.
  if (value instanceof Map) return [...value].flat().map(replyOf);
  if (typeof value === 'object') return Object.entries(value).flat().map(replyOf);
  return refuse('reply', '', 'text, a number or a list', value);
}

/** Whether a script answered 1, also where the client gives numbers as text. */
export function isYes(reply: Reply): boolean {
  return !Array.isArray(reply) && String(reply) === '1';
}
