import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CompactPeers } from '../../src/peers/compact.ts';
import type { Peer } from '../../src/peers.ts';
import { anyPeer } from '../support/peer-model.ts';

test('a compact list gives the peers back as they were, in order, as often as one likes', () => {
  fc.assert(
    fc.property(fc.array(anyPeer, { maxLength: 30 }), (peers) => {
      const list = new CompactPeers(peers);
      expect(list).toHaveLength(peers.length);
      expect([...list]).toEqual(peers);
      expect([...list]).toEqual(peers);
    }),
  );
});

test('a compact list of peers larger and smaller than its blocks is whole', () => {
  const peers = Array.from(
    { length: 20_000 },
    (_, i): Peer => ({
      kind: 'channel',
      id: i + 1,
      accessHash: -BigInt(i),
      // One is larger than a block; others end it at every place.
      usernames:
        i === 777 ? Array.from({ length: 1000 }, (_, k) => '🦊'.repeat(120) + k) : ['x'.repeat(i % 330)],
      phone: i % 3 === 0 ? '\ufeff7' : null,
      name: 'ä'.repeat(i % 341),
      seen: null,
      min: false,
    }),
  );
  const list = new CompactPeers(peers);
  let i = 0;
  for (const peer of list) expect(peer).toEqual(peers[i++]);
  expect(i).toBe(peers.length);
});

test('a compact list may grow while somebody goes through it', () => {
  const peer = (id: number): Peer => ({
    kind: 'user',
    id,
    accessHash: 1n,
    usernames: ['u'.repeat(200)],
    phone: null,
    name: null,
    seen: 1,
  });
  const list = new CompactPeers(Array.from({ length: 5000 }, (_, i) => peer(i + 1)));
  const ids: number[] = [];
  for (const { id } of list) {
    ids.push(id);
    list.push(peer(5000 + id));
  }
  expect(ids).toEqual(Array.from({ length: 5000 }, (_, i) => i + 1));
  expect([...list].map(({ id }) => id)).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
});
