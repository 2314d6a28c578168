/** The conformance suite finds out what is wrong with the peers of a storage. */

import { describe, expect, test } from 'vitest';
import type { Peer, PeerStore } from '../../src/peers.ts';
import { type Place, storageConformance } from '../../src/testing/index.ts';
import { PassingPeers, PeerShelfSession } from '../support/peer-shelf.ts';
import { Shelf, ShelfSession } from '../support/shelf.ts';

/** Names and messages of the cases about peers that fail. */
async function failuresOf(make: (shelf: Shelf) => ShelfSession, declared = true): Promise<string[]> {
  const open = (): Place => {
    const shelf = new Shelf();
    return { storage: () => make(shelf), persistent: true, hold: true, ...(declared && { peers: true }) };
  };
  const cases = storageConformance({ open, timeout: 1000 }).filter(({ name }) => name.startsWith('peers: '));
  const results = await Promise.allSettled(cases.map(({ run }) => run()));
  return results.flatMap((result, i) =>
    result.status === 'fulfilled' ? [] : [`${cases[i]!.name}: ${result.reason?.message}`],
  );
}

const withPeers = (make: () => PeerStore) => (shelf: Shelf) => {
  class Session extends PeerShelfSession {
    override make(): PeerStore {
      return make();
    }
  }
  return new Session(shelf);
};

test('a storage with correct peers passes all cases, those without peers included', async () => {
  expect(await failuresOf((shelf) => new PeerShelfSession(shelf))).toEqual([]);
  expect(await failuresOf((shelf) => new ShelfSession(shelf), false)).toEqual([]);
});

test('peers that are not declared are found out, and so are peers that are declared and missing', async () => {
  expect((await failuresOf((shelf) => new PeerShelfSession(shelf), false)).join('\n')).toMatch(
    /does not declare them/,
  );
  expect((await failuresOf((shelf) => new ShelfSession(shelf))).join('\n')).toMatch(/has no `peers`/);
});

/** A store with one thing broken, and what finds it. */
const BROKEN: [what: string, make: (shelf: Shelf) => ShelfSession, found: RegExp][] = [
  [
    'lets whoever was put last win',
    withPeers(
      () =>
        new (class extends PassingPeers {
          override async put(peers: Iterable<Peer>) {
            const list = [...peers];
            for (const { kind, id } of list) await this.inner.delete(kind, id);
            await super.put(list);
          }
        })(),
    ),
    /of two sights the newer one counts.*put older last/s,
  ],
  [
    'takes a part for a whole',
    withPeers(
      () =>
        new (class extends PassingPeers {
          override put(peers: Iterable<Peer>) {
            return super.put(Array.from(peers, (peer) => (peer?.min ? { ...peer, min: false } : peer)));
          }
        })(),
    ),
    /a part never replaces a whole one.*is not what it should be/s,
  ],
  [
    'rounds hashes to what a number can hold',
    withPeers(
      () =>
        new (class extends PassingPeers {
          override async get(kind: Peer['kind'], id: number) {
            const peer = await super.get(kind, id);
            return peer && { ...peer, accessHash: peer.accessHash && BigInt(Number(peer.accessHash)) };
          }
        })(),
    ),
    /a hash that no number can hold.*accessHash/s,
  ],
  [
    'finds usernames in lower case only',
    withPeers(
      () =>
        new (class extends PassingPeers {
          override async getByUsername(username: string) {
            return /^[a-z0-9_]+$/.test(username) ? super.getByUsername(username) : null;
          }
        })(),
    ),
    /found by each username, in upper and lower case/,
  ],
  [
    'gives the first page again and again',
    withPeers(
      () =>
        new (class extends PassingPeers {
          override list(page: { limit?: number } = {}) {
            return super.list({ ...page, after: null });
          }
        })(),
    ),
    /pages give each of them once.*does not come to an end/s,
  ],
  [
    'keeps what came before a wrong one',
    withPeers(
      () =>
        new (class extends PassingPeers {
          override async put(peers: Iterable<Peer>) {
            for (const peer of peers) await super.put([peer]);
          }
        })(),
    ),
    /nothing of that put is kept.*kept its other peer/s,
  ],
  [
    'keeps the peers of another login',
    (shelf) =>
      new (class extends PeerShelfSession {
        override login() {
          return 'anybody';
        }
      })(shelf),
    /not those of another login.*A peer of the login before/s,
  ],
  [
    'works before it is loaded',
    (shelf) =>
      new (class extends PeerShelfSession {
        override ask<T>(call: (peers: PeerStore) => Promise<T>) {
          return call(this.store());
        }
      })(shelf),
    /refused with CLOSED.*it resolved/s,
  ],
];

describe.each(BROKEN)('a store that %s', (_, make, found) => {
  test('fails the case that is for it', async () => {
    expect((await failuresOf(make)).join('\n')).toMatch(found);
  });
});
