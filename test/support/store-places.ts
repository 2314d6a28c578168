/** The databases in which tests with several processes keep sessions: each with each client. */

import { randomUUID } from 'node:crypto';
import { afterAll, onTestFinished } from 'vitest';
import type { LeasedSessionsOptions } from '../../src/stores/leased-sessions.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { openStore, type StoreKind } from './open-store.ts';
import { noPostgres, postgresUrl, testSchema } from './postgres.ts';
import { findRedis, removeKeys } from './redis.ts';
import { StoreWorker } from './store-workers.ts';

const redis = await findRedis();
const prefixes = new Set<string>();

afterAll(async () => {
  for (const prefix of prefixes) await removeKeys(redis!.url, prefix);
  await redis?.stop();
});

/** One of the databases, through one of the clients. */
export interface StorePlace {
  kind: StoreKind;
  url: string;
  /** Why its tests are skipped. */
  isMissing: boolean;
}

const redisPlace = { url: redis?.url ?? '', isMissing: redis === null };

export const STORE_PLACES: [title: string, place: StorePlace][] = [
  ['PostgreSQL, through pg', { kind: 'pg', url: postgresUrl ?? '', isMissing: noPostgres }],
  ['Redis, through redis', { kind: 'redis', ...redisPlace }],
  ['Redis, through ioredis', { kind: 'ioredis', ...redisPlace }],
];

/** A store that nobody has yet, and workers on it. */
export interface WorkerStore {
  /** For this process to look at it. */
  readonly store: SessionStore;
  /** Its schema, or the prefix of its keys. */
  readonly where: string;
  /** Starts a worker, and waits until it is connected. */
  worker(options?: LeasedSessionsOptions, port?: number): Promise<StoreWorker>;
}

/** Opens one. It is removed after the test, or with its server. */
export async function workerStore(
  { kind, url }: StorePlace,
  options: LeasedSessionsOptions,
): Promise<WorkerStore> {
  const where = placeIn(kind, url);
  const opened = await openStore(kind, url, where, options);
  onTestFinished(() => opened.close());
  return {
    store: opened.store,
    where,
    async worker(own = options, port) {
      const to = new URL(url);
      if (port !== undefined) to.port = String(port);
      const worker = new StoreWorker(kind, to.href, where, [own]);
      await worker.next('started');
      return worker;
    },
  };
}

/** A schema or a prefix that nobody has. */
export function placeIn(kind: StoreKind, url: string): string {
  if (kind === 'pg') return url === postgresUrl ? testSchema() : 'tgsession';
  const prefix = `tgsession-test-${randomUUID()}:`;
  if (url === redis?.url) prefixes.add(prefix);
  return prefix;
}
