/** {@link SqliteSession}: a session in one file. */

import type { AsideStore } from '../aside.ts';
import { checkObject } from '../check.ts';
import { SessionError } from '../errors.ts';
import { checkMaxPeers } from '../peers/check.ts';
import type { PeerStore } from '../peers.ts';
import { Session } from '../session.ts';
import type { StatusStore } from '../status.ts';
import type { Storage } from '../storage.ts';
import { Turns } from '../turns.ts';
import { sqlDriver } from './driver.ts';
import { realPath, sessionPath } from './path.ts';
import { SessionFile } from './session-file.ts';
import { SqliteAside } from './sqlite-aside.ts';
import { SqlitePeers } from './sqlite-peers.ts';
import { SqliteStatus } from './sqlite-status.ts';

/** Options of a {@link SqliteSession}. */
export interface SqliteSessionOptions {
  /**
   * Give up the hold, knowingly: others may open the session too. A save of theirs between two of ours is noticed
   * (`CHANGED`), never half overwritten. Telegram still destroys a key that two clients use.
   */
  shared?: boolean;
  /** How long `load()` waits for the holder to let go, in milliseconds. Default 0: it is refused at once. */
  wait?: number;
  /** Ends that wait. */
  signal?: AbortSignal;
  /** What this holder calls itself, for whoever is refused: the name of a service, say. */
  label?: string;
  /** Turn a Telethon v1 file (schema 1 to 8) into a v2 file when it is loaded; a backup is kept beside it. */
  migrate?: boolean;
  /** Hears what is worth knowing but no error: readable by others, tolerated oddities, what a migration did. */
  logger?: { warn(message: string): void };
  /** How long to wait for another program's lock on the file, in milliseconds. Default 5000. */
  lockTimeout?: number;
  /**
   * How many peers are kept at most; when there are more, those that were seen least recently go. Default 1,000,000,
   * which take about 80 MB on the disk.
   */
  maxPeers?: number;
}

/**
 * A session in one file: a Telethon v2 session file, which the real Telethon reads and writes too.
 *
 * - **Durable**: when `save()` resolves, it is on disk (SQLite, synchronous FULL or EXTRA). A kill at any moment
 *   leaves the old session or the new one.
 * - **Held**: from `load()` to `close()` nobody else can use it; a second user gets a `SessionHeldError`. The hold
 *   ends with the process, however it ends.
 * - **Cheap to save**: the changed rows and one fsync; nothing if nothing changed.
 * - **Never wiped**: what is not a sound session file of a known version is refused, and not touched.
 *
 * ```ts
 * import { openSession } from 'tgsession';
 * import { SqliteSession } from 'tgsession/sqlite';
 *
 * const opened = await openSession(new SqliteSession('alice')); // alice.session
 * // …
 * await opened.close();
 * ```
 */
export class SqliteSession implements Storage {
  /** The file, as an absolute path. */
  readonly path: string;
  /**
   * Whom the account has met, in further tables of the file, made when the first peer is put. They belong to the user and
   * to the key of the user's data centre: after a new login those of the one before are not found, and the next `put`
   * removes them. A `put` is one transaction and one fsync, as durable as a save, and held up by nothing but saves.
   *
   * Its calls throw SessionError `CLOSED` before `load()` and after `close()`, `NOT_FOUND` (a `put` when the file has no
   * key yet), `CHANGED`, `LOCKED`, `IO`, and `NEWER_VERSION` if a newer tgsession keeps its peers otherwise.
   */
  readonly peers: PeerStore;
  /**
   * Sessions kept aside, in a further table of the file, made when the first one is put. A call is one transaction and one
   * fsync, as durable as a save; what is forgotten is overwritten.
   *
   * Its calls throw SessionError `CLOSED` before `load()` and after `close()`, `CHANGED`, `LOCKED`, `IO`, `INVALID_VALUE`,
   * and `NEWER_VERSION` if a newer tgsession keeps them otherwise.
   */
  readonly aside: AsideStore;
  /**
   * What Telegram said of the session when it was asked last (`tgsession check`), in a further table of the file, made when
   * it is put first. A `put` is one transaction and one fsync.
   *
   * Its calls throw SessionError `CLOSED` before `load()` and after `close()`, `NOT_FOUND` (a `put` when there is no file
   * yet), `CHANGED`, `LOCKED`, `IO`, `INVALID_VALUE`, and `NEWER_VERSION` if a newer tgsession keeps it otherwise.
   */
  readonly status: StatusStore;
  readonly #options: SqliteSessionOptions;
  #file: SessionFile | null = null;
  #closed = false;
  readonly #turns = new Turns();
  #loading = 0;
  #stopWaiting: AbortController | null = null;

