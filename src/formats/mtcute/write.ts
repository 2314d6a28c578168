/** Making the database of mtcute, with the tables that its own migrations make (formats/mtcute.md, section 2). */

import { refuse } from '../../check.ts';
import { fromMarkedId, type Peer, type Peers, toMarkedId } from '../../peers.ts';
import type { DataCenter } from '../../session.ts';
import type { SqlDatabase, SqlValue } from '../../sqlite/driver.ts';
import type { Loss } from '../codec.ts';
import { KNOWN_IN_PART, PeerLosses } from '../peer-losses.ts';
import { checkInt64, isText, numbered } from '../peer-values.ts';
import type { Snapshot } from '../snapshot.ts';
import { TlWriter } from '../tl.ts';
import { WrittenIds } from '../written-ids.ts';
import { writeCurrentUser } from './current-user.ts';
import { writeDcOption } from './dc.ts';
import { hashText } from './hash.ts';

/** To the letter, blanks included, as SQLite keeps the text. */
export const MTCUTE_SCHEMA = [
  `CREATE TABLE mtcute_migrations (
    repo text not null primary key,
    version integer not null
)`,
  `CREATE TABLE auth_keys (
                    dc integer primary key,
                    key blob not null
                )`,
  `CREATE TABLE temp_auth_keys (
                    dc integer not null,
                    idx integer not null,
                    key blob not null,
                    expires integer not null,
                    primary key (dc, idx)
                )`,
  `CREATE TABLE key_value (
              key text primary key,
              value blob not null
          )`,
  `CREATE TABLE message_refs (
                    peer_id integer not null,
                    chat_id integer not null,
                    msg_id integer not null
                )`,
  'CREATE INDEX idx_message_refs_peer on message_refs (peer_id)',
  'CREATE INDEX idx_message_refs on message_refs (chat_id, msg_id)',
  `CREATE TABLE peers (
                    id integer primary key,
                    hash text not null,
                    usernames json not null,
                    updated integer not null,
                    phone text,
                    complete blob
                )`,
  'CREATE INDEX idx_peers_usernames on peers (usernames)',
  'CREATE INDEX idx_peers_phone on peers (phone)',
  'ALTER TABLE peers ADD COLUMN isMin integer not null default false',
];
const MIGRATIONS: SqlValue[][] = [
  ['auth_keys', 1],
  ['kv', 1],
  ['ref_messages', 1],
  ['peers', 2],
];

const MAX_INT32 = 2 ** 31 - 1;
const MAX_UINT32 = 2 ** 32 - 1;

/** The rows of a file, but for its peers. */
export interface MtcuteRows {
  values: Map<string, Uint8Array>;
  keys: SqlValue[][];
  losses: Loss[];
}

/**
 * Fills an empty database with rows, and with peers.
 *
 * @returns what of the peers found no place
 * @throws SessionError `INVALID_VALUE`
 */
export function fillMtcute(db: SqlDatabase, { values, keys }: MtcuteRows, peers: Peers): Loss[] {
  const isPeerIndex = (sql: string) => sql.startsWith('CREATE INDEX idx_peers_');
  for (const sql of MTCUTE_SCHEMA) if (!isPeerIndex(sql)) db.exec(sql);
  const inserting = (table: string, columns: string) => {
    const marks = columns.replaceAll(/\w+/g, '?');
    return db.prepare(`INSERT INTO ${table} (${columns}) VALUES (${marks})`);
  };
  inserting('mtcute_migrations', 'repo, version').runEach(MIGRATIONS);
  inserting('auth_keys', 'dc, key').runEach(keys);
  inserting('key_value', 'key, value').runEach(values);
  const ids = new WrittenIds(db.prepare('SELECT 1 FROM peers WHERE id = ?'));
  const insert = inserting('peers', 'id, hash, usernames, updated, phone, isMin');
  const lost = new PeerLosses();
  for (const [peer, at] of numbered(peers)) {
    const row = peerRow(peer, at, ids, lost);
    if (row === null) continue;
    insert.run(...row);
    ids.add(row[0] as number);
  }
  // Of all rows at once an index is made much faster.
  for (const sql of MTCUTE_SCHEMA) if (isPeerIndex(sql)) db.exec(sql);
  return lost.losses();
}

