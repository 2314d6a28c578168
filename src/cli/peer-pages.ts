/** All peers of a store, page by page. */

import type { Peer, PeerKey, PeerStore } from '../peers.ts';

const PAGE = 1000;

export async function* peerPages(peers: PeerStore): AsyncGenerator<Peer[]> {
  for (let after: PeerKey | null = null; ; ) {
    const page: Peer[] = await peers.list({ after, limit: PAGE });
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)!;
  }
}
