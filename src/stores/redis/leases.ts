/** {@link Leases}: taking, claiming, renewing and giving back, in Redis. */

import { randomUUID } from 'node:crypto';
import { SessionError } from '../../errors.ts';
import type { LeaseRef, Taken, TakeOneRequest, TakeRequest } from '../backend.ts';
import { fits } from '../find.ts';
import type { SessionFilter } from '../store.ts';
import type { Catalogue } from './catalogue.ts';
import type { Reply } from './client.ts';
import { holderOf, placeOf, textOf } from './entries.ts';
import { indexOf } from './indexes.ts';
import type { Keys } from './keys.ts';
import { SCRIPTS } from './scripts.ts';
import type { Server } from './server.ts';

/** Names of sessions that may be free which are asked for in one go, at least and at most. */
const FEW = 100;
const MANY = 500;

/** How long the servers of a cluster may take to renew leases, as a part of their time; then they are asked again. */
const PATIENCE = 1 / 4;

/** What became of a try: when the lease ends that is there now, and ours if it is that. */
interface Tried {
  lease: LeaseRef | null;
  noted: [name: string, until: string] | null;
}

export class Leases {
  readonly #server: Server;
  readonly #keys: Keys;
  readonly #catalogue: Catalogue;

  constructor(server: Server, keys: Keys, catalogue: Catalogue) {
    this.#server = server;
    this.#keys = keys;
    this.#catalogue = catalogue;
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
    const [fence, , there] = found.map(textOf);
    // What its last writer may have left undone, and when the lease ends.
    if (there !== '')
      await this.#orGiveBack([{ name, fence: Number(fence) }], this.#catalogue.move(name, []));
    return { outcome: 'taken', fence: Number(fence) };
  }

