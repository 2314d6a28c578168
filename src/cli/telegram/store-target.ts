/** A session of a store as the place of a login. */

import type { AsideEntry } from '../../aside.ts';
import { SessionError } from '../../errors.ts';
import { Session } from '../../session.ts';
import type { SessionStore, StoredSession } from '../../stores/store.ts';
import { openPlace, placeText } from '../store/place.ts';
import { isKnownToBeOver, loggedIn, standingLogin } from './standing-login.ts';
import type { LoginTarget } from './target.ts';

/** What the person wants. */
export interface StoreTargetOptions {
  /** The store as it was given. */
  to: string;
  name: string;
  /** Whether a login that is there may be replaced. */
  force: boolean;
  /** What this holder calls itself. */
  label: string;
}

/**
 * Takes the session, also one that is not there yet. The login is made in the session itself, whose lease is ours until it is
 * closed; a login that is there and is to be replaced is kept aside before. A kill leaves it there, and the same command
 * goes on with what it had begun.
 *
 * @throws CommandError `LOGGED_IN`; UsageError; SessionError `HELD`, and what the store throws
 */
export async function takeInStore({ to, name, force, label }: StoreTargetOptions): Promise<LoginTarget> {
  const store = await openPlace(to, true);
  const storage = store.session(name, { label, dead: true });
  const close = async () => {
    try {
      await storage.close();
    } finally {
      await store.close();
    }
  };
  try {
    const before = await storage.load();
    const login = standingLogin(before);
    let entry: AsideEntry | null = null;
    if (login !== null) {
      const isOver =
        (await store.info(name))?.status === 'dead' || (await isKnownToBeOver(storage, login.keyId));
      if (!force && !isOver)
        throw loggedIn(`${name} in ${placeText(store)}`, before!, 'tgsession check <store> <name>');
      entry = await keepAside(storage, before!, login.keyId);
      await storage.save(new Session());
    }
    return {
      place: { output: null, store: placeText(store), name, format: null },
      where: `${name} in ${placeText(store)}`,
      storage,
      before: login === null ? before : new Session(),
      async finish() {
        if ((await store.info(name))?.status !== 'ok') await storage.setStatus('ok');
        const notes = ['The session that was there before is kept aside with it. See "tgsession aside".'];
        return { losses: [], notes: login === null ? [] : notes };
      },
      async undo() {
        // Whoever has it by now decides what is in it.
        if (storage.held?.aborted) return;
        if (before === null) return remove(store, storage);
        await storage.save(before);
        if (entry !== null) await storage.aside!.forget(entry.id);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Keeps a session aside, and gives its entry; null if it is there already. */
async function keepAside(
  { aside }: StoredSession,
  session: Session,
  keyId: string,
): Promise<AsideEntry | null> {
  const entries = await aside!.list();
  return entries.some((entry) => entry.keyId === keyId) ? null : aside!.put(session, 'replaced');
}

/** Removes what a login left that did not come about. */
async function remove(store: SessionStore, storage: StoredSession): Promise<void> {
  await storage.close();
  try {
    await store.delete(storage.name);
  } catch (error) {
    // Somebody took it in between, and has it now.
    if (!(error instanceof SessionError) || error.code !== 'HELD') throw error;
  }
}
