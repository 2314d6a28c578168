/** Options of `RedisSessions`. */

import { checkInteger, checkObject, checkText, refuse } from '../../check.ts';
import type { LeasedSessionsOptions } from '../leased-sessions.ts';

/** Options of `RedisSessions`. */
export interface RedisSessionsOptions extends LeasedSessionsOptions {
  /** What all keys of this store begin with, 1 to 128 characters without braces. Default `tgsession:`. */
  prefix?: string;
  /**
   * Each save waits until so many replicas have it (`WAIT`), for at most so many milliseconds; it rejects (`IO`) if they do
   * not. One server with replicas only, not a cluster. Left out: none.
   */
  waitForReplicas?: { count: number; timeout: number };
  /** Use a server that may evict keys when its memory is full. **It may evict sessions.** */
  allowEviction?: boolean;
}

/** @throws SessionError `INVALID_VALUE` */
export function checkRedisOptions(options: RedisSessionsOptions = {}): RedisSessionsOptions {
  const { prefix, waitForReplicas } = checkObject('options', '', options);
  if (prefix !== undefined && (checkText('options', 'prefix', prefix, 128) === '' || /[{}]/.test(prefix))) {
    refuse('options', 'prefix', 'text of 1 to 128 characters without braces', prefix);
  }
  if (waitForReplicas !== undefined) {
    const at = 'options.waitForReplicas';
    const { count, timeout } = checkObject(at, '', waitForReplicas);
    checkInteger(at, 'count', count, 1, 1000);
    checkInteger(at, 'timeout', timeout, 1, 600_000);
  }
  return options;
}
