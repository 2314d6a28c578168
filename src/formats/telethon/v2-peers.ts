/** The peers that go into a session file of Telethon v2, in tables beside its own (docs/sqlite.md, "Peers"). */

import { loginOf } from '../../login.ts';
import { checkPeer } from '../../peers/check.ts';
import type { Peer } from '../../peers.ts';
import { MAX_USERNAME_LENGTH } from '../../session.ts';
import type { SqlDatabase } from '../../sqlite/driver.ts';
import { makePeerTables } from '../../sqlite/peer-tables.ts';
import { withStatements } from '../../sqlite/statements.ts';
import type { Loss } from '../codec.ts';
import { PeerLosses } from '../peer-losses.ts';
import { isText, numbered, withOwn } from '../peer-values.ts';
import type { Snapshot } from '../snapshot.ts';

/**
 * Writes the peers of a snapshot, if it has any.
 *
 * @returns what found no place
 * @throws SessionError `INVALID_VALUE`
 */
export function fillPeers(db: SqlDatabase, snapshot: Snapshot): Loss[] {
  const { session, peers, phone } = snapshot;
  const login = loginOf(session);
  const lost = new PeerLosses();
  let own: Peer | null = null;
  const fitting = function* () {
    for (const [peer, at] of numbered(peers)) {
      const isOwn = peer.kind === 'user' && peer.id === session.user?.id;
      const whole = isOwn ? withOwn(peer, session.user?.username ?? null, phone) : peer;
      const checked = checkPeer(at, fit(whole, lost));
      if (checked.usernames.length < whole.usernames.length) {
        lost.add('peers.usernames', 'usernames that come twice, are too long, or no well-formed text');
      }
      if (isOwn) own ??= checked;
      yield checked;
    }
  };
  if (peers.length > 0 && login !== null) {
    const kept = makePeerTables(withStatements(db), login, fitting());
    for (let i = kept; i < peers.length; i++)
      lost.add('peers', 'are there twice: the newest of each was kept');
  } else if (peers.length > 0) {
    for (const _ of peers) lost.add('peers', 'left out, as there is no auth key that they belong to');
  }
  const losses = lost.losses();
  if (phone !== null && (own as Peer | null)?.phone !== phone) {
    losses.push({ field: 'phone', message: 'The phone number of the account: it is no peer of its own.' });
  }
  return losses;
}

/** A peer without the texts and times that no file can keep. What else is wrong with it is refused. */
function fit(peer: Peer, lost: PeerLosses): Peer {
  const { usernames, seen } = peer;
  const isName = (one: unknown) =>
    typeof one !== 'string' || (one.length <= MAX_USERNAME_LENGTH && isText(one));
  const text = (field: 'phone' | 'name', what: string) => {
    const value = peer[field];
    if (typeof value !== 'string' || isText(value)) return value;
    lost.add(`peers.${field}`, `${what} that is too long, or no well-formed text`);
    return null;
  };
  const kept = Array.isArray(usernames) ? usernames.filter(isName) : usernames;
  const isNoTime = typeof seen === 'number' && !(Number.isSafeInteger(seen) && seen >= 0);
  if (isNoTime) lost.add('peers.seen', 'when they were seen, which is no time');
  return {
    ...peer,
    usernames: kept,
    seen: isNoTime ? null : seen,
    phone: text('phone', 'a phone number'),
    name: text('name', 'a name'),
  };
}
