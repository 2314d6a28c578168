/**
 * {@link Catalogue}: what is told of sessions, and the indexes by which they are found. Indexes are written after a session,
 * and before the call that wrote it resolves. An entry that holds no more may be left, so whoever finds one looks at the
 * session itself; one that is missing, as its writer died in between, is made when the session is loaded next.
 */

import { fits } from '../find.ts';
import type { ListOptions, SessionInfo } from '../store.ts';
import type { Reply } from './client.ts';
import { INFO_FIELDS, infoOf } from './entries.ts';
import { indexesOf, indexOf } from './indexes.ts';
import type { Keys } from './keys.ts';
import type { Server } from './server.ts';

/** Names that are looked at in one go, where many do not fit. */
const CHUNK = 500;

export class Catalogue {
  readonly #server: Server;
  readonly #keys: Keys;

  constructor(server: Server, keys: Keys) {
    this.#server = server;
    this.#keys = keys;
  }

  async info(name: string): Promise<SessionInfo | null> {
    const [info = null] = await this.#infos([name]);
    return info;
  }

  async list({ after, limit, filter }: Required<ListOptions>): Promise<SessionInfo[]> {
    const found: SessionInfo[] = [];
    const index = indexOf(this.#keys, filter);
    // Without a filter every name counts, but for those of sessions just deleted.
    const chunk = Object.keys(filter).length === 0 ? limit : Math.max(limit, CHUNK);
    for await (const names of this.names(index ?? this.#keys.names, after, chunk)) {
      found.push(...(await this.#infos(names)).filter((info) => fits(info, filter)));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  /** The names in a sorted set in their order, some at a time. */
  async *names(set: string, after: string | null, chunk: number): AsyncGenerator<string[]> {
    for (let last = after; ; ) {
      const from = last === null ? '-' : `(${last}`;
      const page = await this.#server.send(set, 'ZRANGEBYLEX', set, from, '+', 'LIMIT', '0', String(chunk));
      const names = (page as Reply[]).map(String);
      yield names;
      if (names.length < chunk) return;
      last = names.at(-1)!;
    }
  }

  /** What is told of sessions, in their order; of one that is not there null, of one that is damaged the error. */
  async look(names: string[]): Promise<(SessionInfo | null | Error)[]> {
    if (names.length === 0) return [];
    const key = (name: string) => this.#keys.session(name);
    const rows = names.map((name) => this.#server.send(key(name), 'HMGET', key(name), ...INFO_FIELDS));
    const [now, ...replies] = await Promise.all([this.now(), ...rows]);
    return names.map((name, i) => {
      try {
        return infoOf(name, replies[i]!, now);
      } catch (error) {
        return error as Error;
      }
    });
  }

  /** Takes a session out of indexes, and puts it in all that it belongs in. */
  async move(name: string, gone: string[]): Promise<void> {
    await Promise.all(gone.map((index) => this.#server.send(index, 'ZREM', index, name)));
    // Looked at only now, so that what somebody else writes at the same time is not taken away.
    const info = await this.info(name);
    if (info === null) return;
    const { until } = this.#keys;
    const to = [this.#keys.names, ...indexesOf(this.#keys, info)];
    const ends = String(info.holder?.expires?.getTime() ?? 0);
    // Whoever claims others than those that are ok finds them by their status.
    const noted = info.status === 'ok' ? ['ZADD', until, ends, name] : ['ZREM', until, name];
    await Promise.all([
      ...to.map((index) => this.#server.send(index, 'ZADD', index, '0', name)),
      this.#server.send(until, ...noted),
    ]);
  }

  /** Notes when leases end, for those who look for free sessions. Only sessions that are there are noted. */
  async lent(leases: readonly (readonly [name: string, until: string])[]): Promise<void> {
    if (leases.length === 0) return;
    const { until } = this.#keys;
    await this.#server.send(until, 'ZADD', until, 'XX', ...leases.flatMap(([name, ends]) => [ends, name]));
  }

  /** The server's time in unix milliseconds. */
  now(): Promise<number> {
    return this.#server.now(this.#keys.names);
  }

  async #infos(names: string[]): Promise<SessionInfo[]> {
    const found: SessionInfo[] = [];
    for (const info of await this.look(names)) {
      if (info instanceof Error) throw info;
      if (info !== null) found.push(info);
    }
    return found;
  }
}
