/** Which store a person means. A password is never taken from an argument. */

import { existsSync, statSync } from 'node:fs';
import { SessionError } from '../../errors.ts';
import { type OpenStoreOptions, openStore } from '../../stores/open-store.ts';
import type { SessionStore } from '../../stores/store.ts';
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
  if (!/^[a-z][a-z0-9+.-]+:/i.test(place)) {
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
