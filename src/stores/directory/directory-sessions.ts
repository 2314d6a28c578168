/** {@link DirectorySessions}: many sessions, each in a file of one folder. */

import { sqlDriver } from '../../sqlite/driver.ts';
import { SqliteSession, type SqliteSessionOptions } from '../../sqlite/index.ts';
import {
  checkClaimOptions,
  checkDetails,
  checkFilter,
  checkHolderLabel,
  checkListOptions,
  checkSessionOptions,
  checkStatus,
  checkStatusReason,
} from '../checks.ts';
import { closeAll } from '../close-all.ts';
import { checkName } from '../names.ts';
import { noNotes, withDetails, withStatus } from '../notes.ts';
import { needsLeases } from '../refusals.ts';
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
import { Catalogue } from './catalogue.ts';
import { claimIn } from './claim.ts';
import { DirectorySession } from './directory-session.ts';
import { fileOf, folderPath, otherCaseOf, realFileOf, refuseOtherCase } from './folder.ts';
import { FolderNotes } from './folder-notes.ts';
import { readNotes, removeNotes, withNotesLock } from './notes-file.ts';
import { UserReader } from './read-user.ts';
import { type SkippedOptions, tellSkipped } from './skipped.ts';

/** Options of {@link DirectorySessions}; but for `onSkipped` they are those of its `SqliteSession`s. */
export interface DirectorySessionsOptions
  extends SkippedOptions,
    Pick<SqliteSessionOptions, 'wait' | 'signal' | 'label' | 'maxPeers' | 'migrate' | 'lockTimeout'> {}

/**
 * Sessions as files of one folder: `alice` is `alice.session`, a `SqliteSession` like any other, with its hold. For one
 * machine: what is locked there is not on another one that mounts the folder.
 *
 * ```ts
 * import { DirectorySessions } from 'tgsession/directory';
 *
 * const store = new DirectorySessions('sessions');
 * const alice = store.session('alice');
 * const session = await alice.load();
 * // …
 * await alice.close();
 * for (const { name, status } of await store.list({ limit: 10 })) console.log(name, status);
 * await store.close();
 * ```
 *
 * Lists open no file for writing and work while sessions are held. What is noted of a session stands in a small file
 * beside it (`alice.session-notes`); move and copy both.
 */
export class DirectorySessions implements SessionStore {
  /** The folder, as an absolute path. It is made with the first session, for its owner alone. */
  readonly folder: string;
  readonly #options: DirectorySessionsOptions;
  readonly #reader: UserReader;
  readonly #catalogue: Catalogue;
  readonly #notes: FolderNotes;
  readonly #open = new Set<StoredSession>();

  /** @throws SessionError `INVALID_PATH`, `INVALID_VALUE` */
  constructor(folder: string | URL, options: DirectorySessionsOptions = {}) {
    this.folder = folderPath(folder);
    checkHolderLabel(options.label);
    this.#options = options;
    this.#reader = new UserReader(options.migrate ?? false);
    this.#catalogue = new Catalogue(this.folder, this.#reader, options);
    this.#notes = new FolderNotes(this.folder, this.#reader);
  }

