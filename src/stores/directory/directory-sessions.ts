/** {@link DirectorySessions}: many sessions, each in a file of one folder. */

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SessionError } from '../../errors.ts';
import { sqlDriver } from '../../sqlite/driver.ts';
import { SqliteSession, type SqliteSessionOptions } from '../../sqlite/index.ts';
import { realPath } from '../../sqlite/path.ts';
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
import { fits } from '../find.ts';
import { checkName } from '../names.ts';
import { type Notes, noNotes, withDetails, withSaid, withStatus } from '../notes.ts';
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
import { claimIn } from './claim.ts';
import { DirectorySession } from './directory-session.ts';
import { fileOf, listFolder, otherCaseOf, refuseOtherCase } from './folder.ts';
import { holderOf } from './held.ts';
import { hasNotes, readNotes, removeNotes, withNotesLock, writeNotes } from './notes-file.ts';
import { UserReader } from './read-user.ts';

/** A file in the folder that ends in `.session`, but is no session that can be used. */
export interface SkippedFile {
  /** Its absolute path. */
  path: string;
  /** What is wrong with it. */
  error: SessionError;
}

/** Options of {@link DirectorySessions}; but for the first one they are those of its `SqliteSession`s. */
export interface DirectorySessionsOptions
  extends Pick<
    SqliteSessionOptions,
    'wait' | 'signal' | 'label' | 'maxPeers' | 'logger' | 'migrate' | 'lockTimeout'
  > {
  /**
   * Hears of each file that `list`, `find` and `claim` leave out, again when it changed. Without it `logger` hears a
   * warning.
   */
  onSkipped?(skipped: SkippedFile): void;
}

