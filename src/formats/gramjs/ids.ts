/**
 * Ids as GramJS and teleproto mark them: users as they are, small groups with a minus, channels with `-100` in front of
 * their digits (`getPeerId` in their Utils). For ids of 10 digits that is the number -(10^12 + id) of others; for longer
 * ones it is another number.
 */

import type { Peer } from '../../peers.ts';

/** Channels have at least this many digits; with fewer, the mark could be the begin of a small group's id. */
const MIN_CHANNEL_DIGITS = 10;

/** The peer that a marked id means, or null where it is none. */
export function fromGramjsId(text: string): Pick<Peer, 'kind' | 'id'> | null {
  const channel = /^-100([1-9]\d*)$/.exec(text)?.[1] ?? '';
  if (channel.length >= MIN_CHANNEL_DIGITS) return peerOf('channel', channel);
  const [, minus, digits] = /^(-?)([1-9]\d*)$/.exec(text) ?? [];
  if (digits === undefined) return null;
  if (minus === '') return peerOf('user', digits);
  // Groups have at most 12 digits: what is longer is a channel in the marks of another library.
  return digits.length <= 12 ? peerOf('chat', digits) : null;
}

function peerOf(kind: Peer['kind'], digits: string): Pick<Peer, 'kind' | 'id'> | null {
  const id = Number(digits);
  return Number.isSafeInteger(id) ? { kind, id } : null;
}

/** The marked id of a peer, or null if it would be read as another. */
export function toGramjsId({ kind, id }: Pick<Peer, 'kind' | 'id'>): string | null {
  const marked = kind === 'user' ? `${id}` : kind === 'chat' ? `-${id}` : `-100${id}`;
  const read = fromGramjsId(marked);
  return read?.kind === kind && read.id === id ? marked : null;
}
