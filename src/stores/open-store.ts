/**
 * Opening a store by what stands in a configuration: a path or a URL.
 *
 * @module
 */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SessionError } from '../errors.ts';
import { DirectorySessions } from './directory/directory-sessions.ts';
import type { LeasedSessionsOptions } from './leased-sessions.ts';
import { MemorySessions } from './memory/memory-sessions.ts';
import { OwnedStore } from './owned-store.ts';
import type { PostgresClient } from './postgres/client.ts';
import type { RedisClient } from './redis/client.ts';
import type { SessionStore } from './store.ts';

/** Options of {@link openStore}. */
export interface OpenStoreOptions {
  /** What this holder calls itself, for whoever is refused. */
  label?: string;
  /** Hears what is worth knowing but no error, such as files that are no sessions. */
  logger?: { warn(message: string): void };
  /** How many peers each session keeps at most. Default 100,000. */
  maxPeers?: number;
  /** How long leases last; for a folder, which has none, this means nothing. */
  lease?: LeasedSessionsOptions['lease'];
}

/**
 * Opens a store of sessions:
 *
 * | | |
 * |---|---|
 * | a path, `file:…` | a folder of session files: `DirectorySessions` |
 * | `postgres://…`, `postgresql://…` | `PostgresSessions`, through `pg` or `postgres`, whichever is installed |
 * | `redis://…`, `rediss://…` | `RedisSessions`, through `redis` or `ioredis` |
 * | `memory:` | `MemorySessions`, gone with the process |
 *
 * The parameter `schema` of a URL of PostgreSQL and `prefix` of one of Redis say where in there the sessions are. The
 * connection belongs to the store and is closed with it. A password in the URL is in no error and no text of the store.
 *
 * ```ts
 * import { openStore } from 'tgsession/stores';
 *
 * const store = await openStore('sessions');
 * for await (const { name } of store.find({ status: 'ok' })) console.log(name);
 * await store.close();
 * ```
 *
 * @throws SessionError `INVALID_PATH` (a URL of another kind), `UNSUPPORTED` (no client for it is installed), `IO`
 */
export async function openStore(place: string | URL, options: OpenStoreOptions = {}): Promise<SessionStore> {
  const { label, logger, maxPeers, lease } = options;
  const each = { ...(label !== undefined && { label }), ...(maxPeers !== undefined && { maxPeers }) };
  const ofFolder = { ...each, ...(logger && { logger }) };
  const own = { ...each, ...(lease !== undefined && { lease }) };
  const url = urlOf(place);
  if (url === null) return new DirectorySessions(String(place), ofFolder);
  switch (url.protocol) {
    case 'file:':
      return new DirectorySessions(fileURLToPath(url), ofFolder);
    case 'memory:':
      return new MemorySessions(own);
    case 'postgres:':
    case 'postgresql:': {
      const schema = take(url, 'schema');
      const { client, end } = await postgresClient(url, (message) => logger?.warn(message));
      return owned(url, end, async () => {
        const { PostgresSessions } = await import('./postgres/postgres-sessions.ts');
        return new PostgresSessions(client, { ...own, ...(schema !== null && { schema }) });
      });
    }
    case 'redis:':
    case 'rediss:': {
      const prefix = take(url, 'prefix');
      const { client, end } = await redisClient(url, (message) => logger?.warn(message));
      return owned(url, end, async () => {
        const { RedisSessions } = await import('./redis/index.ts');
        return new RedisSessions(client, { ...own, ...(prefix !== null && { prefix }) });
      });
    }
    default:
      throw new SessionError(
        'INVALID_PATH',
        `A store is a path, or a URL that begins with file:, postgres:, redis: or memory:, not with ${url.protocol}`,
      );
  }
}

/** The URL that is meant; null for a path. */
function urlOf(place: string | URL): URL | null {
  if (place instanceof URL) return new URL(place);
  // A letter and a colon are a drive of Windows.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(place)?.[1];
  if (scheme === undefined) return null;
  try {
    return new URL(place);
  } catch {
    throw new SessionError(
      'INVALID_PATH',
      `What begins with ${scheme}: is no well-formed URL. Characters such as "@" or "/" in a password are written as %40, %2F.`,
    );
  }
}

/** A parameter of a URL that is ours, and not for the client. */
function take(url: URL, name: string): string | null {
  const value = url.searchParams.get(name);
  url.searchParams.delete(name);
  return value;
}

