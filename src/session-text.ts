/** A whole session as text, for places that have room for one text: JSON, the keys in hexadecimal. */

import { type Place, refuse } from './check.ts';
import { SessionError } from './errors.ts';
import { Session } from './session.ts';

/** The session as text. **It holds the keys.** */
export function sessionToText({ dcs, user, state }: Session): string {
  const plain = dcs.map(({ id, ipv4Addr, ipv6Addr, auth }) => ({
    id,
    ipv4Addr,
    ipv6Addr,
    auth: auth && Buffer.from(auth).toString('hex'),
  }));
  return JSON.stringify({ dcs: plain, user, state });
}

/**
 * The session that a text holds.
 *
 * @param at where the text is, for errors
 * @throws SessionError `INVALID_VALUE`
 */
export function sessionFromText(at: Place, text: unknown): Session {
  try {
    const { dcs, user, state } = JSON.parse(text as string);
    const withKeys = dcs.map(({ auth, ...dc }: { auth: string | null }) => ({
      ...dc,
      auth: auth && new Uint8Array(Buffer.from(auth, 'hex')),
    }));
    return new Session({ dcs: withKeys, user, state }, at);
  } catch (error) {
    // What the parser says may repeat a part of the text.
    if (error instanceof SessionError) throw error;
    return refuse(at, '', 'a session in JSON', text);
  }
}
