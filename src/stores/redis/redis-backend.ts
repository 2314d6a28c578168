/** {@link RedisBackend}: a store with leases in Redis. */

import type { SessionChanges } from '../../changes.ts';
import { refuse } from '../../check.ts';
import type { Session } from '../../session.ts';
import type { Backend, LeaseRef, SaveOptions, Taken, TakeOneRequest, TakeRequest } from '../backend.ts';
import { forgotError, SaveNumbers } from '../save-numbers.ts';
import type {
  ListOptions,
  SessionDetails,
  SessionFilter,
  SessionInfo,
  SessionStatus,
  StoreHolder,
} from '../store.ts';
import { Catalogue } from './catalogue.ts';
import { isYes, type RedisClient, type Reply } from './client.ts';
import { holderOf, placeOf, tagsOf, textOf, userOf } from './entries.ts';
import { indexesOf } from './indexes.ts';
import { Keys } from './keys.ts';
import { Leases } from './leases.ts';
import { checkServer } from './prepare.ts';
import { RedisAside } from './redis-aside.ts';
import type { RedisSessionsOptions } from './redis-options.ts';
import { RedisPeers } from './redis-peers.ts';
import { Replicas } from './replicas.ts';
import { SCRIPTS } from './scripts.ts';
import { Server } from './server.ts';
import { counterArguments, saveArguments, sessionOf, userText } from './session-fields.ts';

export class RedisBackend implements Backend {
  readonly what: string;
  readonly peers: RedisPeers;
  readonly aside: RedisAside;
  readonly #server: Server;
  readonly #keys: Keys;
  readonly #options: RedisSessionsOptions;
  readonly #catalogue: Catalogue;
  readonly #leases: Leases;
  readonly #replicas: Replicas | null;
  readonly #numbers = new SaveNumbers();

  /** @throws SessionError `INVALID_VALUE` */
  constructor(client: RedisClient, options: RedisSessionsOptions) {
    const { prefix = 'tgsession:' } = options;
    this.what = `Redis (prefix ${prefix})`;
    this.#server = new Server(client, this.what);
    this.#keys = new Keys(prefix);
    this.#options = options;
    if (options.waitForReplicas !== undefined && this.#server.isCluster) {
      refuse('options', 'waitForReplicas', 'left out with a cluster', options.waitForReplicas);
    }
    const { waitForReplicas } = options;
    this.#replicas =
      waitForReplicas === undefined ? null : new Replicas(this.#server, this.what, waitForReplicas);
    this.#catalogue = new Catalogue(this.#server, this.#keys);
    this.#leases = new Leases(this.#server, this.#keys, this.#catalogue);
    this.peers = new RedisPeers(this.#server, this.#keys);
    this.aside = new RedisAside(this.#server, this.#keys);
  }

  prepare(): Promise<void> {
    return checkServer(this.#server, this.#keys, this.#options);
  }

  take(request: TakeOneRequest): Promise<Taken> {
    return this.#leases.take(request);
  }

  claim(request: TakeRequest & { filter: SessionFilter; limit: number }): Promise<LeaseRef[]> {
    return this.#leases.claim(request);
  }

  renew(leases: readonly LeaseRef[], ttl: number): Promise<(boolean | Error)[]> {
    return this.#leases.renew(leases, ttl);
  }

  release(lease: LeaseRef): Promise<void> {
    return this.#leases.release(lease);
  }

  expiries(names: readonly string[]): Promise<number[]> {
    return this.#leases.expiries(names);
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
    const known = replace ? 0 : this.#numbers.acknowledged(lease);
    const number = this.#numbers.next();
    const connection = this.#replicas?.connection;
    const isDone =
      (known > 0 && (await this.#saveCounters(lease, known, number, changes))) ||
      (await this.#saveAll(lease, known, number, changes, replace));
    if (!isDone) return false;
    await this.#replicas?.have(lease.name, connection!);
    this.#numbers.acknowledge(lease, number);
    return true;
  }

  list(options: Required<ListOptions>): Promise<SessionInfo[]> {
    return this.#catalogue.list(options);
  }

  info(name: string): Promise<SessionInfo | null> {
    return this.#catalogue.info(name);
  }

  async delete(name: string): Promise<'deleted' | 'absent' | StoreHolder> {
    const answer = await this.#server.run(SCRIPTS.delete, this.#keys.all(name), []);
    const [outcome, ...found] = (answer as Reply[]).map(textOf);
    if (outcome === 'held') return holderOf(placeOf(name), found[0]!, found[1]!, found[2]!);
    const { names, until } = this.#keys;
    await this.#catalogue.move(name, [names, until, ...this.#indexes(name, ...found)]);
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

  async close(): Promise<void> {
    this.#replicas?.close();
  }

  /** False where it is not only about counters, or more was written since. */
  async #saveCounters(
    { name, fence }: LeaseRef,
    known: number,
    number: number,
    changes: SessionChanges,
  ): Promise<boolean> {
    const counters = counterArguments(changes);
    if (counters === null) return false;
    const keys = [this.#keys.session(name), this.#keys.channels(name)];
    const args = [String(fence), String(known), String(number), ...counters];
    return isYes(await this.#server.run(SCRIPTS.saveCounters, keys, args));
  }

  async #saveAll(
    { name, fence }: LeaseRef,
    known: number,
    number: number,
    changes: SessionChanges,
    replace: boolean,
  ): Promise<boolean> {
    const args = [String(fence), String(known), ...saveArguments(changes, number, replace)];
    const answer = await this.#server.run(SCRIPTS.save, this.#sessionKeys(name), args);
    if (!Array.isArray(answer)) {
      if (String(answer) === FORGOT) throw forgotError(this.what, name);
      return false;
    }
    const [there, before] = answer.slice(1).map((each) => textOf(each) ?? '');
    const after = userAfter(changes, replace, before!);
    if (there === '' || replace || before !== after) {
      const staying = this.#indexes(name, after);
      const gone = this.#indexes(name, before!).filter((index) => !staying.includes(index));
      await this.#catalogue.move(name, gone);
    }
    return true;
  }

  async #note(name: string, fields: string[]): Promise<boolean> {
    const answer = await this.#server.run(SCRIPTS.note, [this.#keys.session(name)], fields);
    if (!Array.isArray(answer) || answer.length === 0) return false;
    await this.#catalogue.move(name, this.#indexes(name, null, ...answer.slice(1).map(textOf)));
    return true;
  }

  /** The indexes of what scripts give of a session as it was. One whose fields are damaged was in none for them. */
  #indexes(name: string, ...[user, status, label, tags, phone]: (string | null | undefined)[]): string[] {
    const at = placeOf(name);
    return indexesOf(this.#keys, {
      user: unlessDamaged(() => userOf(at, user ?? null)),
      ...(status && { status: status as SessionStatus }),
      label: label || null,
      tags: unlessDamaged(() => tagsOf(at, tags ?? null)) ?? [],
      phone: phone || null,
    });
  }

  #sessionKeys(name: string): string[] {
    return [this.#keys.session(name), this.#keys.dcs(name), this.#keys.channels(name)];
  }
}

/** What the script that saves says where the server has lost saves. */
const FORGOT = '-1';

/** The user as it is kept after a save; empty for none. */
function userAfter({ user }: SessionChanges, replace: boolean, before: string): string {
  if (user === undefined) return replace ? '' : before;
  return user === null ? '' : userText(user);
}

function unlessDamaged<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
