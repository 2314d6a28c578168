/**
 * The items of MTKruto's stores (formats/mtkruto.md, sections 2 and 3), in a folder one file each, in a browser's
 * localStorage one entry each: which sessions there are, and which items each of them has. The name of an item is the
 * prefix of the store and the key; a branch of a store has `S__` and its own name behind the prefix.
 */

import { refuse } from '../../check.ts';
import type { Account } from '../snapshot.ts';
import { parseKey } from './value.ts';

/** Longer names are none of ours, and take time. */
const MAX_NAME = 300;
/** What in a name may be the begin of a key: a list, and a text as its first item, the names of which are words. */
const KEY_BEGIN = /6(\d{1,2})\n2([a-zA-Z.]{4,19})/g;

const MAX_SESSIONS = 1000;

/** Items by key, written as {@link keyText} does, with the names or the values that they have in the source. */
export type Items = ReadonlyMap<string, string>;

/** One session. */
export interface StoredSession {
  prefix: string;
  /** Its items, and the names of them. */
  items: Items;
  /** Items with keys of the same account for other data centres, such as `auth.key[4]`, and their names. */
  otherKeys: Map<string, string>;
}

/** A key as errors name it, such as `peers[123]`. */
function keyText([name, ...rest]: readonly string[]): string {
  return `${name}${rest.map((part) => `[${part}]`).join('')}`;
}

/** First parts of the keys that are read; everything else is caches, and much of it. */
const WANTED = new Set([
  'auth',
  'auth.dc',
  'auth.key',
  'auth.accountId',
  'auth.accountType',
  'auth.isPremium',
  'connection.apiId',
  'session.serverSalt',
  'updates.state',
  'updates.channelPts',
  'channelPts',
  'peers',
  'usernames',
  'cache.username',
  'phoneNumbers',
]);

/** Sorts names into sessions. Names of anything else are left out. */
export function sessionsIn(names: Iterable<string>): StoredSession[] {
  const stores = new Map<string, Map<string, string>>();
  for (const name of names) {
    const found = split(name);
    if (found === null) continue;
    const items = stores.get(found.prefix) ?? new Map<string, string>();
    stores.set(found.prefix, items.set(keyText(found.key), name));
  }
  const sessions = new Map<string, StoredSession>();
  // A branch comes behind what it belongs to: that is the begin of its prefix.
  for (const [prefix, items] of [...stores].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const branch = BRANCH.exec(prefix);
    const owner = branch === null ? undefined : sessions.get(branch[1]!);
    if (owner !== undefined && items.has('auth.key') && !items.has('auth.accountId')) {
      owner.otherKeys.set(`auth.key[${branch![2] ?? branch![3]}]`, items.get('auth.key')!);
    } else if (items.has('auth') || (items.has('auth.dc') && items.has('auth.key'))) {
      sessions.set(prefix, { prefix, items, otherKeys: new Map() });
    }
  }
  return [...sessions.values()];
}

/**
 * Each session with its number, where there are several.
 *
 * @param label what errors call the source
 * @throws SessionError `INVALID_VALUE` for more than anybody has
 */
export function accountsOf(
  sessions: readonly StoredSession[],
  label: string,
): { session: StoredSession; account: Account | null }[] {
  const found = `one with ${sessions.length}`;
  if (sessions.length > MAX_SESSIONS)
    refuse(label, '', `a store of at most ${MAX_SESSIONS} sessions`, null, found);
  return sessions.map((session, index) => ({
    session,
    account: sessions.length === 1 ? null : { index, active: null },
  }));
}

/** The branches that MTKruto before 0.70 made for other data centres. Since then it tries to, and fails. */
const BRANCH = /^(.*)S__(?:(\d)(?:-test)?|download_client_(\d))$/s;

/** Where the key begins in a name. A prefix may end with digits, so that all of them are tried. */
function split(name: string): { prefix: string; key: string[] } | null {
  if (name.length > MAX_NAME) return null;
  KEY_BEGIN.lastIndex = 0;
  for (let match = KEY_BEGIN.exec(name); match !== null; match = KEY_BEGIN.exec(name)) {
    const { index } = match;
    const isWanted = WANTED.has(match[2]!.slice(0, Number(match[1]) - 1));
    const key = isWanted ? parseKey(name.slice(index)) : null;
    if (key !== null) return { prefix: name.slice(0, index), key };
    KEY_BEGIN.lastIndex = index + 1;
  }
  return null;
}