/** A URL without its password, for people. */
export function shownUrl(url: URL): string {
  const shown = new URL(url);
  shown.password = '';
  shown.search = '';
  shown.hash = '';
  return shown.href;
}

interface Opened<T> {
  client: T;
  end(): Promise<unknown>;
}

async function owned(url: URL, end: () => Promise<unknown>, make: () => Promise<SessionStore>) {
  try {
    return new OwnedStore(await make(), shownUrl(url), end);
  } catch (error) {
    await end();
    throw error;
  }
}

/** As much of the clients as is used here. They are the user's own, so their types are not at hand. */
interface Events {
  on(event: 'error', listener: (error: Error) => void): void;
}
interface PgModule {
  Pool: new (options: { connectionString: string }) => Events & { end(): Promise<void> };
}
type PostgresJsModule = (url: string, options: object) => { end(options: object): Promise<void> };
interface RedisModule {
  createClient(options: { url: string }): Events & { connect(): Promise<unknown>; destroy(): void };
}
interface IoredisModule {
  Redis: new (url: string, options: object) => Events & { connect(): Promise<void>; disconnect(): void };
}

async function postgresClient(url: URL, warn: (message: string) => void): Promise<Opened<PostgresClient>> {
  const pg = await importIfThere<{ default: PgModule }>('pg');
  if (pg !== null) {
    const pool = new pg.default.Pool({ connectionString: url.href });
    // A connection that nobody uses was lost: the pool makes another one.
    pool.on('error', (error) => warn(`A connection to ${shownUrl(url)} was lost: ${error.name}`));
    return { client: pool as unknown as PostgresClient, end: () => pool.end() };
  }
  const postgres = await importIfThere<{ default: PostgresJsModule }>('postgres');
  if (postgres === null) throw notInstalled('PostgreSQL', 'pg', 'postgres');
  const sql = postgres.default(url.href, { onnotice: () => {} });
  return { client: sql as unknown as PostgresClient, end: () => sql.end({ timeout: 5 }) };
}

async function redisClient(url: URL, warn: (message: string) => void): Promise<Opened<RedisClient>> {
  const redis = await importIfThere<RedisModule>('redis');
  const onError = (error: Error) => warn(`The connection to ${shownUrl(url)}: ${error.name}`);
  if (redis !== null) {
    const client = redis.createClient({ url: url.href });
    let isOpen = false;
    const failed = new Promise<never>((_, reject) => {
      client.on('error', (error) => {
        if (isOpen) onError(error);
        else reject(error);
      });
    });
    await connecting(
      url,
      () => Promise.race([client.connect(), failed]),
      () => client.destroy(),
    );
    isOpen = true;
    return { client: client as unknown as RedisClient, end: async () => client.destroy() };
  }
  const ioredis = await importIfThere<IoredisModule>('ioredis');
  if (ioredis === null) throw notInstalled('Redis', 'redis', 'ioredis');
  const client = new ioredis.Redis(url.href, { lazyConnect: true });
  client.on('error', onError);
  await connecting(
    url,
    () => client.connect(),
    () => client.disconnect(),
  );
  return { client: client as unknown as RedisClient, end: async () => client.disconnect() };
}

async function connecting(url: URL, connect: () => Promise<unknown>, giveUp: () => void): Promise<void> {
  try {
    await connect();
  } catch (error) {
    try {
      giveUp();
    } catch {}
    const { code, name } = error as { code?: unknown; name?: unknown };
    const told = typeof code === 'string' ? code : String(name);
    throw new SessionError('IO', `There is no connection to ${shownUrl(url)}: ${told}.`);
  }
}

/**
 * A package that the user has beside tgsession, or in the folder where the command runs; null if it is not there. Its name
 * is no literal, so that nothing that bundles takes it along.
 */
async function importIfThere<T>(name: string): Promise<T | null> {
  const from = [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href];
  for (const base of from) {
    let path: string;
    try {
      path = createRequire(base).resolve(name);
    } catch {
      continue;
    }
    return import(pathToFileURL(path).href);
  }
  return null;
}

function notInstalled(what: string, first: string, second: string): SessionError {
  return new SessionError(
    'UNSUPPORTED',
    `A store in ${what} needs the package "${first}" or "${second}", and neither is installed. Run: npm install ${first}`,
  );
}
