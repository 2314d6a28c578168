/** {@link RedisBackend}: a store with leases in Redis. */

import type { SessionChanges } from '../../changes.ts';
import { SessionError } from '../../errors.ts';
import type { Session } from '../../session.ts';
import type { Backend, LeaseRef, SaveOptions, Taken, TakeOneRequest, TakeRequest } from '../backend.ts';
import { fits } from '../find.ts';
import type {
  ListOptions,
  SessionDetails,
  SessionFilter,
  SessionInfo,
  SessionStatus,
  StoreHolder,
} from '../store.ts';
import type { RedisClient, Reply } from './client.ts';
import { holderOf, INFO_FIELDS, infoOf, placeOf, tagsOf, textOf, userOf } from './entries.ts';
import { indexesOf, indexOf, moveInIndexes } from './indexes.ts';
import { Keys } from './keys.ts';
import { checkServer } from './prepare.ts';
import { RedisAside } from './redis-aside.ts';
import type { RedisSessionsOptions } from './redis-options.ts';
import { RedisPeers } from './redis-peers.ts';
import { SCRIPTS } from './scripts.ts';
import { Server } from './server.ts';
import { saveArguments, sessionOf, userText } from './session-fields.ts';

/** Names that are looked at in one go, where many do not fit. */
const CHUNK = 500;

export class RedisBackend implements Backend {
  readonly what: string;
  readonly peers: RedisPeers;
  readonly aside: RedisAside;
  readonly #server: Server;
  readonly #keys: Keys;
  readonly #options: RedisSessionsOptions;
  /** Grows with each save, so that one that is late is known. */
  #saves = 0;

