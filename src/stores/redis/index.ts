/**
 * `tgsession/redis`: many sessions in Redis, each used by one holder at a time.
 *
 * @module
 */

import { LeasedSessions } from '../leased-sessions.ts';
import type { RedisClient } from './client.ts';
import { RedisBackend } from './redis-backend.ts';
import { checkRedisOptions, type RedisSessionsOptions } from './redis-options.ts';

export type { LeaseLostError } from '../lease-errors.ts';
export type { RedisClient } from './client.ts';
export type { RedisSessionsOptions } from './redis-options.ts';

/**
 * Many sessions in Redis (6.2 or newer, Valkey), one server or a cluster; see `SessionStore` and docs/redis.md.
 *
 * ```ts no-run
 * import { createClient } from 'redis';
 * import { RedisSessions } from 'tgsession/redis';
 *
 * const client = await createClient({ url: 'redis://127.0.0.1:6379' }).connect();
 * const store = new RedisSessions(client);
 * const storage = store.session('alice');
 * ```
 *
 * The client is the caller's: connected, and closed by the caller after `close()`. Each save is one script, in one round trip.
 */
export class RedisSessions extends LeasedSessions {
  /**
   * @param client a connected client or cluster of `redis`, or a `Redis` or `Cluster` of `ioredis`
   * @throws SessionError `INVALID_VALUE`
   */
  constructor(client: RedisClient, options: RedisSessionsOptions = {}) {
    const checked = checkRedisOptions(options);
    super(new RedisBackend(client, checked), checked);
  }
}
