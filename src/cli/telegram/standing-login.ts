/** A login that is there already: it is not replaced by accident. */

import { type Login, loginOf } from '../../login.ts';
import type { Session } from '../../session.ts';
import type { Storage } from '../../storage.ts';
import { CommandError } from '../command.ts';

/** The login of a session in which somebody is logged in; null if nobody is. */
export function standingLogin(session: Session | null): Login | null {
  return session === null || session.user === null ? null : loginOf(session);
}

/**
 * Whether the server is known to have given the key up.
 *
 * @param storage is open
 */
export async function isKnownToBeOver({ status, aside }: Storage, keyId: string): Promise<boolean> {
  const said = await status?.get();
  if (said?.keyId === keyId) return said.status !== 'alive';
  const entries = (await aside?.list()) ?? [];
  // A client kept a copy aside with what the server said, in its capitals.
  return entries.some((entry) => entry.keyId === keyId && /^[A-Z_]+$/.test(entry.reason));
}

/**
 * The refusal to replace a login.
 *
 * @param where the session in words
 * @param check the command that asks whether it is still good
 */
export function loggedIn(where: string, { user }: Session, check: string): CommandError {
  const name = user!.username === null ? '' : ` @${user!.username}`;
  return new CommandError(
    'LOGGED_IN',
    `${where} is logged in already: user ${user!.id}${name}, data centre ${user!.dc}. Is it still good? "${check}" asks. Choose another name, or replace it with --force: the old session is then kept aside with it.`,
  );
}
