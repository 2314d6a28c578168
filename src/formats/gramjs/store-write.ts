/** The items of a StoreSession as GramJS and teleproto read them. */

import { splitAddress } from '../../address.ts';
import { checkText, refuse } from '../../check.ts';
import type { Peer, Peers } from '../../peers.ts';
import { type DataCenter, MAX_USERNAME_LENGTH } from '../../session.ts';
import type { Loss } from '../codec.ts';
import { PeerLosses } from '../peer-losses.ts';
import { checkInt64, isText, numbered } from '../peer-values.ts';
import type { Snapshot } from '../snapshot.ts';
import { toGramjsId } from './ids.ts';

/** `session` is refused by the real class; `local` and `page` are areas of its store, and silently not stored. */
const RESERVED = ['session', 'local', 'page'];
const MAX_SESSION_NAME = 100;

/** node-localstorage holds 5 MiB and refuses every write beyond that; a login needs room as well. */
const MAX_PEER_CHARACTERS = 4 * 1024 * 1024;

/** @throws SessionError `INVALID_VALUE` for a name that StoreSession cannot have */
export function checkSessionName(name: string): string {
  const text = checkText('name', '', name, MAX_SESSION_NAME);
  if (text === '' || RESERVED.includes(text)) {
    return refuse('name', '', `a session name, and none of ${RESERVED.join(', ')}`, text, `"${text}"`);
  }
  return text;
}

/**
 * The items of a snapshot, as JSON text.
 *
 * @param main its data centre, with an address
 * @throws SessionError `INVALID_VALUE`
 */
export function gramjsStoreItems(
  snapshot: Snapshot,
  main: DataCenter,
): { items: Map<string, string>; losses: Loss[] } {
  const { session, testMode } = snapshot;
  const { ip, port } = splitAddress((main.ipv4Addr ?? main.ipv6Addr)!)!;
  const items = new Map([
    ['dcId', JSON.stringify(main.id)],
    ['port', JSON.stringify(port)],
    ['serverAddress', JSON.stringify(ip)],
  ]);
  if (main.auth !== null) items.set('authKey', JSON.stringify(bufferOf(main.auth)));
  // GramJS does not know these two, and leaves them alone.
  if (testMode !== null) items.set('testServers', JSON.stringify(testMode));
  const others = session.dcs.filter((dc) => dc.id !== main.id && dc.auth !== null);
  if (others.length > 0) {
    items.set(
      'dcAuthKeys',
      JSON.stringify(Object.fromEntries(others.map(({ id, auth }) => [id, bufferOf(auth!)]))),
    );
  }
  const lost = new PeerLosses();
  addPeers(items, snapshot.peers, lost);
  return { items, losses: lost.losses() };
}

/** As a Buffer of Node writes itself in JSON. */
function bufferOf(key: Uint8Array): { type: 'Buffer'; data: number[] } {
  return { type: 'Buffer', data: [...key] };
}

function addPeers(items: Map<string, string>, peers: Peers, lost: PeerLosses): void {
  let characters = 0;
  for (const [peer, at] of numbered(peers)) {
    const row = rowOf(peer, at, lost);
    if (row === null) continue;
    const id = row[0]!;
    const text = JSON.stringify(row);
    if (characters + text.length > MAX_PEER_CHARACTERS)
      lost.add('peers', 'left out, as the folder may hold only 5 MiB');
    else if (items.has(id)) lost.add('peers', 'left out, as they came before');
    else {
      items.set(id, text);
      characters += text.length;
    }
  }
}

/** A row, or null for a peer that has no place there. */
function rowOf(peer: Peer, at: string, lost: PeerLosses): (string | null)[] | null {
  const { kind, accessHash, usernames, phone, name, seen } = peer;
  const id = toGramjsId(peer);
  if (id === null) {
    lost.add('peers', 'left out, as their id cannot be written');
    return null;
  }
  // Small groups need no access hash, and have 0 in its place.
  const hash = accessHash ?? (kind === 'chat' ? 0n : null);
  if (hash === null) {
    lost.add('peers', 'left out, as their access hash is not known');
    return null;
  }
  if (!Array.isArray(usernames)) return refuse(at, 'usernames', 'a list', usernames);
  // The real libraries look names up in lower case.
  const [first] = usernames;
  const isShort =
    typeof first === 'string' && first !== '' && first.length <= MAX_USERNAME_LENGTH && isText(first);
  const username = isShort ? first.toLowerCase() : null;
  if (usernames.length > 1 || (first !== undefined && username !== first)) {
    lost.add('peers.usernames', 'only the first username is kept, and in lower case');
  }
  const row = [id, String(checkInt64(at, 'accessHash', hash)), username, textOrNull(phone), textOrNull(name)];
  if (phone !== row[3]) lost.add('peers.phone', 'a phone number that is no well-formed text');
  if (name !== row[4]) lost.add('peers.name', 'a name that is too long, or no well-formed text');
  // teleproto's rows have no time.
  if (seen === null) return row;
  const milliseconds = seen * 1000;
  if (Number.isSafeInteger(milliseconds) && milliseconds >= 0) return [...row, String(milliseconds)];
  lost.add('peers.seen', 'a time that cannot be written');
  return row;
}

function textOrNull(text: string | null): string | null {
  return typeof text === 'string' && isText(text) ? text : null;
}