/** After so many files a list lets others have a turn. */
const TURN = 32;

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
  readonly #open = new Set<StoredSession>();

  /** @throws SessionError `INVALID_PATH`, `INVALID_VALUE` */
  constructor(folder: string | URL, options: DirectorySessionsOptions = {}) {
    this.folder = folderPath(folder);
    checkHolderLabel(options.label);
    this.#options = options;
    this.#reader = new UserReader(options.migrate ?? false);
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
        return readNotes(this.#fileOf(name));
      },
      notesNow: async () => (await this.#notesNow(name)) ?? noNotes(),
      forgetNotes: () => this.#forgetNotes(name),
      setStatus: (status, reason) => this.setStatus(name, status, reason),
      opens: (session) => this.#open.add(session),
      closes: (session) => this.#open.delete(session),
    });
  }

  /** @throws SessionError `INVALID_VALUE`, `IO`, `NO_DRIVER` */
  async list(options: ListOptions = {}): Promise<SessionInfo[]> {
    const { after, limit, filter } = checkListOptions(options);
    const page: SessionInfo[] = [];
    for await (const info of this.#walk(filter, after)) {
      page.push(info);
      if (page.length === limit) break;
    }
    return page;
  }

  /** @throws SessionError `INVALID_VALUE`, `IO`, `NO_DRIVER` */
  find(filter: SessionFilter): AsyncIterable<SessionInfo> {
    return this.#walk(checkFilter(filter), null);
  }

  /** @throws SessionError `INVALID_VALUE`, and what is wrong with the file */
  async info(name: string): Promise<SessionInfo | null> {
    checkName(name);
    if (otherCaseOf(this.folder, name) !== null) return null;
    const file = this.#fileOf(name);
    const found = await this.#reader.look(file);
    if (found === null) return null;
    if (found.read.error !== null) throw found.read.error;
    const { user } = found.read;
    return {
      ...withSaid(readNotes(file), found.read.said),
      name,
      user: user && { id: user.id, dc: user.dc, bot: user.bot, username: user.username },
      savedAt: found.savedAt,
      holder: await holderOf(file),
      takenOver: null,
    };
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
      fits: async (name) => {
        const info = await this.#infoOrTell(name, checked.filter);
        return info !== null && fits(info, checked.filter);
      },
      passedOver: (name, error) => {
        if (error.code !== 'HELD' && error.code !== 'DEAD') this.#tell(fileOf(this.folder, name), error);
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
    const file = this.#fileOf(name);
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
    await this.#note(name, (notes) => withStatus(notes, toStatus, why));
  }

  /** @throws SessionError `NOT_FOUND`, `INVALID_VALUE`, `LOCKED`, `IO` */
  async describe(name: string, details: SessionDetails): Promise<void> {
    checkName(name);
    const checked = checkDetails(details);
    await this.#note(name, (notes) => withDetails(notes, checked));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((session) => session.close()));
  }

  toString(): string {
    return `DirectorySessions(${this.folder})`;
  }

  async *#walk(filter: SessionFilter, after: string | null): AsyncGenerator<SessionInfo> {
    const { names, odd } = listFolder(this.folder, after);
    if (after === null) for (const name of odd) this.#tellOdd(name);
    let count = 0;
    for (const name of names) {
      if (++count % TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      const info = await this.#infoOrTell(name, filter);
      if (info !== null && fits(info, filter)) yield info;
    }
  }

  async #infoOrTell(name: string, filter: SessionFilter): Promise<SessionInfo | null> {
    const file = this.#fileOf(name);
    try {
      if (!this.#mayFit(name, filter)) return null;
      const found = await this.#reader.look(file);
      if (found?.read.error) {
        if (found.isNew) this.#tell(file, found.read.error);
        return null;
      }
      return await this.info(name);
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      this.#tell(file, error);
      return null;
    }
  }

  /** Whether a session fits a filter as far as its notes say, for which its file need not be opened. */
  #mayFit(name: string, { label, tag, phone }: SessionFilter): boolean {
    if (label === undefined && tag === undefined && phone === undefined) return true;
    const notes = readNotes(this.#fileOf(name));
    return fits(
      { ...notes, ...NOBODY, name },
      {
        ...(label !== undefined && { label }),
        ...(tag !== undefined && { tag }),
        ...(phone !== undefined && { phone }),
      },
    );
  }

  #tellOdd(name: string): void {
    const message = `${name} is not the name of a session, so it was left out. Rename the file to use it.`;
    this.#tell(resolve(this.folder, name), new SessionError('INVALID_VALUE', message));
  }

  #tell(path: string, error: SessionError): void {
    const { onSkipped, logger } = this.#options;
    if (onSkipped !== undefined) onSkipped({ path, error });
    else logger?.warn(`${path} was left out (${error.code}): ${error.message}`);
  }

  async #note(name: string, change: (notes: Notes) => Notes): Promise<void> {
    const file = this.#fileOf(name);
    const notesNow = async () => {
      const notes = otherCaseOf(this.folder, name) === null ? await this.#notesNow(name) : null;
      return notes ?? Promise.reject(notThere(this.#where(name)));
    };
    // Before the lock, so that none is made beside nothing.
    await notesNow();
    await withNotesLock(await sqlDriver(), file, async () => writeNotes(file, change(await notesNow())));
  }

  /** What is noted, and what Telegram said since; null if there is no session. */
  async #notesNow(name: string): Promise<Notes | null> {
    const file = this.#fileOf(name);
    const found = await this.#reader.look(file);
    return found && withSaid(readNotes(file), found.read.error === null ? found.read.said : null);
  }

  async #forgetNotes(name: string): Promise<void> {
    const file = this.#fileOf(name);
    if (!hasNotes(file)) return;
    await withNotesLock(await sqlDriver(), file, () => removeNotes(file));
  }

  #fileOf(name: string): string {
    return realPath(fileOf(this.folder, name));
  }

  #where(name: string): string {
    return `The session ${name} in ${this.folder}`;
  }
}

const NOBODY = { user: null, savedAt: null, holder: null, takenOver: null };

function folderPath(folder: string | URL): string {
  const isFile = folder instanceof URL && folder.protocol === 'file:';
  const path = isFile ? fileURLToPath(folder) : folder;
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new SessionError(
      'INVALID_PATH',
      'The folder of sessions must be a path: text without NUL, not empty, or a file: URL.',
    );
  }
  return resolve(path);
}