  /** @throws SessionError `INVALID_VALUE`, `UNSUPPORTED` (`takeOver`) */
  session(name: string, options: StoredSessionOptions = {}): StoredSession {
    checkName(name);
    const checked = checkSessionOptions(options);
    if (checked.takeOver !== undefined) throw needsLeases('The option "takeOver"', String(this));
    const { onSkipped: _, ...usual } = this.#options;
    const { wait, signal, label } = checked;
    const storage = new SqliteSession(fileOf(this.folder, name), {
      ...usual,
      ...(wait !== undefined && { wait }),
      ...(signal !== undefined && { signal }),
      ...(label !== undefined && { label }),
    });
    return new DirectorySession(name, storage, checked, {
      where: this.#where(name),
      notes: () => {
        refuseOtherCase(this.folder, name);
        return readNotes(realFileOf(this.folder, name));
      },
      notesNow: async () => (await this.#notes.now(name)) ?? noNotes(),
      forgetNotes: () => this.#notes.forget(name),
      setStatus: (status, reason) => this.setStatus(name, status, reason),
      opens: (session) => this.#open.add(session),
      closes: (session) => this.#open.delete(session),
    });
  }

  /** @throws SessionError `INVALID_VALUE`, `IO`, `NO_DRIVER` */
  async list(options: ListOptions = {}): Promise<SessionInfo[]> {
    const { after, limit, filter } = checkListOptions(options);
    const page: SessionInfo[] = [];
    for await (const info of this.#catalogue.walk(filter, after)) {
      page.push(info);
      if (page.length === limit) break;
    }
    return page;
  }

  /** @throws SessionError `INVALID_VALUE`, `IO`, `NO_DRIVER` */
  find(filter: SessionFilter): AsyncIterable<SessionInfo> {
    return this.#catalogue.walk(checkFilter(filter), null);
  }

  /** @throws SessionError `INVALID_VALUE`, and what is wrong with the file */
  async info(name: string): Promise<SessionInfo | null> {
    return this.#catalogue.info(checkName(name));
  }

  /**
   * Takes free sessions, in the order of their names, as `SqliteSession` takes them; files that are no sessions are passed
   * over.
   *
   * @throws SessionError `INVALID_VALUE`, `ABORTED`, `IO`, `NO_DRIVER`
   */
  claim(options: ClaimOptions = {}): Promise<StoredSession[]> {
    const checked = checkClaimOptions(options);
    return claimIn(this.folder, checked, {
      open: (name) => {
        const { signal, label } = checked;
        return this.session(name, { wait: 0, ...(signal && { signal }), ...(label && { label }) });
      },
      fits: async (name) => (await this.#catalogue.infoIfFits(name, checked.filter)) !== null,
      passedOver: (name, error) => {
        if (error.code === 'HELD' || error.code === 'DEAD') return;
        tellSkipped(this.#options, fileOf(this.folder, name), error);
      },
    });
  }

  /**
   * Removes the session as `SqliteSession.delete` does, and what is noted of it. A file that is no session of ours is
   * refused, and not touched.
   *
   * @throws SessionError `HELD`, `INVALID_VALUE`, `IO`, and what is wrong with the file
   */
  async delete(name: string): Promise<boolean> {
    checkName(name);
    if (otherCaseOf(this.folder, name) !== null) return false;
    const file = realFileOf(this.folder, name);
    if ((await this.#reader.look(file)) === null) return false;
    const storage = new SqliteSession(fileOf(this.folder, name), { label: 'delete' });
    try {
      if ((await storage.load()) === null) return false;
      // Whoever makes a session of this name next removes what is noted of the one before, and waits for this to be done.
      await withNotesLock(await sqlDriver(), file, async () => {
        await storage.delete();
        removeNotes(file);
      });
      return true;
    } finally {
      await storage.close();
    }
  }

  /** @throws SessionError `NOT_FOUND`, `INVALID_VALUE`, `LOCKED`, `IO` */
  async setStatus(name: string, status: SessionStatus, reason?: string | null): Promise<void> {
    checkName(name);
    const [toStatus, why] = [checkStatus(status), checkStatusReason(reason)];
    await this.#notes.change(name, this.#where(name), (notes) => withStatus(notes, toStatus, why));
  }

  /** @throws SessionError `NOT_FOUND`, `INVALID_VALUE`, `LOCKED`, `IO` */
  async describe(name: string, details: SessionDetails): Promise<void> {
    checkName(name);
    const checked = checkDetails(details);
    await this.#notes.change(name, this.#where(name), (notes) => withDetails(notes, checked));
  }

  close(): Promise<void> {
    return closeAll(this.#open);
  }

  toString(): string {
    return `DirectorySessions(${this.folder})`;
  }

  #where(name: string): string {
    return `The session ${name} in ${this.folder}`;
  }
}
