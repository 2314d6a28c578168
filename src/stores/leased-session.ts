/** {@link LeasedSession}: one session of a store with leases. */

import type { AsideStore } from '../aside.ts';
import { LastSaved, type SessionChanges } from '../changes.ts';
import { checkObject } from '../check.ts';
import { SessionError } from '../errors.ts';
import { type Login, loginOf } from '../login.ts';
import type { PeerStore } from '../peers.ts';
import { Session } from '../session.ts';
import type { StatusStore } from '../status.ts';
import { Turns } from '../turns.ts';
import { Lease } from './lease.ts';
import { LeaseHeldError, LeaseLostError } from './lease-errors.ts';
import { LeasedAside } from './leased-aside.ts';
import { LeasedPeers } from './leased-peers.ts';
import { LeasedStatus } from './leased-status.ts';
import type { SessionStatus, StoredSession, StoredSessionOptions } from './store.ts';
import { giveBack, type StoreCore, takeOne } from './store-core.ts';
import { abortError } from './waiting-room.ts';

/** What is known of what is stored. Only the holder writes, so it stays true. */
interface Known {
  saved: LastSaved;
  isThere: boolean;
}

/** What a save has to write. */
interface Change {
  /** Null for nothing. */
  changes: ReturnType<LastSaved['changesTo']>;
  /** What takes the changes over once they are written. */
  saved: LastSaved;
  /** Whether it is all there already. */
  isWritten: boolean;
  /** The login that is stored afterwards. */
  login: Login | null;
}

/** A session that is open. */
export interface OpenLease {
  readonly lease: Lease;
  /** The login that is stored, or null. */
  readonly login: Login | null;
}

/** One session of a store with leases, see `StoredSession`. */
export class LeasedSession implements StoredSession {
  readonly name: string;
  readonly peers: PeerStore;
  readonly aside: AsideStore;
  /** What Telegram said last. It is the status in the store: a session that is not alive is dead there. */
  readonly status: StatusStore;
  readonly #core: StoreCore;
  readonly #options: StoredSessionOptions;
  #lease: Lease | null;
  /** Null when a save failed, so that nobody knows what came of it. */
  #known: Known | null = null;
  #login: Login | null = null;
  #closed = false;
  readonly #turns = new Turns();
  #loading = 0;
  #stopWaiting = new AbortController();

  /**
   * @param options checked already
   * @param lease of a session that was taken already
   */
  constructor(core: StoreCore, name: string, options: StoredSessionOptions, lease: Lease | null = null) {
    this.name = name;
    this.#core = core;
    this.#options = options;
    this.#lease = lease;
    const inLease = <T>(call: (open: OpenLease) => Promise<T>) => this.#inLease(call);
    this.peers = new LeasedPeers(core, inLease);
    this.aside = new LeasedAside(core, inLease);
    this.status = new LeasedStatus(core, inLease);
  }

  /** Aborts when the session is no longer ours; see `Lease`. Another one after each `load()` that takes the session. */
  get held(): AbortSignal {
    return this.#lease?.held ?? NOT_HELD;
  }

