/** One session file while it is in use: taken, read, saved to, and given back. */

import { type BigIntStats, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LastSaved, type SessionChanges } from '../changes.ts';
import { SessionError } from '../errors.ts';
import { Session } from '../session.ts';
import { applyChanges } from './apply.ts';
import { createFile } from './create.ts';
import { Database, type Write } from './database.ts';
import { type Sql, type SqlDatabase, type SqlDriver, toSessionError } from './driver.ts';
import { isHeldHere, markHeld } from './held-here.ts';
import { Hold, type HoldOptions } from './hold.ts';
import { hasSideFiles, readImage } from './image.ts';
import { ioError } from './io-error.ts';
import { statFile } from './lock-file.ts';
import { removeFiles } from './remove.ts';
import { readTelethonV2 } from './telethon-v2.ts';

/** How a file is used. */
export interface FileOptions extends Omit<HoldOptions, 'lock'> {
  /** Whether others may open it too. */
  shared: boolean;
  /** Whether a Telethon v1 file may be turned into a v2 file. */
  migrate: boolean;
  /** Hears what is worth knowing but no error. */
  warn(message: string): void;
}

type Changes = SessionChanges & { adopt(): void };

/** What is known of the rows in the file. */
interface Stored {
  lastSaved: LastSaved;
  /** Whether the rows are just as we would write them, so that single ones can be replaced. */
  exact: boolean;
  /** A write that failed, and may have reached the disk all the same: what it wrote, and what would be saved then. */
  attempt: { changes: Changes; lastSaved: LastSaved } | null;
}

/** A session file in use. */
export class SessionFile {
  readonly #driver: SqlDriver;
  readonly #path: string;
  readonly #options: FileOptions;
  #hold: Hold | null = null;
  /** Null as long as there is no file. */
  #database: Database | null = null;
  /** Null before the rows were read. */
  #stored: Stored | null = null;
  /** The file that we made, as long as it could not be opened. */
  #made: BigIntStats | null = null;
  #unmark = () => {};

  private constructor(driver: SqlDriver, path: string, options: FileOptions) {
    this.#driver = driver;
    this.#path = path;
    this.#options = options;
  }

