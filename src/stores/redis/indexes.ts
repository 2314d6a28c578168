/** The indexes of a store: which sessions have one value of a field. See catalogue.ts. */

import { usernameToLookUp } from '../../peers/rules.ts';
import type { UserFields } from '../../session.ts';
import type { SessionFilter, SessionInfo } from '../store.ts';
import type { Keys } from './keys.ts';

/** What is indexed of a session. */
export type Indexed = Pick<SessionInfo, 'user' | 'status' | 'label' | 'tags' | 'phone'>;

/** Fields by which sessions are found, in the order in which the first is taken: that with the fewest sessions. */
export function indexOf(keys: Keys, filter: SessionFilter): string | null {
  const { userId, username, phone, tag, label, status, bot, dc } = filter;
  if (userId !== undefined) return keys.index('user', String(userId));
  if (username !== undefined) return keys.index('username', username);
  if (phone !== undefined) return keys.index('phone', phone);
  if (label !== undefined) return keys.index('label', label);
  if (tag !== undefined) return keys.index('tag', tag);
  // Nearly all are ok: that is no help.
  if (status !== undefined && status !== 'ok') return keys.index('status', status);
  if (bot !== undefined) return keys.index('bot', String(bot));
  return dc === undefined ? null : keys.index('dc', String(dc));
}

/** Every index that a session belongs in. */
export function indexesOf(keys: Keys, { user, status, label, tags, phone }: Partial<Indexed>): string[] {
  return [
    ...userIndexes(keys, user ?? null),
    ...(status === undefined || status === 'ok' ? [] : [keys.index('status', status)]),
    ...(label ? [keys.index('label', label)] : []),
    ...(tags ?? []).map((tag) => keys.index('tag', tag)),
    ...(phone ? [keys.index('phone', phone)] : []),
  ];
}

function userIndexes(keys: Keys, user: UserFields | null): string[] {
  if (user === null) return [];
  const { id, dc, bot, username } = user;
  return [
    keys.index('user', String(id)),
    keys.index('dc', String(dc)),
    keys.index('bot', String(bot)),
    ...(username ? [keys.index('username', usernameToLookUp(username))] : []),
  ];
}
