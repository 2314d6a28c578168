/**
 * The open database of a session: writes changes durably, and keeps other programs from writing in between.
 *
 * - The file rests in rollback format. The first save of a run goes through a rollback journal, so that a program
 *   that saves once never pays for more; from the second on it is the write-ahead log: one write, one fsync.
 *   Both are durable when `write` resolves (synchronous EXTRA for the journal, FULL for the log).
 * - While it is guarded, a write transaction is open between saves. Readers get in, and see the newest data; a
 *   writer that does not know our lock (the real Telethon) is refused by SQLite. Each save commits that
 *   transaction and begins the next; should somebody write in the instant between, the next save notices.
 */

import { type Stats, statSync } from 'node:fs';
import { SessionError } from '../errors.ts';
import { changed } from './create.ts';
import { type Sql, type SqlDatabase, type SqlDriver, SqlError, toSessionError } from './driver.ts';
import { sleep } from './sleep.ts';
import { withStatements } from './statements.ts';

/** How often a locked file is tried again, in milliseconds. */
const TRY_EVERY = 5;

/** How a database is opened. */
export interface DatabaseOptions {
  /** Whether to keep a write transaction open between saves. */
  guard: boolean;
  /** How long to wait for another program's lock, in milliseconds. */
  lockTimeout: number;
}

/** What tells a file from another that has its name. */
export type FileNumber = Pick<Stats, 'dev' | 'ino'>;

/** One write. */
export interface Write {
  /** Whether the file holds the session that was saved last. Asked if another program wrote since. */
  isAsSaved(sql: SqlDatabase): boolean;
  /**
   * Writes inside the transaction, and says whether there is anything to commit.
   *
   * @param dataVersion stays the same as long as nobody else writes
   */
  apply(sql: Sql, dataVersion: unknown): boolean;
}

/** A session file, open for reading and writing. */
export class Database {
  readonly #sql: SqlDatabase;
  readonly #file: string;
  readonly #number: FileNumber;
  readonly #options: DatabaseOptions;
  readonly #statements: Sql;
  #inTransaction = false;
  #saves = 0;
  #log = false;
  #dataVersion: unknown = null;
  #refused = false;

  private constructor(sql: SqlDatabase, file: string, number: FileNumber, options: DatabaseOptions) {
    this.#sql = sql;
    this.#statements = withStatements(sql);
    this.#file = file;
    this.#number = number;
    this.#options = options;
  }

  /**
   * Opens a file that exists, without reading or writing it yet.
   *
   * @param number which file it is, to notice if it is replaced
   * @throws SessionError `IO`
   */
  static open(driver: SqlDriver, file: string, number: FileNumber, options: DatabaseOptions): Database {
    try {
      return new Database(driver.open(file, 'write'), file, number, options);
    } catch (error) {
      throw toSessionError(error, file);
    }
  }

  /** Whether the guard, or another transaction, is open. */
  get hasGuard(): boolean {
    return this.#inTransaction;
  }