  /**
   * Takes the session and opens its file, if there is one. Migrates it if that was asked for.
   *
   * @param path the real path of the file
   */
  static async take(driver: SqlDriver, path: string, options: FileOptions): Promise<SessionFile> {
    const file = new SessionFile(driver, path, options);
    const { shared, migrate: lock } = options;
    if (shared) file.#database = await file.#open(hasSideFiles(path));
    else {
      const taken = await Hold.take(driver, path, { ...options, lock }, (sideFiles) => file.#open(sideFiles));
      file.#hold = taken.hold;
      file.#database = taken.database;
    }
    file.#unmark = markHeld(path);
    return file;
  }

  /** Reads the session; null if there is no file. */
  async load(): Promise<Session | null> {
    if (this.#made !== null) await this.#openMade(this.#made);
    else if (this.#hold === null) this.#database ??= await this.#open(hasSideFiles(this.#path));
    if (this.#database === null) return null;
    const read = await this.#database.load((sql) => readTelethonV2(sql), this.#options.signal);
    for (const note of read.notes) this.#options.warn(`${this.#path}: ${note}`);
    this.#stored = { lastSaved: new LastSaved(read.session), exact: read.exact, attempt: null };
    return read.session;
  }

  /** Keeps the session as it is now, durably. */
  async save(session: Session): Promise<void> {
    if (this.#database === null && this.#made === null) {
      await this.#saveFirst(session);
      return;
    }
    let stored = this.#stored;
    let database = this.#database;
    if (database === null || stored === null || stored.attempt !== null) {
      session = new Session(session);
      database ??= await this.#openMade(this.#made!);
      if (stored === null || stored.attempt !== null) stored = await this.#readStored(database);
    }
    const changes = stored.lastSaved.changesTo(session);
    if (changes === null) return;
    const attempt = stored.exact ? { changes, lastSaved: stored.lastSaved } : everything(session);
    const apply = (sql: Sql) => {
      if (!stored.exact) sql.exec(CLEAR_ALL);
      applyChanges((text) => sql.prepare(text), attempt.changes);
      return true;
    };
    await this.#hold?.takeLockFile();
    try {
      await database.write({ isAsSaved: isStored(stored), apply });
      attempt.changes.adopt();
      this.#stored = { lastSaved: attempt.lastSaved, exact: true, attempt: null };
    } catch (error) {
      // A foreign save stays refused until it is loaded; what another failure left is for the file to say.
      if (!(error instanceof SessionError && error.code === 'CHANGED')) stored.attempt = attempt;
      throw error;
    }
  }

  /** Reads something beside the session; gives `none` if there is no file. */
  async look<T>(read: (sql: Sql) => T, none: T): Promise<T> {
    if (this.#made !== null) await this.#openMade(this.#made);
    return this.#database === null ? none : this.#database.look(read);
  }

  /** Writes something beside the session; does nothing, and gives false, if there is no file. */
  async write(apply: Write['apply']): Promise<boolean> {
    if (this.#database === null && this.#made === null) return false;
    const database = this.#database ?? (await this.#openMade(this.#made!));
    const isKnown = this.#stored !== null && this.#stored.attempt === null;
    const stored = isKnown ? this.#stored! : await this.#readStored(database);
    await this.#hold?.takeLockFile();
    await database.write({ isAsSaved: isStored(stored), apply });
    return true;
  }

  /** Removes the file and everything beside it. The hold stays until `release`. */
  async delete(): Promise<void> {
    await this.#hold?.takeLockFile();
    this.#close();
    removeFiles(this.#path);
  }

  /** Closes the file and gives the session back. */
  release(): void {
    this.#unmark();
    if (this.#hold === null) this.#close();
    else this.#hold.release(() => this.#close());
  }

  async #open(sideFiles: boolean): Promise<Database | null> {
    const stats = statSync(this.#path, { throwIfNoEntry: false });
    if (stats === undefined) makeFolder(dirname(this.#path));
    if (stats === undefined || stats.size === 0) return null;
    if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
      const advice = `Run: chmod 600 '${this.#path}'`;
      this.#options.warn(`${this.#path} may be read by other users of this machine. ${advice}`);
    }
    // Opening replays what an interrupted writer left beside the file, so see first whether the file is ours. If it
    // is open in this process, it was seen already.
    if (sideFiles && !isHeldHere(this.#path)) this.#refuseUnlessOurs();
    if (this.#options.migrate) {
      const { migrateFile } = await import('./migrate.ts'); // seldom needed
      for (const note of migrateFile(this.#driver, this.#path)) this.#options.warn(note);
    }
    return Database.open(this.#driver, this.#path, stats, this.#databaseOptions());
  }

  #refuseUnlessOurs(): void {
    let sql: SqlDatabase | undefined;
    try {
      sql = this.#driver.openImage(readImage(this.#path));
      readTelethonV2(sql);
    } catch (error) {
      const mayMigrate =
        error instanceof SessionError && error.code === 'NEEDS_MIGRATION' && this.#options.migrate;
      if (!mayMigrate) throw toSessionError(error, this.#path);
    } finally {
      sql?.close();
    }
  }

  async #saveFirst(session: Session): Promise<void> {
    const { lastSaved, changes } = everything(session);
    this.#made = createFile(this.#driver, this.#path, changes);
    changes.adopt();
    this.#stored = { lastSaved, exact: true, attempt: null };
    try {
      await this.#openMade(this.#made);
    } catch {
      // The session is on the disk and has been saved; the next save tries to open it again.
    }
  }

  async #openMade(made: BigIntStats): Promise<Database> {
    const number = { dev: Number(made.dev), ino: Number(made.ino) };
    const database = Database.open(this.#driver, this.#path, number, this.#databaseOptions());
    try {
      await database.load(() => undefined);
    } catch (error) {
      database.close();
      throw error;
    }
    if (statFile(this.#path)?.mtimeNs !== made.mtimeNs) database.refuseUntilLoaded();
    this.#database = database;
    this.#made = null;
    return database;
  }

  /** What the file says it holds, before the first save or after one that failed. */
  async #readStored(database: Database): Promise<Stored> {
    const attempt = this.#stored?.attempt ?? null;
    const before = this.#stored?.lastSaved;
    const { session, exact } = await database.load((sql) => readTelethonV2(sql));
    if (attempt !== null && before !== undefined && !isSame(before, session)) {
      // Neither what was saved before, nor what failed: somebody else wrote.
      attempt.changes.adopt();
      if (!isSame(attempt.lastSaved, session)) database.refuseUntilLoaded();
    }
    this.#stored = { lastSaved: new LastSaved(session), exact, attempt: null };
    return this.#stored;
  }

  #close(): void {
    const database = this.#database;
    this.#database = null;
    this.#made = null;
    this.#stored = null;
    database?.close();
  }

  #databaseOptions() {
    return { guard: !this.#options.shared, lockTimeout: this.#options.lockTimeout };
  }
}

const CLEAR_ALL = 'DELETE FROM datacenter; DELETE FROM user; DELETE FROM state; DELETE FROM channelstate';

/** Whether the rows in the file are those that we know of. */
function isStored({ lastSaved, exact }: Stored): Write['isAsSaved'] {
  return (sql) => {
    const read = readTelethonV2(sql);
    return read.exact === exact && isSame(lastSaved, read.session);
  };
}

/** The changes that write a session where there is nothing yet. */
function everything(session: Session): { lastSaved: LastSaved; changes: Changes } {
  const lastSaved = new LastSaved(null);
  return { lastSaved, changes: lastSaved.changesTo(session) ?? NOTHING };
}

function isSame(lastSaved: LastSaved, session: Session): boolean {
  return lastSaved.changesTo(session) === null;
}

const NOTHING: Changes = {
  dcsPut: [],
  dcsGone: [],
  user: undefined,
  state: undefined,
  channelsPut: [],
  channelsGone: [],
  adopt() {},
};

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw ioError(error, folder);
  }
}
