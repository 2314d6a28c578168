import type { Peer } from '../../src/peers.ts';

/** A user with an access hash, of whom nothing else is known, but for what is said. */
export function peerOf(fields: Partial<Peer> = {}): Peer {
  return {
    kind: 'user',
    id: 1,
    accessHash: 1n,
    usernames: [],
    phone: null,
    name: null,
    seen: null,
    ...fields,
  };
}
