/** Which store a person means. A password is never taken from an argument. */

import { existsSync, statSync } from 'node:fs';
import { SessionError } from '../../errors.ts';
import type { Session } from '../../session.ts';
import { DirectorySessions } from '../../stores/directory/directory-sessions.ts';
import { type OpenStoreOptions, openStore } from '../../stores/open-store.ts';
import type { SessionInfo, SessionStore, StoredSession } from '../../stores/store.ts';
import { UsageError } from '../command.ts';
import { warn } from '../print.ts';
import { readUrlFile } from '../secret-file.ts';

/** What the help of each command says of `<store>`. */
export const STORE_DETAILS = `<store> is a folder of session files, or a URL: postgres://…, redis://…
A URL with a password is not taken from an argument, which everybody on the
machine can see: put it in a variable and write env:TGSESSION_STORE (or the
name of another one), or in a file and write @path.`;

/**
 * Opens the store that an argument means.
 *
 * @param make whether a folder that is not there will do, as it is going to be written to
 * @throws UsageError, SessionError `NOT_FOUND`, and what `openStore` throws
 */
export async function openPlace(
  argument: string,
  make = false,
  options: OpenStoreOptions = {},
): Promise<SessionStore> {
  const place = placeOf(argument);
  if (!SCHEME.test(place)) {
    const stats = statSync(place, { throwIfNoEntry: false });
    if (stats === undefined && !make) throw new SessionError('NOT_FOUND', `${place} is not there.`);
    if (stats !== undefined && !stats.isDirectory()) {
      throw new UsageError(
        `${place} is a file, and a store is a folder. For one session see "tgsession inspect".`,
      );
    }
  }
  return openStore(place, { label: 'tgsession', logger: { warn }, ...options });
}

/** Runs a call with a store, and closes it. */
export async function withStore<T>(argument: string, call: (store: SessionStore) => Promise<T>): Promise<T> {
  const store = await openPlace(argument);
  try {
    return await call(store);
  } finally {
    await store.close();
  }
}

/** What to call a store: its folder, or its URL without a password. */
export function placeText(store: SessionStore): string {
  return store instanceof DirectorySessions ? store.folder : String(store);
}

/** What a store knows of a session. @throws SessionError `NOT_FOUND` */
export async function existing(store: SessionStore, name: string): Promise<SessionInfo> {
  const info = await store.info(name);
  if (info === null)
    throw new SessionError('NOT_FOUND', `There is no session ${name} in ${placeText(store)}.`);
  return info;
}

/** A session of a store, which is ours. */
export interface TakenSession {
  store: SessionStore;
  storage: StoredSession;
  session: Session;
}

/**
 * Runs a call with a session of a store, also a dead one, which is held meanwhile.
 *
 * @param label what this holder calls itself
 * @throws SessionError `NOT_FOUND`, `HELD`, and what the call throws
 */
export function withStoredSession<T>(
  argument: string,
  name: string,
  label: string,
  call: (taken: TakenSession) => Promise<T>,
): Promise<T> {
  return withStore(argument, async (store) => {
    await existing(store, name);
    const storage = store.session(name, { label, dead: true });
    try {
      const session = await storage.load();
      // It may have been removed just now.
      if (session === null)
        throw new SessionError('NOT_FOUND', `There is no session ${name} in ${placeText(store)}.`);
      return await call({ store, storage, session });
    } finally {
      await storage.close();
    }
  });
}

/**
 * That an argument without a name behind it does not mean a store, of which it would be one session.
 *
 * @param usage how it is written with a name
 * @throws UsageError
 */
export function refuseStoreWithoutName(argument: string, usage: string): void {
  const isStore = SCHEME.test(argument) || (argument.startsWith('@') && !existsSync(argument));
  if (isStore) throw new UsageError(`That is a store. Name the session in it: ${usage}`);
}

/** Of a URL, or of a variable that holds one. A letter and a colon are a drive of Windows. */
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

function placeOf(argument: string): string {
  const name = /^env:(\w+)$/.exec(argument)?.[1];
  if (name !== undefined) {
    const value = process.env[name]?.trim();
    if (value) return value;
    throw new UsageError(`The variable ${name} is not set.`);
  }
  // A folder may have such a name.
  if (argument.startsWith('@') && !existsSync(argument)) {
    return readUrlFile(argument.slice(1));
  }
  if (hasPassword(argument)) {
    throw new UsageError(
      'That URL holds a password. Arguments can be seen by everybody on this machine and stay in the\n' +
        "shell's history: put the URL in the variable TGSESSION_STORE and write env:TGSESSION_STORE in its\n" +
        'place, or put it in a file and write @ and its path.',
    );
  }
  if (argument === '') throw new UsageError('The store is empty: give a folder or a URL.');
  return argument;
}

/** Whether a text is a URL with a password, also one that is not well-formed. */
function hasPassword(text: string): boolean {
  return (
    /^[a-z][a-z0-9+.-]+:\/\/[^/?#]*:[^/?#]+@/i.test(text) || /^[a-z][a-z0-9+.-]+:.*[?&]password=/i.test(text)
  );
}
