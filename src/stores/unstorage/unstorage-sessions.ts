/** {@link UnstorageSessions}: many sessions in any driver of unstorage. */

import { checkObject, checkText, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import type { Session } from '../../session.ts';
import { sessionFromText, sessionToText } from '../../session-text.ts';
import { Turns } from '../../turns.ts';
import {
  checkDetails,
  checkFilter,
  checkListOptions,
  checkSessionOptions,
  checkStatus,
  checkStatusReason,
} from '../checks.ts';
import { fits } from '../find.ts';
import { checkName, compareNames } from '../names.ts';
import { type Notes, noNotes, notesFromText, notesToText, withDetails, withStatus } from '../notes.ts';
import { needsLeases, notThere } from '../refusals.ts';
import type {
  ClaimOptions,
  ListOptions,
  SessionDetails,
  SessionFilter,
  SessionInfo,
  SessionStatus,
  SessionStore,
  StoredSession,
  StoredSessionOptions,
} from '../store.ts';
import { calling, fromKey, type Texts, toKey, type UnstorageLike } from './items.ts';
import { Slots } from './slots.ts';
import { UnstorageSession } from './unstorage-session.ts';

/** Options of {@link UnstorageSessions}. */
export interface UnstorageSessionsOptions {
  /**
   * Must be true, so that it is said knowingly: **nothing keeps two users from one session.** The drivers have no way to
   * write on a condition, so there is no hold and no lease. Telegram destroys a key that two clients use: see to it that
   * each session has one user.
   */
  shared: true;
  /** What the keys begin with. Default `tgsession`. */
  base?: string;
  /** Hears of sessions that lists leave out as they cannot be read. */
  logger?: { warn(message: string): void };
}

const SESSION_TEXTS: Texts<Session> = { toText: sessionToText, fromText: sessionFromText };
const NOTES_TEXTS: Texts<Notes> = { toText: notesToText, fromText: notesFromText };

/** How many sessions are read at the same time. */
const AT_ONCE = 50;

/**
 * Sessions in any driver of [unstorage](https://unstorage.unjs.io): files, Redis, S3, Cloudflare KV, whatever it has. A
 * place to keep them, without hold, leases or claims, and without peers.
 *
 * A save is one write, as durable as the driver makes it; a write that is cut off leaves the save before. Sessions lie there
 * as text **with their keys**: keep others from it (of files it makes, the driver for files takes no care of that).
 */
export class UnstorageSessions implements SessionStore {
  readonly #storage: UnstorageLike;
  readonly #base: string;
  readonly #logger: { warn(message: string): void } | undefined;
  /** Notes are read, changed and written one after the other, at least here. */
  readonly #noting = new Turns();

  /** @throws SessionError `UNSUPPORTED` without `shared: true`, `INVALID_VALUE` */
  constructor(storage: UnstorageLike, options: UnstorageSessionsOptions) {
    const { shared, base = 'tgsession', logger } = (options ?? {}) as Partial<UnstorageSessionsOptions>;
    if (shared !== true) {
      throw new SessionError(
        'UNSUPPORTED',
        'Drivers of unstorage cannot write on a condition, so UnstorageSessions cannot keep a second user from a session. Use PostgreSQL, Redis or a folder; or pass { shared: true } if you see to it that each session has one user.',
      );
    }
    checkObject('storage', '', storage);
    checkText('options', 'base', base, 128);
    if (!/^[\w-]+(?::[\w-]+)*$/.test(base)) {
      refuse('options', 'base', 'words of letters, digits, "_" and "-", with ":" between them', base);
    }
    this.#storage = storage;
    this.#base = base;
    this.#logger = logger;
  }

  /** @throws SessionError `INVALID_VALUE`, `UNSUPPORTED` (`takeOver`) */
  session(name: string, options?: StoredSessionOptions): StoredSession {
    checkName(name);
    const checked = checkSessionOptions(options);
    if (checked.takeOver !== undefined) throw needsLeases('The option "takeOver"', String(this));
    return new UnstorageSession(name, this.#slots(name), checked, {
      where: `The session ${name} in ${this}`,
      statusOf: () => this.#notes(name),
      forgetNotes: () => this.#noting.take(() => this.#forgetNotes(name)),
      setStatus: (status, reason) => this.setStatus(name, status, reason),
    });
  }

  /** @throws SessionError `INVALID_VALUE`, `IO` */
  async list(options: ListOptions = {}): Promise<SessionInfo[]> {
    const { after, limit, filter } = checkListOptions(options);
    const page: SessionInfo[] = [];
    for await (const info of this.#walk(filter, after, limit)) {
      page.push(info);
      if (page.length === limit) break;
    }
    return page;
  }

  /** @throws SessionError `INVALID_VALUE`, `IO` */
  find(filter: SessionFilter): AsyncIterable<SessionInfo> {
    return this.#walk(checkFilter(filter), null, AT_ONCE);
  }

  /** @throws SessionError `INVALID_VALUE`, `DAMAGED`, `IO` */
  async info(name: string): Promise<SessionInfo | null> {
    checkName(name);
    const [kept, notes] = await Promise.all([this.#slots(name).read(), this.#notes(name)]);
    if (kept === null) return null;
    const { user } = kept.value;
    return {
      ...notes,
      name,
      user: user && { id: user.id, dc: user.dc, bot: user.bot, username: user.username },
      savedAt: kept.savedAt,
      holder: null,
      takenOver: null,
    };
  }

  /** Always refused. @throws SessionError `UNSUPPORTED` */
  async claim(_options?: ClaimOptions): Promise<StoredSession[]> {
    throw needsLeases('A claim', String(this));
  }

  /** @throws SessionError `INVALID_VALUE`, `IO` */
  async delete(name: string): Promise<boolean> {
    const slots = this.#slots(checkName(name));
    return this.#noting.take(async () => {
      const wasThere = await slots.remove();
      // Last: without them a dead session would be one that is ok.
      await this.#forgetNotes(name);
      return wasThere;
    });
  }

  /** @throws SessionError `NOT_FOUND`, `INVALID_VALUE`, `IO` */
  async setStatus(name: string, status: SessionStatus, reason?: string | null): Promise<void> {
    checkName(name);
    const [toStatus, why] = [checkStatus(status), checkStatusReason(reason)];
    await this.#note(name, (notes) => withStatus(notes, toStatus, why));
  }

  /** @throws SessionError `NOT_FOUND`, `INVALID_VALUE`, `IO` */
  async describe(name: string, details: SessionDetails): Promise<void> {
    checkName(name);
    const checked = checkDetails(details);
    await this.#note(name, (notes) => withDetails(notes, checked));
  }

  /** Waits for what is under way. The storage of unstorage stays as it is. */
  async close(): Promise<void> {
    await this.#noting.take(async () => {});
  }

  toString(): string {
    return `UnstorageSessions(${this.#base})`;
  }

  async *#walk(filter: SessionFilter, after: string | null, limit: number): AsyncGenerator<SessionInfo> {
    const names = (await this.#names()).filter((name) => after === null || compareNames(name, after) > 0);
    const size = Math.min(AT_ONCE, limit);
    for (let i = 0; i < names.length; i += size) {
      const some = names.slice(i, i + size).map((name) => this.#infoOrTell(name));
      for (const info of await Promise.all(some)) if (info !== null && fits(info, filter)) yield info;
    }
  }

  async #names(): Promise<string[]> {
    const base = `${this.#base}:sessions`;
    const keys = await calling('A list', () => this.#storage.getKeys(base));
    const names = new Set<string>();
    for (const key of keys) {
      if (!key.startsWith(`${base}:`)) continue;
      const [own, slot, more] = key.slice(base.length + 1).split(':');
      const name = slot === undefined || more !== undefined ? null : fromKey(own!);
      if (name !== null) names.add(name);
    }
    return [...names].sort(compareNames);
  }

  async #infoOrTell(name: string): Promise<SessionInfo | null> {
    try {
      return await this.info(name);
    } catch (error) {
      if (!(error instanceof SessionError) || error.code === 'IO') throw error;
      this.#logger?.warn(`The session ${name} was left out (${error.code}): ${error.message}`);
      return null;
    }
  }

  async #notes(name: string): Promise<Notes> {
    return (await this.#noteSlots(name).read())?.value ?? noNotes();
  }

  async #forgetNotes(name: string): Promise<void> {
    await this.#noteSlots(name).remove();
  }

  #note(name: string, change: (notes: Notes) => Notes): Promise<void> {
    return this.#noting.take(async () => {
      if ((await this.#slots(name).read()) === null) throw notThere(`The session ${name} in ${this}`);
      const slots = this.#noteSlots(name);
      const before = await slots.read();
      await slots.write(change(before?.value ?? noNotes()), before);
    });
  }

  #slots(name: string): Slots<Session> {
    return new Slots(this.#storage, this.#key('sessions', name), SESSION_TEXTS);
  }

  #noteSlots(name: string): Slots<Notes> {
    return new Slots(this.#storage, this.#key('notes', name), NOTES_TEXTS);
  }

  #key(kind: 'sessions' | 'notes', name: string): string {
    return `${this.#base}:${kind}:${toKey(name)}`;
  }
}