  /** @throws SessionError `HELD`, `DEAD`, `WRONG_USER`, `ABORTED`, `CLOSED`, `LEASE_LOST`, `DAMAGED`, `INVALID_VALUE`, `IO` */
  load(): Promise<Session | null> {
    this.#closed = false;
    this.#loading++;
    return this.#turns.take(async () => {
      const had = this.#lease;
      try {
        if (this.#closed) throw this.#closedWhileLoading();
        const lease = await this.#take();
        const session = await this.#core.backend.read(this.name);
        lease.check();
        this.#checkUser(session);
        this.#known = { saved: new LastSaved(session), isThere: session !== null };
        this.#login = session && loginOf(session);
        return session;
      } catch (error) {
        // Who could not read it does not keep others from it.
        if (had === null) await this.#giveBack().catch((second) => this.#core.onError(second));
        throw error;
      } finally {
        this.#loading--;
      }
    });
  }

  /** @throws SessionError `LEASE_LOST`, `WRONG_USER`, `INVALID_VALUE`, `CLOSED`, `IO`, and what `load()` throws */
  save(session: Session): Promise<void> {
    if (this.#closed) {
      return Promise.reject(
        new SessionError(
          'CLOSED',
          `The session ${this.name} was closed, so nothing was saved. load() opens it again.`,
        ),
      );
    }
    try {
      // What is saved is the session as it is now: what changed is found before this returns, or it is copied.
      if (this.#turns.isFree && this.#lease !== null) {
        const change = this.#changesTo(session);
        return this.#turns.take(() => this.#write(this.#lease!, change));
      }
      const copy = new Session(checkObject('Session', '', session));
      return this.#turns.take(async () => {
        // One that was lost meanwhile is not taken again: somebody else may have saved what is newer than this.
        const lease = this.#lease ?? (await this.#take());
        return this.#write(lease, this.#changesTo(copy));
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    if (this.#loading > 0) this.#stopWaiting.abort(this.#closedWhileLoading());
    return this.#turns.take(() => this.#giveBack());
  }

  async setStatus(status: SessionStatus, reason: string | null = null): Promise<void> {
    await this.#core.setStatus(this.name, status, reason);
  }

  toString(): string {
    return `${this.name} in ${this.#core.backend.what}`;
  }

  #inLease<T>(call: (open: OpenLease) => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      const lease = this.#lease;
      if (lease === null) {
        throw new SessionError(
          'CLOSED',
          `The session ${this.name} is not open, so nothing of it is at hand. load() opens it.`,
        );
      }
      lease.check();
      return call({ lease, login: this.#login });
    });
  }

  async #take(): Promise<Lease> {
    if (this.#lease !== null && !this.#lease.held.aborted) return this.#lease;
    if (this.#lease !== null) await this.#giveBack();
    this.#stopWaiting = new AbortController();
    this.#core.opened(this);
    try {
      await this.#core.ready();
      this.#lease = await this.#takeOrWait();
      return this.#lease;
    } catch (error) {
      this.#core.closed(this);
      throw error;
    }
  }

  async #takeOrWait(): Promise<Lease> {
    const core = this.#core;
    const { wait = 0, signal } = this.#options;
    const closing = this.#stopWaiting.signal;
    const stop = signal === undefined ? closing : AbortSignal.any([signal, closing]);
    if (stop.aborted) throw abortError(stop);
    const first = await this.#tryToTake();
    if (first instanceof Lease) return first;
    const deadline = core.clock.now() + wait;
    if (wait === 0) throw new LeaseHeldError(this.name, first.holder);
    const ticket = await core.room.enter(this.name);
    try {
      for (;;) {
        const next = await this.#tryToTake();
        if (next instanceof Lease) {
          if (!stop.aborted) return next;
          await giveBack(core, next);
          throw abortError(stop);
        }
        const left = deadline - core.clock.now();
        if (left <= 0) throw new LeaseHeldError(this.name, next.holder);
        await ticket.turn(next.expiresIn, left, stop);
      }
    } finally {
      ticket.leave();
    }
  }

  async #tryToTake() {
    const { label, dead = false, takeOver = null } = this.#options;
    const taken = await takeOne(this.#core, {
      name: this.name,
      taker: this.#core.taker(label),
      dead,
      takeOver,
    });
    if (taken instanceof Lease || taken.outcome === 'held') return taken;
    throw deadError(this.name, taken.reason);
  }

  /** What a save has to write, checked; null for nothing. Throws also if the session is lost. */
  #changesTo(session: Session): Change {
    this.#lease?.check();
    this.#checkUser(session);
    const known = this.#known;
    const saved = known?.saved ?? new LastSaved(null);
    const changes = saved.changesTo(session);
    const { dcsPut, dcsGone, user } = changes ?? NO_CHANGES;
    const isLoginSame = known !== null && dcsPut.length === 0 && dcsGone.length === 0 && user === undefined;
    return {
      changes,
      saved,
      isWritten: known?.isThere === true && changes === null,
      login: isLoginSame ? this.#login : loginOf(session),
    };
  }

  async #write(lease: Lease, change: Change): Promise<void> {
    lease.check();
    if (change.isWritten) return;
    const options = { replace: this.#known === null };
    // Should it fail, it may be written, or not: then the next save writes everything.
    this.#known = null;
    const { adopt = () => {}, ...changes } = change.changes ?? NO_CHANGES;
    if (!(await this.#core.backend.save(lease, changes, options))) {
      lease.lost();
      throw new LeaseLostError(this.name, 'somebody else has it');
    }
    adopt();
    this.#known = { saved: change.saved, isThere: true };
    this.#login = change.login;
  }

  #checkUser(session: Session | null): void {
    const { userId } = this.#options;
    const found = session?.user?.id;
    if (userId === undefined || found === undefined || found === userId) return;
    throw new SessionError(
      'WRONG_USER',
      `The session ${this.name} must be that of the user ${userId}, but is that of ${found}.`,
      { field: 'Session.user.id', found: String(found) },
    );
  }

  async #giveBack(): Promise<void> {
    const lease = this.#lease;
    this.#lease = null;
    this.#known = null;
    this.#login = null;
    this.#core.closed(this);
    if (lease !== null) await giveBack(this.#core, lease);
  }

  #closedWhileLoading(): SessionError {
    return new SessionError('CLOSED', `The session ${this.name} was closed while it was being loaded.`);
  }
}

/** The signal of a session that is not open. */
const NOT_HELD = new AbortController().signal;

const NO_CHANGES: SessionChanges & { adopt?: () => void } = {
  dcsPut: [],
  dcsGone: [],
  user: undefined,
  state: undefined,
  channelsPut: [],
  channelsGone: [],
};

/** The error for a session that is marked dead. */
export function deadError(name: string, reason: string | null): SessionError {
  return new SessionError(
    'DEAD',
    `The session ${name} is marked dead${reason === null ? '' : ` (${reason})`}. To have it all the same, say so with the option "dead"; to take the mark away, set its status.`,
  );
}
