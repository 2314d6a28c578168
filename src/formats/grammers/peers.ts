/** The table `peer_info` of grammers: whom the account has met, and the account itself. */

import { checkInteger, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { CompactPeers } from '../../peers/compact.ts';
import { fromMarkedId, type Peers } from '../../peers.ts';
import type { SqlDatabase, SqlValue } from '../../sqlite/driver.ts';
import { FirstRows } from '../../sqlite/first-rows.ts';
import { requireTable, type Tables } from '../../sqlite/tables.ts';
import { toInteger } from '../../sqlite/values.ts';
import type { JsonValue } from '../snapshot.ts';
import { isGrammersId } from './peer-id.ts';
import { readSubtype } from './subtype.ts';

const COLUMNS = ['peer_id', 'hash', 'subtype'];

/** The account itself, as far as the peers tell. */
export interface Self {
  id: number;
  bot: boolean;
  /** What errors call its row. */
  at: string;
}

/** What the table holds. */
export interface GrammersPeers {
  /** The account is one of them only if its access hash is known: otherwise its row says no more than who it is. */
  peers: Peers;
  /** The first rows as they are. */
  rows: FirstRows<JsonValue>;
  /** Null where no row has the mark. */
  self: Self | null;
}

/** Reads it. @throws SessionError `DAMAGED` (no such table, or two accounts), `INVALID_VALUE` */
export function readPeers(db: SqlDatabase, tables: Tables, notes: string[]): GrammersPeers {
  requireTable(tables, 'peer_info', COLUMNS);
  const peers = new CompactPeers();
  const result: GrammersPeers = { peers, rows: new FirstRows(), self: null };
  let gigagroups = 0;
  const sql = `SELECT ${COLUMNS.join(', ')} FROM peer_info ORDER BY peer_id`;
  for (const [rawId, hash, subtype] of db.prepare(sql, { bigint: true }).iterate()) {
    const at = `peer_info[${typeof rawId === 'bigint' ? rawId : '?'}]`;
    const { marked, ...peer } = identityOf(at, rawId);
    if (hash !== null && typeof hash !== 'bigint') return refuse(at, 'hash', 'an integer or NULL', hash);
    const { self, gigagroup, bot, megagroup } = readSubtype(at, peer.kind, toInteger(subtype));
    if (gigagroup) gigagroups++;
    result.rows.add({
      peerId: marked,
      hash: hash === null ? null : String(hash),
      subtype: subtype === null ? null : Number(subtype),
    });
    if (self) result.self = onlySelf(result.self, { id: peer.id, bot: bot === true, at });
    if (self && hash === null) continue;
    peers.push({
      ...peer,
      // Small groups need no access hash; they have 0 there.
      accessHash: peer.kind === 'chat' && hash === 0n ? null : hash,
      usernames: [],
      phone: null,
      name: null,
      seen: null,
      ...(bot !== undefined && { bot }),
      ...(megagroup !== undefined && { megagroup }),
    });
  }
  if (gigagroups > 0) notes.push(`${gigagroups} peers are gigagroups: taken for supergroups.`);
  return result;
}

/** Marked ids, of those that Telegram gives out. */
function identityOf(at: string, value: SqlValue | undefined) {
  const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
  const marked = checkInteger(at, 'peer_id', toInteger(value), MIN_SAFE_INTEGER, MAX_SAFE_INTEGER);
  const peer = fromMarkedId(marked);
  if (peer !== null && isGrammersId(peer)) return { marked, ...peer };
  return refuse(at, 'peer_id', 'the marked id of a user, a small group or a channel', marked);
}

function onlySelf(first: Self | null, second: Self): Self {
  if (first === null) return second;
  throw new SessionError(
    'DAMAGED',
    `The peers ${first.id} and ${second.id} are both marked as the account itself.`,
    { field: `${second.at}.subtype`, found: 'a second account' },
  );
}
