/** {@link MemoryBackend}: a store with leases in memory; also the plainest telling of what a backend does. */

import { entryOf } from '../../aside.ts';
import type { SessionChanges } from '../../changes.ts';
import { holderText } from '../../errors.ts';
import { Session } from '../../session.ts';
import type {
  AsideBackend,
  Backend,
  LeaseRef,
  PeerBackend,
  SaveOptions,
  Taken,
  TakeOneRequest,
  TakeRequest,
  Taker,
} from '../backend.ts';
import { fits } from '../find.ts';
import { compareNames } from '../names.ts';
import type {
  ListOptions,
  SessionDetails,
  SessionFilter,
  SessionInfo,
  SessionStatus,
  StoreHolder,
} from '../store.ts';
import { changedSession } from './apply-changes.ts';
import { isOurs, type MemoryRow, newRow } from './memory-row.ts';

/** Keeps sessions in memory. Several stores may share one, as processes share a database. */
export class MemoryBackend implements Backend {
  readonly what = 'memory';
  readonly peers: PeerBackend = {
    login: async (name) => this.#rows.get(name)?.peers.login ?? null,
    get: async (name, keys) => this.#rows.get(name)?.peers.get(keys) ?? [],
    named: async (name, names) => this.#rows.get(name)?.peers.named(names) ?? [],
    page: async (name, after, limit) => this.#rows.get(name)?.peers.page(after, limit) ?? [],
    oldest: async (name, limit) => this.#rows.get(name)?.peers.oldest(limit) ?? [],
    count: async (name) => this.#rows.get(name)?.peers.size ?? 0,
    write: async (lease, changes) => this.#change(lease, (row) => row.peers.write(changes)),
  };
  readonly aside: AsideBackend = {
    list: async (name) =>
      (this.#rows.get(name)?.aside ?? []).map(({ entry, session }) => ({
        entry: { ...entry },
        session: new Session(session),
      })),
    put: async (lease, { session, reason, since, instead }) => {
      let id: string | null = null;
      this.#change(lease, (row) => {
        id = String(++row.lastAside);
        row.aside = row.aside.filter(({ entry }) => !instead.includes(entry.id));
        row.aside.push({ entry: entryOf(id, session, reason, since), session: new Session(session) });
      });
      return id;
    },
    delete: async (lease, id) =>
      this.#change(lease, (row) => {
        row.aside = row.aside.filter(({ entry }) => entry.id !== id);
      }),
  };
  readonly #now: () => number;
  readonly #rows = new Map<string, MemoryRow>();
  readonly #listeners = new Set<(name: string | null) => void>();

  /** @param now the time of the store, in unix milliseconds */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async prepare(): Promise<void> {}

  async take({ name, taker, ttl, dead, takeOver }: TakeOneRequest): Promise<Taken> {
    const row = this.#rows.get(name) ?? newRow(0);
    const holder = this.#holderOf(row);
    if (holder !== null && takeOver === null) {
      return { outcome: 'held', holder, expiresIn: row.until - this.#now() };
    }
    if (row.notes.status === 'dead' && !dead) return { outcome: 'dead', reason: row.notes.reason };
    if (holder !== null) {
      row.notes.takenOver = { reason: takeOver!, at: new Date(this.#now()), from: holderText(holder) };
    }
    this.#rows.set(name, row);
    return { outcome: 'taken', fence: this.#lend(row, taker, ttl) };
  }

  async claim(request: TakeRequest & { filter: SessionFilter; limit: number }): Promise<LeaseRef[]> {
    const free = this.#infos().filter(
      (info) => info.holder === null && info.status !== 'dead' && fits(info, request.filter),
    );
    return free.slice(0, request.limit).map(({ name }) => ({
      name,
      fence: this.#lend(this.#rows.get(name)!, request.taker, request.ttl),
    }));
  }

  async renew(leases: readonly LeaseRef[], ttl: number): Promise<boolean[]> {
    return leases.map((lease) =>
      this.#change(lease, (row) => {
        row.until = this.#now() + ttl;
      }),
    );
  }

  async release(lease: LeaseRef): Promise<void> {
    const isGiven = this.#change(lease, (row) => {
      row.holder = null;
    });
    if (isGiven) for (const listener of this.#listeners) listener(lease.name);
  }

  async expiries(names: readonly string[]): Promise<number[]> {
    return names.map((name) => {
      const row = this.#rows.get(name);
      return row === undefined || row.holder === null ? 0 : row.until - this.#now();
    });
  }

  async onRelease(listener: (name: string | null) => void): Promise<() => Promise<void>> {
    this.#listeners.add(listener);
    return async () => {
      this.#listeners.delete(listener);
    };
  }

  async read(name: string): Promise<Session | null> {
    const session = this.#rows.get(name)?.session ?? null;
    return session && new Session(session);
  }

  async save(
    lease: LeaseRef,
    changes: SessionChanges,
    { replace = false }: SaveOptions = {},
  ): Promise<boolean> {
    return this.#change(lease, (row) => {
      row.session = changedSession(replace ? null : row.session, changes);
      row.notes.savedAt = new Date(this.#now());
    });
  }

  async list({ after, limit, filter }: Required<ListOptions>): Promise<SessionInfo[]> {
    const behind = this.#infos().filter(({ name }) => after === null || compareNames(name, after) > 0);
    return behind.filter((info) => fits(info, filter)).slice(0, limit);
  }

  async info(name: string): Promise<SessionInfo | null> {
    const row = this.#rows.get(name);
    return row === undefined ? null : this.#infoOf(name, row);
  }

  async delete(name: string): Promise<'deleted' | 'absent' | StoreHolder> {
    const row = this.#rows.get(name);
    if (row === undefined) return 'absent';
    const holder = this.#holderOf(row);
    if (holder !== null) return holder;
    this.#rows.set(name, newRow(row.fence));
    return row.session === null ? 'absent' : 'deleted';
  }

  async setStatus(name: string, status: SessionStatus, reason: string | null): Promise<boolean> {
    return this.#note(name, { status, reason, statusSince: new Date(this.#now()) });
  }

  async describe(name: string, details: SessionDetails): Promise<boolean> {
    const { tags, ...rest } = details;
    return this.#note(name, { ...rest, ...(tags !== undefined && { tags: [...tags] }) });
  }

  async close(): Promise<void> {}

  #change(lease: LeaseRef, apply: (row: MemoryRow) => void): boolean {
    const row = this.#rows.get(lease.name);
    if (!isOurs(row, lease)) return false;
    apply(row);
    return true;
  }

  #lend(row: MemoryRow, { pid, host, label }: Taker, ttl: number): number {
    row.holder = { pid, host, label, since: new Date(this.#now()) };
    row.until = this.#now() + ttl;
    return ++row.fence;
  }

  #note(name: string, notes: Partial<MemoryRow['notes']>): boolean {
    const row = this.#rows.get(name);
    if (row === undefined || row.session === null) return false;
    Object.assign(row.notes, notes);
    return true;
  }

  #holderOf({ holder, until }: MemoryRow): StoreHolder | null {
    return holder === null || until <= this.#now() ? null : { ...holder, expires: new Date(until) };
  }

  #infoOf(name: string, row: MemoryRow): SessionInfo | null {
    if (row.session === null) return null;
    const { user } = row.session;
    const fields = user && { id: user.id, dc: user.dc, bot: user.bot, username: user.username };
    return structuredClone({ name, ...row.notes, user: fields, holder: this.#holderOf(row) });
  }

  #infos(): SessionInfo[] {
    const infos = [...this.#rows].map(([name, row]) => this.#infoOf(name, row));
    return infos.filter((info) => info !== null).sort((a, b) => compareNames(a.name, b.name));
  }
}
