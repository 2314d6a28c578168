/**
 * The hold: exclusive use of a session file on one machine, given back by the kernel when its process ends.
 *
 * It has two parts, both locks of the kernel:
 * - a write transaction on the session file itself (the guard, database.ts). It is there from `load()` on, costs
 *   nothing, lets readers in, and refuses every other writer, also those that know nothing of us;
 * - from the first save on, a lock on a file beside it (lock-file.ts). Each save ends the guard and begins it again,
 *   and in that instant a process that waits could take the session from a live holder. Where there is no session
 *   file yet, this part alone is the hold.
 *
 * Whoever gets the guard therefore looks for the lock file before he calls the session his.
 */

import { statSync } from 'node:fs';
import { SessionError, SessionHeldError } from '../errors.ts';
import type { Database } from './database.ts';
import { type SqlDriver, SqlError, toSessionError } from './driver.ts';
import { mayBeAlive, readHolder, removeHolder, writeHolder } from './holder.ts';
import { hasSideFiles } from './image.ts';
import { LockFile } from './lock-file.ts';
import { sleep } from './sleep.ts';

/** How to take a hold. */
export interface HoldOptions {
  /** How long to wait for the holder to let go, in milliseconds; 0 for not at all. */
  wait: number;
  /** How long to wait for another program's lock, in milliseconds. */
  lockTimeout: number;
  /** Ends the wait. */
  signal: AbortSignal;
  /** What the holder calls itself. */
  label: string | null;
  /** Whether the lock file is needed from the beginning: the file is about to be changed. */
  lock: boolean;
}

/** A session that was taken. */
export interface Taken {
  hold: Hold;
  /** The open, guarded file; null if there is none. */
  database: Database | null;
}

/** Opens the session file, or gives null if there is none. It is told whether SQLite left files beside it. */
export type OpenFile = (sideFiles: boolean) => Promise<Database | null>;

/** How often a waiter looks, in milliseconds. */
const LOOK_EVERY = 5;

/** The exclusive use of one session file. */
export class Hold {
  readonly #driver: SqlDriver;
  readonly #file: string;
  #lock: LockFile | null;

  private constructor(driver: SqlDriver, file: string, lock: LockFile | null) {
    this.#driver = driver;
    this.#file = file;
    this.#lock = lock;
  }

  /**
   * Takes the session, at once or within `wait`.
   *
   * @param open called again at each attempt
   * @returns the hold, and the file that it guards
   * @throws SessionError `HELD` ({@link SessionHeldError}), `LOCKED`, `ABORTED`, `IO`, and what `open` throws
   */
  static async take(driver: SqlDriver, file: string, options: HoldOptions, open: OpenFile): Promise<Taken> {
    const begun = performance.now();
    for (;;) {
      const taken = await Hold.#try(driver, file, options, open);
      if (typeof taken === 'object') {
        writeHolder(file, options.label);
        return taken;
      }
      const held = taken === 'lock file' || isNamed(file);
      if (performance.now() - begun >= (held ? options.wait : options.lockTimeout)) {
        if (held) throw new SessionHeldError(`The session ${file}`, readHolder(file));
        throw toSessionError(new SqlError('busy', 'database is locked'), file);
      }
      await sleep(LOOK_EVERY, options.signal, file);
    }
  }

  /** One attempt; what stands in the way if it fails. */
  static async #try(
    driver: SqlDriver,
    file: string,
    options: HoldOptions,
    open: OpenFile,
  ): Promise<Taken | 'lock file' | 'guard'> {
    // Somebody who saves has files beside the session, and the lock file. One that a dead holder left is taken over.
    const sideFiles = hasSideFiles(file);
    let lock: LockFile | null = null;
    if (options.lock || (sideFiles && LockFile.isThere(file))) {
      lock = LockFile.take(driver, file);
      if (lock === null) return 'lock file';
    }
    let database: Database | null = null;
    try {
      database = await open(sideFiles);
      if (database !== null && !database.tryGuard()) {
        database.close();
        lock?.release();
        return 'guard';
      }
      if (lock === null && (database === null || LockFile.isThere(file))) {
        lock = LockFile.take(driver, file);
        if (lock === null) {
          // We came into the instant between two guards of a holder that saves.
          database?.close();
          return 'lock file';
        }
        // Before we had the lock somebody may have made the file, and be done with it.
        database ??= await open(hasSideFiles(file));
        if (database !== null && !database.hasGuard && !database.tryGuard()) {
          database.close();
          lock.release();
          return 'guard';
        }
      }
      return { hold: new Hold(driver, file, lock), database };
    } catch (error) {
      database?.close();
      lock?.release();
      throw error;
    }
  }

  /** From now on the lock file holds the session while the guard cannot: before a save, or to remove it. */
  async takeLockFile(): Promise<void> {
    const begun = performance.now();
    while (this.#lock === null) {
      this.#lock = LockFile.take(this.#driver, this.#file);
      if (this.#lock !== null) break;
      // Somebody just tries it; the guard makes sure that he does not get the session.
      if (performance.now() - begun > 1000) {
        throw new SessionError('LOCKED', `The file ${this.#file}-lock is locked by another program.`);
      }
      await sleep(1, undefined, this.#file);
    }
  }

  /** Gives the session back. @param close closes the file */
  release(close: () => void): void {
    const unname = () => removeHolder(this.#file);
    // Without a lock file the next holder may come, and write its name, as soon as the guard has ended.
    for (const step of this.#lock === null ? [unname, close] : [close, unname]) {
      try {
        step();
      } catch {
        // A file that cannot be closed properly is repaired by the next one that opens it.
      }
    }
    this.#lock?.release();
  }
}

/** Whether a name is written that may be that of a living holder. */
function isNamed(file: string): boolean {
  const holder = readHolder(file);
  return holder !== null && mayBeAlive(holder);
}

/** Whether the session is held now. Waits for nothing, and changes nothing. */
export function isHeld(driver: SqlDriver, file: string): boolean {
  if (LockFile.isTaken(driver, file)) return true;
  // Only a holder that has not saved yet has the guard alone; it has written its name, and nothing beside the file.
  if (readHolder(file) === null || hasSideFiles(file)) return false;
  if (statSync(file, { throwIfNoEntry: false })?.size === 0) return false;
  const db = driver.open(file, 'write');
  try {
    db.exec('BEGIN IMMEDIATE');
    return false;
  } catch (error) {
    return error instanceof SqlError && error.kind === 'busy';
  } finally {
    db.close();
  }
}

/** @throws SessionError `HELD` if the session is held now */
export function refuseHeld(driver: SqlDriver, file: string): void {
  if (isHeld(driver, file)) throw new SessionHeldError(`The session ${file}`, readHolder(file));
}
