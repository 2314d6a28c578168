/**
 * The seam every storage fits: three methods. And {@link openSession}, which calls them in the right order.
 *
 * @module
 */

import type { AsideStore } from './aside.ts';
import { SessionError } from './errors.ts';
import type { PeerStore } from './peers.ts';
import { Session } from './session.ts';
import type { StatusStore } from './status.ts';

/**
 * A place that keeps one session.
 *
 * - A session that `load()` returned and one that `save()` was given share nothing with what is stored: changing
 *   the object later changes nothing until it is saved.
 * - Calls may overlap; a storage puts them in order.
 */
export interface Storage {
  /**
   * Called before connecting. Resolves to the session saved last, or to null if there is none.
   * Where a storage guards against a second user, this takes the session.
   */
  load(): Promise<Session | null>;

  /**
   * Called after login, after logout, whenever keys change, and to keep the update state; at the latest before
   * disconnecting. When it resolves, the session is kept as durably as the storage promises. When it rejects,
   * the session saved before is still whole, and the storage can be used further.
   */
  save(session: Session): Promise<void>;

  /**
   * Called after disconnecting, **even if `save()` failed**. May be called twice. `load()` opens again.
   */
  close(): Promise<void>;

  /** Aborts when the exclusive use of the session is lost while it is open. Only on storages that can tell. */
  readonly held?: AbortSignal;

  /**
   * Whom the account has met, as a cache beside the session. Only on storages that keep it. It is open when the storage
   * is; before `load()` and after `close()` its calls are refused with `CLOSED`.
   */
  readonly peers?: PeerStore;

  /**
   * Sessions that were not to be lost, kept aside as durably as the one in use. Only on storages that can. It is open when
   * the storage is, as `peers` are.
   */
  readonly aside?: AsideStore;

  /**
   * What Telegram said of the session when it was asked last. Only on storages that keep it. It is open when the storage
   * is, as `peers` are.
   */
  readonly status?: StatusStore;
}

/** A session in use, from {@link openSession}. */
export interface OpenedSession extends AsyncDisposable {
  /** The session, to be read and changed. Empty if nothing was stored. */
  session: Session;
  /** Whether nothing was stored when it was opened. */
  readonly isNew: boolean;
  /** Keeps the session as it is now. @see Storage.save @throws SessionError `CLOSED` after `close()` */
  save(): Promise<void>;
  /**
   * Saves, then closes the storage, also if the save failed. A second call does nothing more; it comes to the
   * same end as the first. A new session that is still empty, and never was saved, is not saved: there is
   * nothing to keep.
   *
   * @throws what the save or the close threw; an `AggregateError` with both if both did
   */
  close(): Promise<void>;
}

/**
 * Opens a storage for the length of a client's run: loads before use, saves and closes at the end.
 *
 * ```ts
 * import { MemorySession, openSession } from 'tgsession';
 *
 * const opened = await openSession(new MemorySession());
 * try {
 *   // connect with opened.session, and after a login or a batch of updates:
 *   await opened.save();
 * } finally {
 *   await opened.close();
 * }
 * ```
 *
 * or `await using opened = await openSession(storage)`, where the runtime has it.
 *
 * @throws what `load()` threw; the storage is closed before
 */
export async function openSession(storage: Storage): Promise<OpenedSession> {
  let loaded: Session | null;
  try {
    loaded = await storage.load();
  } catch (error) {
    await inOrder([() => Promise.reject(error), () => storage.close()]);
    throw error;
  }
  const isNew = loaded === null;
  let stored = !isNew;
  let closing: Promise<void> | undefined;
  const saveNow = async () => {
    stored = true; // perhaps, also if it fails
    await storage.save(opened.session);
  };
  const opened: OpenedSession = {
    session: loaded ?? new Session(),
    isNew,
    async save() {
      if (closing !== undefined) {
        throw new SessionError('CLOSED', 'The session was closed, so nothing was saved. Open it again.');
      }
      await saveNow();
    },
    close() {
      const saveIfAny = async () => {
        if (stored || !opened.session.equals(new Session())) await saveNow();
      };
      closing ??= inOrder([saveIfAny, () => storage.close()]);
      return closing;
    },
    [Symbol.asyncDispose]: () => opened.close(),
  };
  return opened;
}

/** Runs every step, also after one failed, and throws what failed: one error as it is, several together. */
export async function inOrder(steps: (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    throw new AggregateError(errors, errors.map(messageOf).join(' And then: '));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something that is no Error was thrown';
}
