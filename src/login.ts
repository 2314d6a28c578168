/** What tells one login from another: the key of the data centre that the account lives on, and the user. */

import { authKeyId } from './auth-key.ts';
import type { DataCenter, User } from './session.ts';

/** A login, named by its key. */
export interface Login {
  /** Id of the key of the data centre that the account lives on. */
  keyId: string;
  /** The user, or null where that is not known yet. */
  userId: number | null;
}

/** As much of a session as tells its login. */
export interface LoginFields {
  user: Pick<User, 'id' | 'dc'> | null;
  dcs: readonly Pick<DataCenter, 'id' | 'auth'>[];
}

/**
 * The login that a session is; null where there is no key. Where the user is not known, neither is its data centre: then
 * the first one that has a key counts.
 */
export function loginOf({ user, dcs }: LoginFields): Login | null {
  const withKey = dcs.filter(({ auth }) => auth !== null).sort((a, b) => a.id - b.id);
  const auth = (user === null ? withKey[0] : withKey.find(({ id }) => id === user.dc))?.auth ?? null;
  return auth === null ? null : { keyId: authKeyId(auth), userId: user?.id ?? null };
}

/** Whether two are the same login. A user that is not known yet may be any. */
export function sameLogin(a: Login, b: Login): boolean {
  return a.keyId === b.keyId && (a.userId === null || b.userId === null || a.userId === b.userId);
}
