/** Whom MTKruto has met: its chats, and the peers that a session keeps of them. */

import { refuse } from '../../check.ts';
import { readPeer } from '../../formats/mtkruto/store-peers.ts';
import type { Value } from '../../formats/mtkruto/value.ts';
import { checkPeer } from '../../peers/check.ts';
import { type Peer, toMarkedId } from '../../peers.ts';

/** As much of a chat as is ours to know. */
export interface MtkrutoChat {
  id: number;
  type: 'private' | 'group' | 'supergroup' | 'channel';
  color: number;
  isSelf?: boolean;
  username?: string;
  [field: string]: unknown;
}

/** The value of a key `["peers", marked id]`: a chat and its access hash, which is 0 for none. */
export type MtkrutoPeer = [chat: MtkrutoChat, accessHash: bigint];

/**
 * The peer to keep of a chat that was met now.
 *
 * @throws SessionError `INVALID_VALUE`
 */
export function peerOf(id: number, value: unknown, seen: number): Peer {
  const [chat, hash] = Array.isArray(value) && value.length === 2 ? value : [];
  const at = `peers[${id}]`;
  if (typeof chat !== 'object' || chat === null) return refuse(at, '', 'a chat and its access hash', value);
  const fields = Object.entries(chat as Record<string, Value>).filter(([, each]) => each !== undefined);
  return checkPeer(at, { ...readPeer(at, id, [new Map(fields), hash as Value]), seen });
}

/**
 * A chat as MTKruto makes one, with what a peer has of it. What is not known is not so: not verified, no contact, no photo,
 * and so on; until it is met again.
 *
 * @param self the id of the account itself
 */
export function chatOf(peer: Peer, self: number | null): MtkrutoPeer {
  // That of a "min" peer serves in few places; with 0 MTKruto looks for another way.
  const hash = peer.min === true ? 0n : (peer.accessHash ?? 0n);
  return [{ id: toMarkedId(peer), color: peer.id % 7, ...fieldsOf(peer, self) }, hash];
}

function fieldsOf(peer: Peer, self: number | null): { type: MtkrutoChat['type']; [field: string]: unknown } {
  const { kind, name, phone } = peer;
  const [username, ...also] = peer.usernames;
  const names = { ...(username !== undefined && { username }), ...(also.length > 0 && { also }) };
  const known = { isScam: false, isFake: false, isVerified: false, isRestricted: false };
  if (kind === 'chat') return { type: 'group', title: name ?? '', isCreator: false };
  if (kind === 'user') {
    return {
      type: 'private',
      isBot: peer.bot ?? false,
      firstName: name ?? '',
      ...names,
      ...(phone !== null && { phoneNumber: phone }),
      isSelf: peer.id === self,
      isDeleted: false,
      isContact: false,
      isMutualContact: false,
      isCloseFriend: false,
      isPremium: false,
      isSupport: false,
      ...known,
    };
  }
  const title = { title: name ?? '', ...names, ...known };
  if (peer.megagroup !== true) return { type: 'channel', ...title };
  return { type: 'supergroup', ...title, isForum: false, isDirectMessagesChat: false };
}
