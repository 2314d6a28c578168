/** What the answers of the server tell of the session: the clients show each of them to `processEntities`. */

import { type Peer, toMarkedId } from '../../peers.ts';
import { type Answer, isObject } from './interface.ts';

/** The account itself. */
export interface OwnUser {
  id: number;
  bot: boolean;
  username: string | null;
}

/** What an answer says of the login. */
export type LoginNews = { kind: 'login' | 'self'; user: OwnUser } | { kind: 'logout' } | null;

/** Whether somebody logged in or out with it, or it tells who the account is. */
export function loginNews(answer: unknown): LoginNews {
  if (!isObject(answer)) return null;
  if (answer.className === 'auth.LoggedOut') return { kind: 'logout' };
  const authorization = answer.className === 'auth.LoginTokenSuccess' ? answer.authorization : answer;
  if (isObject(authorization) && authorization.className === 'auth.Authorization') {
    return isObject(authorization.user) ? { kind: 'login', user: ownUser(authorization.user) } : null;
  }
  const self = entitiesIn(answer).find(
    ({ className, self, min }) => className === 'User' && self === true && min !== true,
  );
  return self === undefined ? null : { kind: 'self', user: ownUser(self) };
}

/** Whether GramJS says by it that the server does not know the key (-404). */
export function isBrokenKey(answer: unknown): boolean {
  // It has no other name: an UpdateConnectionState.
  return isObject(answer) && answer.className === undefined && answer.state === 0;
}

/** The peers in an answer that can be reached again; those known only in part cannot. */
export function peersIn(answer: unknown, seen: number): Peer[] {
  if (!isObject(answer)) return [];
  return entitiesIn(answer).flatMap((entity) => peerOf(entity, seen) ?? []);
}

/** The marked id of a peer of the API (`PeerUser` and the like); null for anything else. */
export function markedIdOf(peer: unknown): number | null {
  if (!isObject(peer)) return null;
  const { className, userId, chatId, channelId } = peer;
  if (className === 'PeerUser') return toMarkedId({ kind: 'user', id: Number(userId) });
  if (className === 'PeerChat') return toMarkedId({ kind: 'chat', id: Number(chatId) });
  return className === 'PeerChannel' ? toMarkedId({ kind: 'channel', id: Number(channelId) }) : null;
}

/** Users, groups and channels, where the API has them. */
function entitiesIn(answer: Answer): Answer[] {
  const places = Array.isArray(answer)
    ? [answer]
    : [answer.user, answer.chat, answer.channel, answer.users, answer.chats];
  return places.flat().filter(isObject);
}

const KINDS: ReadonlyMap<unknown, Peer['kind']> = new Map([
  ['User', 'user'],
  ['Chat', 'chat'],
  ['ChatForbidden', 'chat'],
  ['Channel', 'channel'],
  ['ChannelForbidden', 'channel'],
]);

function peerOf(entity: Answer, seen: number): Peer | null {
  const kind = KINDS.get(entity.className);
  if (kind === undefined || entity.min === true) return null;
  const { firstName, lastName, title, phone, bot, megagroup } = entity;
  const name = [firstName, lastName, title]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(' ');
  const accessHash = kind === 'chat' || entity.accessHash == null ? null : BigInt(String(entity.accessHash));
  if (kind !== 'chat' && accessHash === null) return null;
  return {
    kind,
    id: Number(entity.id),
    accessHash,
    usernames: usernamesOf(entity),
    phone: typeof phone === 'string' && phone !== '' ? phone : null,
    name: name === '' ? null : name,
    seen,
    ...(kind === 'user' && { bot: bot === true }),
    ...(kind === 'channel' && { megagroup: megagroup === true }),
  };
}

function ownUser(user: Answer): OwnUser {
  return { id: Number(user.id), bot: user.bot === true, username: usernamesOf(user)[0] ?? null };
}

/** Those that lead to a peer, the main one first. Who has several has them in another place than who has one. */
function usernamesOf({ username, usernames }: Answer): string[] {
  const several = Array.isArray(usernames) ? usernames.filter(isObject) : [];
  const active = several.filter((each) => each.active === true).map((each) => each.username);
  const names = [username, ...active].filter((each) => typeof each === 'string' && each !== '');
  return [...new Set(names as string[])];
}