  /** @throws SessionError `INVALID_VALUE` */
  constructor(client: RedisClient, options: RedisSessionsOptions) {
    const { prefix = 'tgsession:' } = options;
    this.what = `Redis (prefix ${prefix})`;
    this.#server = new Server(client, this.what);
    this.#keys = new Keys(prefix);
    this.#options = options;
    this.peers = new RedisPeers(this.#server, this.#keys);
    this.aside = new RedisAside(this.#server, this.#keys);
  }

  prepare(): Promise<void> {
    return checkServer(this.#server, this.#keys, this.#options);
  }

  async take(request: TakeOneRequest): Promise<Taken> {
    const { name, dead, takeOver } = request;
    const asked = [dead ? '1' : '0', takeOver === null ? '0' : '1', takeOver ?? '', '0', ''];
    const [outcome, ...found] = await this.#take(request, name, asked);
    const at = placeOf(name);
    if (outcome === 'held') {
      const [holder, since, until, left] = found.map(textOf);
      return { outcome, holder: holderOf(at, holder!, since!, until!), expiresIn: Number(left) };
    }
    if (outcome === 'dead') return { outcome, reason: textOf(found[0]) };
    const [fence, until, there] = found.map(textOf);
    await this.#lent(name, until!);
    // What its last writer may have left undone.
    if (there !== '') await this.#index(name);
    return { outcome: 'taken', fence: Number(fence) };
  }

  async claim(request: TakeRequest & { filter: SessionFilter; limit: number }): Promise<LeaseRef[]> {
    const { filter, limit } = request;
    const claimed: LeaseRef[] = [];
    const asked = ['0', '0', '', '1', filter.status ?? ''];
    for await (const candidates of this.#candidates(filter)) {
      const free = candidates.filter((info) => info.holder === null && info.status !== 'dead');
      for (let i = 0; i < free.length && claimed.length < limit; ) {
        const some = free.slice(i, i + limit - claimed.length);
        i += some.length;
        const leases = await Promise.all(some.map(({ name }) => this.#claimOne(request, name, asked)));
        claimed.push(...leases.filter((lease) => lease !== null));
      }
      if (claimed.length >= limit) break;
    }
    return claimed;
  }

  async renew(leases: readonly LeaseRef[], ttl: number): Promise<boolean[]> {
    const renewed = leases.map(({ name, fence }) =>
      this.#server.run(SCRIPTS.renew, [this.#keys.session(name)], [String(fence), String(ttl)]),
    );
    return (await Promise.all(renewed)).map((answer) => answer === 1);
  }

  async release({ name, fence }: LeaseRef): Promise<void> {
    const keys = [this.#keys.session(name), this.#keys.aside(name)];
    const answer = await this.#server.run(SCRIPTS.release, keys, [String(fence), this.#keys.released, name]);
    if (answer === 1) await this.#lent(name, '0');
  }

  async expiries(names: readonly string[]): Promise<number[]> {
    const rows = await Promise.all(
      names.map((name) =>
        this.#server.send(this.#keys.session(name), 'HMGET', this.#keys.session(name), 'holder', 'until'),
      ),
    );
    const now = names.length === 0 ? 0 : await this.#now();
    return rows.map((row) => {
      const [holder, until] = Array.isArray(row) ? row.map(textOf) : [];
      return holder ? Number(until) - now : 0;
    });
  }

  onRelease(listener: (name: string | null) => void): Promise<() => Promise<void>> {
    return this.#server.subscribe(this.#keys.released, listener, () => listener(null));
  }

  async read(name: string): Promise<Session | null> {
    return sessionOf(name, await this.#server.run(SCRIPTS.read, this.#sessionKeys(name), []));
  }

  async save(
    lease: LeaseRef,
    changes: SessionChanges,
    { replace = false }: SaveOptions = {},
  ): Promise<boolean> {
    const { name, fence } = lease;
    const args = [String(fence), ...saveArguments(changes, ++this.#saves, replace)];
    const answer = await this.#server.run(SCRIPTS.save, this.#sessionKeys(name), args);
    if (!Array.isArray(answer)) return false;
    const [there, before] = answer.slice(1).map((each) => textOf(each) ?? '');
    const after =
      changes.user === undefined
        ? replace
          ? ''
          : before!
        : changes.user === null
          ? ''
          : userText(changes.user);
    if (there === '' || replace || before !== after) {
      const of = (user: string) => indexesOf(this.#keys, { user: userOf(placeOf(name), user) });
      await moveInIndexes(this.#server, name, of(before!), [this.#keys.names, ...of(after)]);
      // One that was new when it was taken could not be claimed.
      if (there === '') await this.#index(name);
    }
    await this.#waitForReplicas(name);
    return true;
  }

  async list({ after, limit, filter }: Required<ListOptions>): Promise<SessionInfo[]> {
    const found: SessionInfo[] = [];
    const index = indexOf(this.#keys, filter);
    // Without a filter every name counts, but for those of sessions just deleted.
    const chunk = Object.keys(filter).length === 0 ? limit : Math.max(limit, CHUNK);
    for await (const infos of this.#inOrder(index ?? this.#keys.names, after, chunk)) {
      found.push(...infos.filter((info) => fits(info, filter)));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  async info(name: string): Promise<SessionInfo | null> {
    const [info = null] = await this.#infos([name]);
    return info;
  }

  async delete(name: string): Promise<'deleted' | 'absent' | StoreHolder> {
    const at = placeOf(name);
    const answer = await this.#server.run(SCRIPTS.delete, this.#keys.all(name), []);
    const [outcome, ...found] = (answer as Reply[]).map(textOf);
    if (outcome === 'held') return holderOf(at, found[0]!, found[1]!, found[2]!);
    const [user, ...notes] = found;
    const indexes = [...indexesOf(this.#keys, { user: userOf(at, user!) }), ...this.#noteIndexes(at, notes)];
    await moveInIndexes(this.#server, name, [this.#keys.names, this.#keys.until, ...indexes], []);
    return outcome === 'deleted' ? 'deleted' : 'absent';
  }

  setStatus(name: string, status: SessionStatus, reason: string | null): Promise<boolean> {
    return this.#note(name, ['status', status, 'reason', reason ?? '']);
  }

  describe(name: string, { label, tags, phone }: SessionDetails): Promise<boolean> {
    return this.#note(name, [
      ...(label === undefined ? [] : ['label', label ?? '']),
      ...(tags === undefined ? [] : ['tags', tags.length === 0 ? '' : JSON.stringify(tags)]),
      ...(phone === undefined ? [] : ['phone', phone ?? '']),
    ]);
  }

  async close(): Promise<void> {}

  async #take({ taker, ttl }: TakeRequest, name: string, asked: string[]): Promise<Reply[]> {
    const { pid, host, label } = taker;
    const args = [JSON.stringify({ pid, host, label }), String(ttl), ...asked];
    return (await this.#server.run(SCRIPTS.take, [this.#keys.session(name)], args)) as Reply[];
  }

  async #claimOne(request: TakeRequest, name: string, asked: string[]): Promise<LeaseRef | null> {
    const [outcome, ...found] = await this.#take(request, name, asked);
    const [first, , until] = found.map(textOf);
    if (outcome === 'taken') await this.#lent(name, textOf(found[1])!);
    else if (outcome === 'held') await this.#lent(name, until!);
    return outcome === 'taken' ? { name, fence: Number(first) } : null;
  }

  /** Notes when a lease ends, for those who look for free sessions. A renewal notes nothing: who looks notes it then. */
  async #lent(name: string, until: string): Promise<void> {
    // Only sessions that are there are in it: the others cannot be claimed.
    await this.#server.send(this.#keys.until, 'ZADD', this.#keys.until, 'XX', until, name);
  }

  /** Sessions that may be free and may fit, some at a time. */
  async *#candidates(filter: SessionFilter): AsyncGenerator<SessionInfo[]> {
    const index = indexOf(this.#keys, filter);
    if (index !== null) {
      for await (const infos of this.#inOrder(index, null, CHUNK))
        yield infos.filter((info) => fits(info, filter));
      return;
    }
    const { until } = this.#keys;
    const now = String(await this.#now());
    for (let offset = 0; ; ) {
      const page = await this.#server.send(
        until,
        'ZRANGEBYSCORE',
        until,
        '-inf',
        now,
        'LIMIT',
        String(offset),
        String(CHUNK),
      );
      const names = (page as Reply[]).map(String);
      const infos = await this.#infos(names);
      // Those that were renewed since it was noted go out of the way for the next one.
      const held = infos.filter((info) => info.holder !== null);
      for (const { name, holder } of held) await this.#lent(name, String(holder!.expires!.getTime()));
      yield infos.filter((info) => fits(info, filter));
      if (names.length < CHUNK) return;
      offset += CHUNK - held.length;
    }
  }

  /** The sessions of a sorted set in the order of their names, some at a time. */
  async *#inOrder(set: string, after: string | null, chunk: number): AsyncGenerator<SessionInfo[]> {
    for (let last = after; ; ) {
      const from = last === null ? '-' : `(${last}`;
      const page = await this.#server.send(set, 'ZRANGEBYLEX', set, from, '+', 'LIMIT', '0', String(chunk));
      const names = (page as Reply[]).map(String);
      yield await this.#infos(names);
      if (names.length < chunk) return;
      last = names.at(-1)!;
    }
  }

  /** What is told of sessions, of those that are there. */
  async #infos(names: string[]): Promise<SessionInfo[]> {
    if (names.length === 0) return [];
    const key = (name: string) => this.#keys.session(name);
    const rows = names.map((name) => this.#server.send(key(name), 'HMGET', key(name), ...INFO_FIELDS));
    const [now, ...replies] = await Promise.all([this.#now(), ...rows]);
    return names.map((name, i) => infoOf(name, replies[i]!, now)).filter((info) => info !== null);
  }

  /** Puts a session in all indexes that it belongs in. */
  async #index(name: string): Promise<void> {
    const info = await this.info(name);
    if (info === null) return;
    const until = info.holder?.expires?.getTime() ?? 0;
    await Promise.all([
      moveInIndexes(this.#server, name, [], [this.#keys.names, ...indexesOf(this.#keys, info)]),
      this.#server.send(this.#keys.until, 'ZADD', this.#keys.until, String(until), name),
    ]);
  }

  async #note(name: string, fields: string[]): Promise<boolean> {
    const answer = await this.#server.run(SCRIPTS.note, [this.#keys.session(name)], fields);
    if (!Array.isArray(answer) || answer.length === 0) return false;
    const before = this.#noteIndexes(placeOf(name), answer.slice(1).map(textOf));
    const info = await this.info(name);
    const { user: _, ...notes } = info ?? {};
    await moveInIndexes(this.#server, name, before, info === null ? [] : indexesOf(this.#keys, notes));
    return true;
  }

  /** The indexes of notes as scripts give them: status, label, tags, phone. */
  #noteIndexes(at: string, [status, label, tags, phone]: (string | null)[]): string[] {
    return indexesOf(this.#keys, {
      ...(status && { status: status as SessionStatus }),
      label: label || null,
      tags: tagsOf(at, tags ?? null),
      phone: phone || null,
    });
  }

  async #waitForReplicas(name: string): Promise<void> {
    const { waitForReplicas } = this.#options;
    if (waitForReplicas === undefined) return;
    const { count, timeout } = waitForReplicas;
    const reached = await this.#server.send(this.#keys.session(name), 'WAIT', String(count), String(timeout));
    if (Number(reached) >= count) return;
    throw new SessionError(
      'IO',
      `${this.what}: the session ${name} was saved, but only ${reached} of ${count} replicas had it within ${timeout} ms. It is not safe from a failover yet; the next save writes it whole.`,
      { found: `${reached} replicas` },
    );
  }

  #now(): Promise<number> {
    return this.#server.now(this.#keys.names);
  }

  #sessionKeys(name: string): string[] {
    return [this.#keys.session(name), this.#keys.dcs(name), this.#keys.channels(name)];
  }
}
