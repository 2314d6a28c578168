/** {@link Beside}: what is written beside the session of a client, with the save that comes next. */

import { type AsideEntry, type AsideStore, MemoryAside } from '../aside.ts';
import { SessionError } from '../errors.ts';
import { Session } from '../session.ts';
import type { AuthKeyStatus } from '../status.ts';
import type { Storage } from '../storage.ts';

/** Who hears of it. */
export interface BesideOptions {
  /** A session is kept aside, durably. */
  onAside(entry: AsideEntry): void;
  onError(error: unknown): void;
}

/**
 * Sessions that are to be kept aside, what the server said of the session, and sessions kept aside that are to be forgotten.
 * The first two are durable before the session is saved that goes on without them; what is forgotten is forgotten after.
 */
export class Beside {
  readonly #storage: Storage;
  readonly #options: BesideOptions;
  #memory: MemoryAside | null = null;
  #toKeep: { session: Session; reason: string }[] = [];
  /** Ids of keys. */
  #toForget: string[] = [];
  #toNote: AuthKeyStatus | null = null;
  /** Ids of the keys whose sessions were kept since the session was loaded. */
  readonly #kept = new Set<string>();

  constructor(storage: Storage, options: BesideOptions) {
    this.#storage = storage;
    this.#options = options;
  }

  /** Sessions kept aside: those of the storage, or of this object if the storage keeps none. */
  get aside(): AsideStore {
    this.#memory ??= this.#storage.aside === undefined ? new MemoryAside() : null;
    return this.#storage.aside ?? this.#memory!;
  }

  /** The session was loaded: nothing of it was kept yet. */
  begin(): void {
    this.#kept.clear();
  }

  /** Keeps a session as it is now, unless one with its key was kept: what a client made of it since is no better. */
  keep(session: Session, reason: string, keyId: string): void {
    if (this.#kept.has(keyId)) return;
    this.#keepNow(session, reason, keyId);
  }

  /** Keeps a session with what the server said of it, in the place of one with its key, and notes that. */
  keepDead(session: Session, status: AuthKeyStatus & { reason: string }): void {
    this.#toNote = status;
    this.#keepNow(session, status.reason, status.keyId);
  }

  /** Forgets what is aside with a key. */
  forget(keyId: string): void {
    this.#toForget.push(keyId);
    this.#kept.delete(keyId);
  }

  /** Whether there is something that has to be durable before the session is saved. */
  get isWaiting(): boolean {
    return this.#toKeep.length > 0 || this.#toNote !== null;
  }

  /**
   * Writes what waits. Afterwards more may wait.
   *
   * @param check throws if nothing may be written any more
   */
  async write(check: () => void): Promise<void> {
    for (let next = this.#toKeep[0]; next !== undefined; next = this.#toKeep[0]) {
      const entry = await this.aside.put(next.session, next.reason);
      this.#toKeep.shift();
      if (this.#storage.aside === undefined) this.#options.onError(notDurable(entry));
      this.#options.onAside(entry);
      check();
    }
    if (this.#toNote === null) return;
    const note = this.#toNote;
    await this.#storage.status?.put(note);
    if (this.#toNote === note) this.#toNote = null;
    check();
  }

  /** What is to be forgotten once the session is saved as it is now. */
  toForget(): readonly string[] {
    return [...this.#toForget];
  }

  /** Forgets it. */
  async forgetAll(keyIds: readonly string[]): Promise<void> {
    if (keyIds.length === 0) return;
    for (const { id, keyId } of await this.aside.list()) {
      if (keyId !== null && keyIds.includes(keyId)) await this.aside.forget(id);
    }
    this.#toForget = this.#toForget.filter((keyId) => !keyIds.includes(keyId));
  }

  #keepNow(session: Session, reason: string, keyId: string): void {
    this.#kept.add(keyId);
    this.#toKeep.push({ session: new Session(session), reason });
  }
}

function notDurable({ keyId, reason }: AsideEntry): SessionError {
  return new SessionError(
    'CANNOT_HOLD',
    `This storage keeps no sessions aside: the one with the key ${keyId} (${reason}) is in memory only, and gone with this process. Its "aside" store has it: save it elsewhere.`,
  );
}
