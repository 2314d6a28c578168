/** Which ids grammers takes; at any other it panics (formats/grammers.md, section 1). */

import type { Peer } from '../../peers.ts';

const MAX_USER = 2 ** 40 - 1;
const MAX_CHAT = 999_999_999_999;
const MAX_CHANNEL = 997_852_516_352;
/** Monoforums, the direct messages of channels, are channels with ids of their own. */
const MIN_MONOFORUM = 1_002_147_483_649;
const MAX_MONOFORUM = 3_000_000_000_000;

/** Whether a bare id can be of that kind. */
export function isGrammersId({ kind, id }: Pick<Peer, 'kind' | 'id'>): boolean {
  if (!Number.isInteger(id) || id < 1) return false;
  if (kind === 'user') return id <= MAX_USER;
  if (kind === 'chat') return id <= MAX_CHAT;
  return id <= MAX_CHANNEL || (id >= MIN_MONOFORUM && id <= MAX_MONOFORUM);
}
