/** Whom an account has met, as MTKruto's stores have them since 0.70 (formats/mtkruto.md, section 2). */

import { checkBoolean, checkId, checkText, refuse } from '../../check.ts';
import { fromMarkedId, type Peer } from '../../peers.ts';
import { MAX_USERNAME_LENGTH } from '../../session.ts';
import { checkInt64 } from '../peer-values.ts';
import type { Items } from './store-items.ts';
import type { Fields, Value } from './value.ts';

/** Longest name and phone that are kept; Telegram's own limits are far below. */
const MAX_TEXT_LENGTH = 4096;
/** What the kinds of chats are called, and whether a channel is a supergroup. */
const TYPES: Record<string, Pick<Peer, 'kind' | 'megagroup'>> = {
  private: { kind: 'user' },
  group: { kind: 'chat' },
  supergroup: { kind: 'channel', megagroup: true },
  channel: { kind: 'channel', megagroup: false },
};

/**
 * The peers in a session, by their ids, and which of them is the account itself.
 *
 * @throws SessionError `INVALID_VALUE` naming the item
 */
export function readPeers(
  texts: Items,
  value: (item: string) => Value | undefined,
  userId: number | null,
  notes: string[],
): { peers: Peer[]; own: Peer | null } {
  const peers = new Map<number, Peer>();
  for (const item of itemsOf(texts, ['peers['])) {
    const id = Number(item.slice('peers['.length, -1));
    peers.set(id, readPeer(item, id, value(item)));
  }
  for (const item of itemsOf(texts, ['cache.username[', 'usernames['])) {
    const username = checkText(item, 'username', inBrackets(item), MAX_USERNAME_LENGTH);
    const peer = peerOf(peers, item, value(item));
    const isKnown = peer.usernames.some((one) => one.toLowerCase() === username.toLowerCase());
    if (!isKnown) peer.usernames.push(username);
  }
  for (const item of itemsOf(texts, ['phoneNumbers['])) {
    const phone = checkText(item, 'phone', inBrackets(item), MAX_TEXT_LENGTH);
    peerOf(peers, item, value(item)).phone ??= phone;
  }
  const unknown = [...peers.values()].filter(
    ({ kind, accessHash }) => kind !== 'chat' && accessHash === null,
  );
  if (unknown.length > 0) notes.push(`The access hash of ${unknown.length} peers is not known.`);
  const sorted = [...peers].sort(([a], [b]) => a - b).map(([, peer]) => peer);
  return { peers: sorted, own: (userId === null ? undefined : peers.get(userId)) ?? null };
}

/** Items whose keys begin in one of some ways, in an order that does not depend on that of files. */
function itemsOf(texts: Items, begins: readonly string[]): string[] {
  return [...texts.keys()].filter((item) => begins.some((begin) => item.startsWith(begin))).sort();
}

function inBrackets(item: string): string {
  return item.slice(item.indexOf('[') + 1, -1);
}

/**
 * A peer as it stands in one item: a chat and its access hash.
 *
 * @param item what errors call it
 * @param id the marked id, from the key
 * @throws SessionError `INVALID_VALUE`
 */
export function readPeer(item: string, id: number, value: Value | undefined): Peer {
  const [chat, hash] = Array.isArray(value) && value.length === 2 ? value : [];
  if (!(chat instanceof Map)) return refuse(item, '', 'a chat and its access hash', value);
  const type = TYPES[String(chat.get('type'))];
  const kindAndId = fromMarkedId(id);
  if (type === undefined || kindAndId?.kind !== type.kind || chat.get('id') !== id) {
    return refuse(item, '', 'a chat of the type that its id has', chat);
  }
  const accessHash = checkInt64(item, 'accessHash', hash);
  const peer: Peer = {
    ...kindAndId,
    // Where there is none, MTKruto has 0.
    accessHash: accessHash === 0n ? null : accessHash,
    usernames: readUsernames(item, chat),
    phone: textIn(item, chat, 'phoneNumber'),
    name: readName(item, chat),
    seen: null,
  };
  if (type.megagroup !== undefined) peer.megagroup = type.megagroup;
  if (type.kind === 'user') peer.bot = checkBoolean(item, 'isBot', chat.get('isBot'));
  return peer;
}

function readUsernames(item: string, chat: Fields): string[] {
  const also = chat.get('also') ?? [];
  if (!Array.isArray(also)) return refuse(item, 'also', 'a list', also);
  const username = chat.get('username');
  return [...(username === undefined ? [] : [username]), ...also].map((one) =>
    checkText(item, 'username', one, MAX_USERNAME_LENGTH),
  );
}

function readName(item: string, chat: Fields): string | null {
  const parts = ['firstName', 'lastName', 'title'].map((name) => textIn(item, chat, name));
  return parts.filter((part) => part !== null && part !== '').join(' ') || null;
}

function textIn(item: string, chat: Fields, name: string): string | null {
  const value = chat.get(name);
  return value === undefined ? null : checkText(item, name, value, MAX_TEXT_LENGTH);
}

/** Whom a username or phone number was of when MTKruto looked it up: `[id, date]`. */
function peerOf(peers: Map<number, Peer>, item: string, value: Value | undefined): Peer {
  const [id, date] = Array.isArray(value) && value.length === 2 ? value : [];
  const kindAndId = typeof id === 'number' ? fromMarkedId(id) : null;
  const seconds = date instanceof Date ? Math.floor(date.getTime() / 1000) : Number.NaN;
  if (kindAndId === null || !(seconds >= 0)) return refuse(item, '', 'the id of a peer and a date', value);
  checkId(item, 'id', kindAndId.id);
  const known = peers.get(id as number);
  const peer: Peer = known ?? {
    ...kindAndId,
    accessHash: null,
    usernames: [],
    phone: null,
    name: null,
    seen: null,
  };
  peer.seen = Math.max(peer.seen ?? 0, seconds);
  peers.set(id as number, peer);
  return peer;
}