/**
 * The rows for a snapshot, but for its peers.
 *
 * @param main its data centre, with an address and a number of at most 255
 * @throws SessionError `INVALID_VALUE`
 */
export function mtcuteRows(snapshot: Snapshot, main: DataCenter, test: boolean): MtcuteRows {
  const { session, mediaDc } = snapshot;
  const losses: Loss[] = [];
  const values = new Map<string, Uint8Array>();
  values.set('dc_main', writeDcOption('dc_main', { ...main, mediaOnly: false }, test)!);
  const media = mediaDc === null ? null : writeDcOption('dc_media', mediaDc, test);
  if (media !== null) values.set('dc_media', media);
  addUser(values, snapshot);
  addState(values, snapshot, losses);
  const keys = session.dcs.flatMap(({ id, auth }) => (auth === null ? [] : [[id, auth]]));
  return { values, keys, losses };
}

function addUser(values: Map<string, Uint8Array>, { session: { user }, usernames }: Snapshot): void {
  if (user === null) return;
  const { id, bot, username } = user;
  const names = username === null ? [] : [username, ...usernames.filter((name) => name !== username)];
  values.set('current_user', writeCurrentUser({ id, bot, isPremium: false, usernames: names }));
}

function addState(values: Map<string, Uint8Array>, { session: { state } }: Snapshot, losses: Loss[]): void {
  if (state === null) return;
  const { pts, qts, date, seq } = state;
  if ([pts, qts, date, seq].some((value) => value > MAX_INT32)) {
    losses.push({
      field: 'session.state',
      message: 'How far updates were read: a number has more than 32 bits.',
    });
    return;
  }
  for (const [name, value] of Object.entries({ pts, qts, date, seq })) {
    values.set(`updates_${name}`, new TlWriter().int(value).done());
  }
  const written = state.channels.filter((channel) => channel.pts <= MAX_UINT32);
  for (const channel of written)
    values.set(`updates_channel:${channel.id}`, new TlWriter().int(channel.pts).done());
  const count = state.channels.length - written.length;
  if (count === 0) return;
  losses.push({
    field: 'session.state.channels',
    message: `How far ${count} channels were read: more than 32 bits.`,
  });
}

/** A row, or null for a peer that has no place there. */
function peerRow(peer: Peer, at: string, ids: WrittenIds, lost: PeerLosses): SqlValue[] | null {
  const { kind, accessHash, usernames, phone, name, seen } = peer;
  const marked = toMarkedId(peer);
  const read = fromMarkedId(marked);
  if (read?.kind !== kind || read.id !== peer.id) {
    lost.add('peers', 'left out, as their id cannot be written');
    return null;
  }
  if (ids.has(marked)) {
    lost.add('peers', 'left out, as they came before');
    return null;
  }
  if (peer.min === true) {
    lost.add('peers', KNOWN_IN_PART);
    return null;
  }
  if (accessHash === null && kind !== 'chat') {
    lost.add('peers', 'left out, as their access hash is not known');
    return null;
  }
  if (!Array.isArray(usernames)) return refuse(at, 'usernames', 'a list', usernames);
  // mtcute looks names up in lower case.
  const names = usernames.filter((one) => typeof one === 'string' && one.length <= 256 && isText(one));
  const lower = names.map((one) => one.toLowerCase()).filter((one) => one.length <= 256);
  if (JSON.stringify(lower) !== JSON.stringify(usernames))
    lost.add('peers.usernames', 'usernames are kept in lower case');
  const digits =
    typeof phone === 'string' && phone !== '' && phone.length <= 64 && isText(phone) ? phone : null;
  if (phone !== digits)
    lost.add('peers.phone', 'a phone number that is empty, too long, or no well-formed text');
  if (name !== null) lost.add('peers.name', 'the name: it stands in an object that only the server makes');
  const milliseconds = seen === null ? 0 : seen * 1000;
  const isTime = Number.isSafeInteger(milliseconds) && milliseconds >= 0;
  if (seen === null || !isTime) lost.add('peers.seen', 'when it was seen is not known, and written as 0');
  const hash = kind === 'chat' ? '' : hashText(checkInt64(at, 'accessHash', accessHash));
  return [marked, hash, JSON.stringify(lower), isTime ? milliseconds : 0, digits, 0];
}