  async claim(request: TakeRequest & { filter: SessionFilter; limit: number }): Promise<LeaseRef[]> {
    const { filter, limit } = request;
    const claimed: LeaseRef[] = [];
    for await (const names of this.#candidates(filter, limit)) {
      for (let i = 0; i < names.length && claimed.length < limit; ) {
        const some = names.slice(i, i + limit - claimed.length);
        i += some.length;
        const tries = await Promise.allSettled(some.map((name) => this.#try(request, name)));
        const tried = tries.filter((each) => each.status === 'fulfilled').map(({ value }) => value);
        claimed.push(...tried.map(({ lease }) => lease).filter((lease) => lease !== null));
        const failed = tries.find((each) => each.status === 'rejected');
        const noted = tried.map((each) => each.noted).filter((each) => each !== null);
        const end = failed === undefined ? this.#catalogue.lent(noted) : Promise.reject(failed.reason);
        await this.#orGiveBack(claimed, end);
      }
      if (claimed.length >= limit) break;
    }
    return claimed;
  }

  /** One server of a cluster that does not answer must not cost the leases on the others. */
  async renew(leases: readonly LeaseRef[], ttl: number): Promise<(boolean | Error)[]> {
    const late = this.#server.isCluster ? lateAfter(ttl * PATIENCE, this.#server.what) : null;
    const ends = await Promise.all(
      leases.map((lease) => {
        const renewing = this.#renew(lease, ttl);
        return late === null ? renewing : Promise.race([renewing, late.error]);
      }),
    );
    late?.stop();
    // It spares those who claim a look at what is held. That they would look is no reason to doubt, or to wait.
    const noted = leases.flatMap(({ name }, i) =>
      typeof ends[i] === 'string' ? [[name, ends[i]] as const] : [],
    );
    this.#catalogue.lent(noted).catch(() => {});
    const failed = ends.filter((end) => end instanceof Error);
    if (failed.length > 0 && failed.length === ends.length) throw failed[0];
    return ends.map((end) => (end instanceof Error ? end : end !== null));
  }

  async release({ name, fence }: LeaseRef): Promise<void> {
    const keys = [this.#keys.session(name), this.#keys.aside(name)];
    await this.#server.run(SCRIPTS.release, keys, [String(fence), this.#keys.released, name]);
    // Also when it was not ours any more: a client that sent it twice hears the second answer.
    await this.#catalogue.lent([[name, '0']]);
  }

  async expiries(names: readonly string[]): Promise<number[]> {
    if (names.length === 0) return [];
    const rows = names.map((name) => {
      const key = this.#keys.session(name);
      return this.#server.send(key, 'HMGET', key, 'holder', 'until');
    });
    const [now, ...found] = await Promise.all([this.#catalogue.now(), ...rows]);
    return found.map((row) => {
      const [holder, until] = Array.isArray(row) ? row.map(textOf) : [];
      return holder ? Number(until) - now : 0;
    });
  }

  /** The new end of a lease; null if it is not ours any more. */
  async #renew({ name, fence }: LeaseRef, ttl: number): Promise<string | null | Error> {
    try {
      const args = [String(fence), String(ttl)];
      const end = textOf(await this.#server.run(SCRIPTS.renew, [this.#keys.session(name)], args));
      return end === '0' ? null : end;
    } catch (error) {
      return error as Error;
    }
  }

  async #take({ taker, ttl }: TakeRequest, name: string, asked: string[]): Promise<Reply[]> {
    const { pid, host, label } = taker;
    const args = [JSON.stringify({ pid, host, label }), String(ttl), ...asked, randomUUID()];
    return (await this.#server.run(SCRIPTS.take, [this.#keys.session(name)], args)) as Reply[];
  }

  async #try(request: TakeRequest & { filter: SessionFilter }, name: string): Promise<Tried> {
    const asked = ['0', '0', '', '1', request.filter.status ?? ''];
    const [outcome, ...found] = await this.#take(request, name, asked);
    const [first, second, third] = found.map(textOf);
    if (outcome === 'taken') return { lease: { name, fence: Number(first) }, noted: [name, second!] };
    return { lease: null, noted: outcome === 'held' ? [name, third!] : null };
  }

  /** Names of sessions that may be free and may fit, some at a time. */
  async *#candidates(filter: SessionFilter, limit: number): AsyncGenerator<string[]> {
    const chunk = Math.min(Math.max(limit, FEW), MANY);
    const index = indexOf(this.#keys, filter);
    if (index === null) return yield* this.#free(chunk);
    const isShorter = filter.status === 'ok' && (await this.#fewerAreFreeThanIn(index));
    for await (const names of isShorter ? this.#free(chunk) : this.#catalogue.names(index, null, chunk)) {
      const infos = await this.#catalogue.look(names);
      // One that is damaged is nobody's to claim, and keeps nobody from the others.
      yield names.filter((_, i) => {
        const info = infos[i]!;
        return info !== null && !(info instanceof Error) && info.holder === null && fits(info, filter);
      });
    }
  }

  /** Where most are held, it is those that are free which are gone through. */
  async #fewerAreFreeThanIn(index: string): Promise<boolean> {
    const { until } = this.#keys;
    const now = String(await this.#catalogue.now());
    const counts = [
      this.#server.send(until, 'ZCOUNT', until, '-inf', now),
      this.#server.send(index, 'ZCARD', index),
    ];
    const [free, all] = await Promise.all(counts);
    return Number(free) < Number(all);
  }

  /** Names of sessions that are ok and whose lease has ended, as far as that was noted. */
  async *#free(chunk: number): AsyncGenerator<string[]> {
    const { until } = this.#keys;
    const now = String(await this.#catalogue.now());
    const seen = new Set<string>();
    for (;;) {
      // Those that were taken, or were held, are noted as such now, and so are not among them again.
      const left = String(seen.size);
      const range = [until, '-inf', now, 'LIMIT', left, String(chunk)];
      const page = (await this.#server.send(until, 'ZRANGEBYSCORE', ...range)) as Reply[];
      yield page.map(String);
      if (page.length < chunk) return;
      const still = (await this.#server.send(until, 'ZMSCORE', until, ...page.map(String))) as Reply[];
      for (const [i, name] of page.entries())
        if (Number(still[i] ?? Number.POSITIVE_INFINITY) <= Number(now)) seen.add(String(name));
    }
  }

  /** Waits for what follows on taking leases. Should it fail, they are not kept from others. */
  async #orGiveBack(leases: LeaseRef[], end: Promise<void>): Promise<void> {
    try {
      await end;
    } catch (error) {
      await Promise.allSettled(leases.map((lease) => this.release(lease)));
      throw error;
    }
  }
}

/** An error for what takes longer than so many milliseconds. */
function lateAfter(ms: number, what: string): { error: Promise<Error>; stop(): void } {
  let stop = () => {};
  const error = new Promise<Error>((resolve) => {
    const text = `${what}: a server did not answer for ${Math.round(ms)} ms. Whether leases were renewed is not known.`;
    const timer = setTimeout(() => resolve(new SessionError('IO', text)), ms);
    stop = () => clearTimeout(timer);
  });
  return { error, stop };
}
