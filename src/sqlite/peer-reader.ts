/** Reading all peers of a session file, for conversions. */

import { SessionError } from '../errors.ts';
import { loginOf } from '../login.ts';
import { CompactPeers } from '../peers/compact.ts';
import type { Peer, Peers } from '../peers.ts';
import type { Session } from '../session.ts';
import type { SqlDatabase } from './driver.ts';
import { hasPeerTables } from './peer-schema.ts';
import { allPeers, countPeers, hasPeersOf } from './peer-tables.ts';
import { withStatements } from './statements.ts';

/** What a file knows of peers. */
export interface FoundPeers {
  peers: Peers;
  /** The own user among them, or null. */
  own: Peer | null;
}

/**
 * The peers of the login that a session is; those of another one, and tables that are not known, are left out and noted.
 *
 * @throws SessionError `INVALID_VALUE`; SqlError
 */
export function readPeers(db: SqlDatabase, session: Session, notes: string[]): FoundPeers {
  const peers = new CompactPeers();
  const found: FoundPeers = { peers, own: null };
  const sql = withStatements(db);
  try {
    if (!hasPeerTables(sql)) return found;
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    notes.push('The file keeps peers in a way that only a newer tgsession knows: they were left out.');
    return found;
  }
  if (!hasPeersOf(sql, loginOf(session))) {
    const count = countPeers(sql);
    if (count > 0) notes.push(`${count} peers are of another login, and of no use to this one: left out.`);
    return found;
  }
  for (const peer of allPeers(sql)) {
    peers.push(peer);
    if (peer.kind === 'user' && peer.id === session.user?.id) found.own = peer;
  }
  return found;
}
