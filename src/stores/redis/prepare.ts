/** What is looked at before a store in Redis is used. */

import { SessionError } from '../../errors.ts';
import type { Reply } from './client.ts';
import type { Keys } from './keys.ts';
import type { RedisSessionsOptions } from './redis-options.ts';
import type { Server } from './server.ts';

/** How keys and fields are named and meant. */
const VERSION = '1';

/** @throws SessionError `NEWER_VERSION`, `UNSUPPORTED`, `IO` */
export async function checkServer(
  server: Server,
  keys: Keys,
  { allowEviction = false }: RedisSessionsOptions,
): Promise<void> {
  await server.send(keys.version, 'SET', keys.version, VERSION, 'NX');
  const version = await server.send(keys.version, 'GET', keys.version);
  if (String(version) !== VERSION) {
    throw new SessionError(
      'NEWER_VERSION',
      `${keys.version} must be ${VERSION}, but is another one: a newer tgsession uses this prefix. Use a newer tgsession, or another prefix.`,
      { field: keys.version },
    );
  }
  const policy = await evictionPolicy(server, keys);
  if (allowEviction || !policy.startsWith('allkeys-')) return;
  throw new SessionError(
    'UNSUPPORTED',
    `The server deletes any keys when its memory is full (maxmemory-policy ${policy}): it may delete sessions. Set maxmemory-policy to noeviction, or say allowEviction: true.`,
    { field: 'maxmemory-policy', found: policy },
  );
}

/** The policy; empty where the server does not tell. */
async function evictionPolicy(server: Server, keys: Keys): Promise<string> {
  try {
    const found = await server.send(keys.version, 'CONFIG', 'GET', 'maxmemory-policy');
    return Array.isArray(found) ? String((found as Reply[])[1] ?? '') : '';
  } catch {
    // Hosted servers forbid it, and some clients give an answer of another shape.
    return '';
  }
}
