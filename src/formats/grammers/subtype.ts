/** The column `subtype` of grammers' peers: bits for users and channels, NULL for what is not known. */

import { refuse } from '../../check.ts';
import type { Peer } from '../../peers.ts';

const SELF = 1;
const BOT = 2;
const MEGAGROUP = 4;
const BROADCAST = 8;
const GIGAGROUP = 12;

/** What it says of a peer. */
export interface Subtype extends Pick<Peer, 'bot' | 'megagroup'> {
  /** Whether it is the account itself. */
  self: boolean;
  /** Whether it is a supergroup without a limit of members, which a peer has no word for. */
  gigagroup: boolean;
}

/**
 * Reads it. grammers writes no 0; it reads it as a user that is neither a bot nor the account, and so do we.
 *
 * @throws SessionError `INVALID_VALUE` for bits that this kind of peer does not have
 */
export function readSubtype(at: string, kind: Peer['kind'], value: unknown): Subtype {
  const unknown = { self: false, gigagroup: false };
  if (value === null || (value === 0 && kind !== 'user')) return unknown;
  if (kind === 'user' && (value === 0 || value === SELF || value === BOT || value === (SELF | BOT))) {
    return { ...unknown, self: (value & SELF) !== 0, bot: (value & BOT) !== 0 };
  }
  if (kind === 'channel' && (value === MEGAGROUP || value === BROADCAST || value === GIGAGROUP)) {
    return { ...unknown, megagroup: (value & MEGAGROUP) !== 0, gigagroup: value === GIGAGROUP };
  }
  return refuse(at, 'subtype', `one of those of a ${kind}, or NULL`, value);
}

/** The bits for a peer, or null. */
export function subtypeOf(
  { kind, bot, megagroup }: Pick<Peer, 'kind' | 'bot' | 'megagroup'>,
  self: boolean,
): number | null {
  if (kind === 'user')
    return bot === undefined && !self ? null : (bot === true ? BOT : 0) | (self ? SELF : 0);
  if (kind === 'chat' || megagroup === undefined) return null;
  return megagroup ? MEGAGROUP : BROADCAST;
}