  /** Begins the guard; false if another writer is at work. @throws SessionError */
  tryGuard(): boolean {
    try {
      this.#statements.prepare('BEGIN IMMEDIATE').run();
      this.#inTransaction = true;
      return true;
    } catch (error) {
      if (error instanceof SqlError && error.kind === 'busy') return false;
      throw toSessionError(error, this.#file);
    }
  }

  /**
   * Reads in one transaction. What it finds is what we know of the file: who writes after this, changes it.
   *
   * @throws SessionError `LOCKED`, `ABORTED`, and what `read` throws
   */
  async load<T>(read: (sql: SqlDatabase) => T, signal?: AbortSignal): Promise<T> {
    await this.#begin(signal);
    try {
      const result = read(this.#sql);
      // Our own commits do not change this number, those of others do. Under the guard nobody can write before our
      // next save, which is early enough to ask.
      this.#dataVersion = this.#options.guard ? null : this.#readDataVersion();
      this.#refused = false;
      return result;
    } catch (error) {
      throw toSessionError(error, this.#file);
    } finally {
      if (!this.#options.guard) this.#end('COMMIT');
    }
  }

  /** Takes the file for changed by another program, so that every write is refused until it is loaded. */
  refuseUntilLoaded(): void {
    this.#refused = true;
  }

  /**
   * Reads something beside the session, in one transaction. Changes nothing in what we know of the file.
   *
   * @throws SessionError `LOCKED`, and what `read` throws
   */
  look<T>(read: (sql: Sql) => T): Promise<T> {
    return this.#patiently(() => {
      if (this.#inTransaction) return read(this.#statements);
      this.#statements.prepare('BEGIN').run();
      this.#inTransaction = true;
      try {
        return read(this.#statements);
      } finally {
        this.#end('COMMIT');
      }
    });
  }

  /**
   * Writes, durably and as a whole, or not at all.
   *
   * @throws SessionError `CHANGED`, `LOCKED`, `IO`, and what `apply` throws
   */
  async write({ isAsSaved, apply }: Write): Promise<void> {
    this.#refuseOtherFile();
    try {
      await this.#beginWriting(isAsSaved);
      if (!apply(this.#statements, this.#dataVersion)) {
        if (!this.#options.guard) this.#end('ROLLBACK');
        return;
      }
      // A reader at work delays the commit of a rollback journal; the transaction stays whole meanwhile.
      await this.#patiently(() => this.#statements.prepare('COMMIT').run());
      this.#inTransaction = false;
      this.#saves++;
    } catch (error) {
      this.#end('ROLLBACK');
      throw toSessionError(error, this.#file);
    } finally {
      this.#guardAgain();
    }
  }

  /** Closes the file and leaves it in rollback format, with nothing beside it unless somebody else has it open. */
  close(): void {
    try {
      if (this.#options.guard && this.#log) {
        this.#end('ROLLBACK');
        this.#setJournal('DELETE');
      }
    } finally {
      // This ends the guard as well.
      this.#sql.close();
    }
  }

  /** Begins a transaction unless one is open: for writing where it is guarded, else for reading. */
  async #begin(signal?: AbortSignal): Promise<void> {
    if (this.#inTransaction) return;
    const sql = this.#options.guard ? 'BEGIN IMMEDIATE' : 'BEGIN';
    await this.#patiently(() => this.#statements.prepare(sql).run(), signal);
    this.#inTransaction = true;
  }

  /** The write transaction of a save, in the journal mode that suits it, on the file as we know it. */
  async #beginWriting(isAsSaved: Write['isAsSaved']): Promise<void> {
    const { guard } = this.#options;
    if (this.#inTransaction) this.#dataVersion ??= this.#readDataVersion();
    if (this.#saves === 0) {
      this.#end('ROLLBACK');
      // Overwritten keys do not stay behind in free pages.
      this.#sql.exec('PRAGMA secure_delete = ON');
      this.#log = this.#sql.prepare('PRAGMA journal_mode').all()[0]?.[0] === 'wal';
      this.#sql.exec(`PRAGMA synchronous = ${this.#log ? 'FULL' : 'EXTRA'}`);
    } else if (guard && !this.#log) {
      this.#end('ROLLBACK');
      this.#setJournal('WAL');
    }
    if (!this.#inTransaction) {
      await this.#patiently(() => this.#statements.prepare('BEGIN IMMEDIATE').run());
      this.#inTransaction = true;
    }
    const dataVersion = this.#readDataVersion();
    // The switch of the journal changes the number too, and so does who shares the file when he puts peers: if it is
    // another, the rows are compared.
    const isKnown = dataVersion === this.#dataVersion;
    if (this.#refused || (!isKnown && !isAsSaved(this.#sql))) throw changed(this.#file);
    this.#dataVersion = dataVersion;
  }

  /** Switches the journal, unless a reader is at work: then a later save tries again. */
  #setJournal(mode: 'WAL' | 'DELETE'): void {
    try {
      this.#log = this.#sql.prepare(`PRAGMA journal_mode = ${mode}`).all()[0]?.[0] === 'wal';
    } catch (error) {
      if (error instanceof SqlError && error.kind === 'busy') return;
      throw toSessionError(error, this.#file);
    }
    this.#sql.exec(`PRAGMA synchronous = ${this.#log ? 'FULL' : 'EXTRA'}`);
  }

  #readDataVersion(): unknown {
    return this.#statements.prepare('PRAGMA data_version').all()[0]?.[0];
  }

  /** A file that was removed or replaced under us still takes our writes, but nobody would ever find them. */
  #refuseOtherFile(): void {
    const stats = statSync(this.#file, { throwIfNoEntry: false });
    // As long as we have it open, no other file gets its number.
    if (stats?.ino !== this.#number.ino || stats.dev !== this.#number.dev) {
      throw new SessionError(
        'CHANGED',
        `${this.#file} was removed or replaced while it was in use. Nothing was saved: close the session, and load it again.`,
      );
    }
  }

  #guardAgain(): void {
    try {
      // Another program may get in between. The next save waits for it, and says so if it wrote.
      if (this.#options.guard && !this.#inTransaction) this.tryGuard();
    } catch {
      // Whatever it is, it shows when the next save begins.
    }
  }

  #end(sql: 'COMMIT' | 'ROLLBACK'): void {
    if (!this.#inTransaction) return;
    this.#inTransaction = false;
    // After some errors SQLite has rolled back by itself, and says that there is nothing to end; after others a
    // transaction is still open.
    for (const end of [sql, 'ROLLBACK']) {
      try {
        this.#sql.exec(end);
        return;
      } catch {}
    }
  }

  /** Runs a call until no other program's lock stops it, at most as long as we may wait. */
  async #patiently<T>(call: () => T, signal?: AbortSignal): Promise<T> {
    const until = performance.now() + this.#options.lockTimeout;
    for (;;) {
      try {
        return call();
      } catch (error) {
        const busy = error instanceof SqlError && error.kind === 'busy';
        if (!busy || performance.now() >= until) throw toSessionError(error, this.#file);
        await sleep(TRY_EVERY, signal, this.#file);
      }
    }
  }
}
