/** Taking free sessions of a folder: one after the other is tried, and those that are held are passed over. */

import { type FSWatcher, watch } from 'node:fs';
import { SessionError } from '../../errors.ts';
import { mayBeAlive, readHolder } from '../../sqlite/holder.ts';
import { realPath } from '../../sqlite/path.ts';
import { sleep } from '../../sqlite/sleep.ts';
import type { checkClaimOptions } from '../checks.ts';
import type { StoredSession } from '../store.ts';
import { fileOf, listFolder } from './folder.ts';
import { isHeldNow } from './held.ts';

/** What the store does for a claim. */
export interface ClaimHelp {
  open(name: string): StoredSession;
  /** Whether it is one that is wanted, as it stands there now. */
  fits(name: string): Promise<boolean>;
  /** Hears of what could not be taken. */
  passedOver(name: string, error: SessionError): void;
}

/** How often a waiter looks where the system does not tell of changes, in milliseconds; and at most where it does. */
const LOOK_EVERY = 500;
const LOOK_AT_MOST_EVERY = 20;
/** After so many sessions a claim lets others have a turn. */
const TURN = 32;

/** Takes free sessions of a folder; waits for the first one as long as it may. */
export async function claimIn(
  folder: string,
  { limit, wait = 0, signal }: ReturnType<typeof checkClaimOptions>,
  help: ClaimHelp,
): Promise<StoredSession[]> {
  const until = performance.now() + wait;
  const changes = wait > 0 ? new Changes(folder) : null;
  try {
    for (let round = 0; ; round++) {
      changes?.forget();
      const taken = await claimNow(folder, { limit, signal, isFirst: round === 0 }, help);
      const left = until - performance.now();
      if (taken.length > 0 || changes === null || left <= 0) return taken;
      await changes.next(Math.min(left, LOOK_EVERY), signal);
    }
  } finally {
    changes?.close();
  }
}

async function claimNow(
  folder: string,
  { limit, signal, isFirst }: { limit: number; signal: AbortSignal | undefined; isFirst: boolean },
  help: ClaimHelp,
): Promise<StoredSession[]> {
  const { names, named } = listFolder(folder);
  const taken: StoredSession[] = [];
  let count = 0;
  try {
    for (const tryNamed of [false, true]) {
      for (const name of names) {
        if (taken.length === limit) return taken;
        if (named.has(name) !== tryNamed) continue;
        if (++count % TURN === 0) await new Promise((resolve) => setImmediate(resolve));
        if (signal?.aborted) await sleep(0, signal, folder);
        if (tryNamed && (await isTaken(fileOf(folder, name), isFirst))) continue;
        const session = await tryOne(name, help);
        if (session !== null) taken.push(session);
      }
    }
    return taken;
  } catch (error) {
    await Promise.all(taken.map((session) => session.close()));
    throw error;
  }
}

/**
 * Whether a session beside which a holder is named is held. Seldom it is not, after a crash; where another process has the
 * holder's number by now, only the locks know it. They are asked in the first round.
 */
async function isTaken(path: string, askLocks: boolean): Promise<boolean> {
  const file = realPath(path);
  const holder = readHolder(file);
  if (holder === null || !mayBeAlive(holder)) return false;
  return !askLocks || isHeldNow(file);
}

/** A session, taken; null if it is not to be had. */
async function tryOne(name: string, help: ClaimHelp): Promise<StoredSession | null> {
  let session: StoredSession | null = null;
  try {
    if (!(await help.fits(name))) return null;
    session = help.open(name);
    const isThere = (await session.load()) !== null;
    // It may have changed before we had it.
    if (isThere && (await help.fits(name))) return session;
  } catch (error) {
    if (!(error instanceof SessionError) || error.code === 'ABORTED') throw error;
    help.passedOver(name, error);
  }
  await session?.close();
  return null;
}

/** Waits for changes in a folder that may set a session free, or make one. */
class Changes {
  #watcher: FSWatcher | null = null;
  #changed = false;
  #wake = () => {};

  constructor(folder: string) {
    try {
      this.#watcher = watch(folder, (event, name) => {
        // Names come and go with holders, new sessions and notes; what a save changes is the content.
        if (event !== 'rename') return;
        if (name !== null && !/\.session(?:-holder|-notes)?$/.test(name)) return;
        this.#changed = true;
        this.#wake();
      });
      this.#watcher.on('error', () => this.close());
    } catch {
      // No folder yet, or a system that does not tell: looking now and then has to do.
    }
  }

  /** What changed before this does not count. */
  forget(): void {
    this.#changed = false;
  }

  /** Resolves at a change, and at the latest after a time. @throws SessionError `ABORTED` */
  async next(ms: number, signal: AbortSignal | undefined): Promise<void> {
    await sleep(Math.min(ms, LOOK_AT_MOST_EVERY), signal, 'a free session');
    if (this.#changed || ms <= LOOK_AT_MOST_EVERY) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort(new SessionError('ABORTED', 'woken'));
    const either = signal === undefined ? woken.signal : AbortSignal.any([signal, woken.signal]);
    try {
      await sleep(ms - LOOK_AT_MOST_EVERY, either, 'a free session');
    } catch (error) {
      if (signal?.aborted) throw error;
    } finally {
      this.#wake = () => {};
    }
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }
}