  /**
   * @param path the file; `.session` is added where its name has no suffix
   * @throws SessionError `INVALID_PATH`, `INVALID_VALUE`
   */
  constructor(path: string | URL, options: SqliteSessionOptions = {}) {
    this.path = sessionPath(path);
    this.#options = options;
    const maxPeers = checkMaxPeers(options.maxPeers ?? 1_000_000);
    this.peers = new SqlitePeers(this.path, maxPeers, (call) => this.#inFile(call));
    this.aside = new SqliteAside((call) => this.#inFile(call));
    this.status = new SqliteStatus((call) => this.#inFile(call));
  }

  /**
   * Takes the session and reads it; null if there is no file. Writes nothing, unless it migrates.
   *
   * @throws SessionError `HELD` (a {@link SessionHeldError}), `ABORTED`, `LOCKED`, `NOT_SQLITE`, `DAMAGED`,
   * `FOREIGN_DATABASE`, `BAD_VERSION`, `NEWER_VERSION`, `NEEDS_MIGRATION`, `INVALID_VALUE`, `IO`, `NO_DRIVER`
   */
  load(): Promise<Session | null> {
    this.#closed = false;
    this.#loading++;
    return this.#turns.take(async () => {
      const isTaken = this.#file !== null;
      try {
        if (this.#closed) throw this.#closedWhileLoading();
        return await (await this.#take()).load();
      } catch (error) {
        // Who could not read it does not keep others from it.
        if (!isTaken) this.#release();
        throw error;
      } finally {
        this.#loading--;
      }
    });
  }

  /**
   * Keeps a session. When this resolves it is on disk; when it rejects, the one saved before is whole.
   * Before any `load()`, this takes the session and replaces what is there.
   *
   * @throws SessionError `INVALID_VALUE`, `CHANGED`, `LOCKED`, `IO`, `CLOSED`, and what `load()` throws
   */
  save(session: Session): Promise<void> {
    if (this.#closed) {
      return Promise.reject(
        new SessionError('CLOSED', `${this.path} was closed, so nothing was saved. load() opens it again.`),
      );
    }
    // What is saved is the session as it is now. With the file at hand what changed is found before this returns;
    // otherwise it has to be copied.
    const file = this.#file;
    if (file !== null && this.#turns.isFree) return this.#turns.take(() => file.save(session));
    try {
      const copy = new Session(checkObject('Session', '', session));
      return this.#turns.take(async () => (await this.#take()).save(copy));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Gives the session back, after saves under way; ends a `load()` that still waits. May be called twice. */
  close(): Promise<void> {
    this.#closed = true;
    if (this.#loading > 0) this.#stopWaiting?.abort(this.#closedWhileLoading());
    return this.#turns.take(async () => this.#release());
  }

  /**
   * Removes the session for good: the file is overwritten and removed, with everything beside it and the backups
   * that a migration made. What a file system keeps elsewhere (snapshots, worn flash cells) is beyond reach.
   *
   * @throws SessionError `HELD`, `IO`
   */
  delete(): Promise<void> {
    this.#closed = true;
    return this.#turns.take(async () => {
      const file = await this.#take();
      try {
        await file.delete();
      } finally {
        this.#release();
      }
    });
  }

  toString(): string {
    return `SqliteSession(${this.path})`;
  }

  /** Runs a call on the file, which must be open by then. */
  #inFile<T>(call: (file: SessionFile) => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      if (this.#file !== null) return call(this.#file);
      throw new SessionError(
        'CLOSED',
        `${this.path} is not open, so nothing in it is at hand. load() opens it.`,
      );
    });
  }

  async #take(): Promise<SessionFile> {
    if (this.#file !== null) return this.#file;
    const { shared = false, wait = 0, signal, label = null, migrate = false, logger } = this.#options;
    const { lockTimeout = 5000 } = this.#options;
    this.#stopWaiting = new AbortController();
    const closing = this.#stopWaiting.signal;
    this.#file = await SessionFile.take(await sqlDriver(), realPath(this.path), {
      shared,
      wait,
      signal: signal === undefined ? closing : AbortSignal.any([signal, closing]),
      label,
      migrate,
      lockTimeout,
      warn: (message) => logger?.warn(message),
    });
    return this.#file;
  }

  #closedWhileLoading(): SessionError {
    return new SessionError('CLOSED', `${this.path} was closed while it was being loaded.`);
  }

  #release(): void {
    const file = this.#file;
    this.#file = null;
    file?.release();
  }
}
