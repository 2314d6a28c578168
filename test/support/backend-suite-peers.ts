/** What every backend promises of peers. */

import fc from 'fast-check';
import { expect } from 'vitest';
import { namesOf } from '../../src/peers/rules.ts';
import type { Peer } from '../../src/peers.ts';
import type { Backend, PeerChanges } from '../../src/stores/backend.ts';
import { heldWith, put, taken } from './backend-steps.ts';
import type { OnPlace } from './backend-suite.ts';
import { peerOf } from './peer.ts';
import { anyPeer } from './peer-model.ts';
import { fullSession } from './sessions.ts';

const LOGIN = { keyId: '0123456789abcdef', userId: 5 };

function peer(kind: Peer['kind'], id: number, more: Partial<Peer> = {}): Peer {
  return peerOf({ kind, id, ...more });
}

function changes(more: Partial<PeerChanges>): PeerChanges {
  return { login: LOGIN, clear: false, put: [], gone: [], namesPut: [], namesGone: [], ...more };
}

const byKey = (a: Peer, b: Peer) => (`${a.kind} ${a.id}` < `${b.kind} ${b.id}` ? -1 : 1);

async function all(backend: Backend, name: string): Promise<Peer[]> {
  return (await backend.peers.page(name, null, 10_000)).sort(byKey);
}

export function peerTests(onPlace: OnPlace): void {
  onPlace('there are none before any was put, not even for a name that is not there', async (backend) => {
    await put(backend, 'a', fullSession());
    for (const name of ['a', 'nobody']) {
      expect(await backend.peers.login(name)).toBeNull();
      expect(await backend.peers.get(name, [{ kind: 'user', id: 1 }])).toEqual([]);
      expect(await backend.peers.named(name, ['x'])).toEqual([]);
      expect(await backend.peers.page(name, null, 5)).toEqual([]);
      expect(await backend.peers.oldest(name, 5)).toEqual([]);
      expect(await backend.peers.count(name)).toBe(0);
    }
  });

  onPlace('any peers are kept as they are, and those of another session are others', async (backend) => {
    const leases = [await heldWith(backend, 'a', fullSession()), await heldWith(backend, 'b', fullSession())];
    const peersOf = fc.uniqueArray(anyPeer, { maxLength: 12, selector: ({ kind, id }) => `${kind} ${id}` });
    await fc.assert(
      fc.asyncProperty(peersOf, peersOf, async (ofA, ofB) => {
        for (const [i, list] of [ofA, ofB].entries()) {
          expect(await backend.peers.write(leases[i]!, changes({ clear: true, put: list }))).toBe(true);
        }
        for (const [name, list] of [
          ['a', ofA],
          ['b', ofB],
        ] as const) {
          expect(await all(backend, name)).toEqual([...list].sort(byKey));
          expect((await backend.peers.get(name, list)).sort(byKey)).toEqual([...list].sort(byKey));
          expect(await backend.peers.count(name)).toBe(list.length);
        }
      }),
      { numRuns: 25 },
    );
  });

  onPlace('a write puts, replaces and forgets, and notes whose peers they are', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    const [one, two, three] = [peer('user', 1), peer('chat', 1), peer('channel', 1, { megagroup: true })];
    await backend.peers.write(lease, changes({ put: [one, two, three] }));
    expect(await backend.peers.login('a')).toEqual(LOGIN);
    const changed = { ...two, name: 'new', accessHash: -(2n ** 63n) };
    await backend.peers.write(
      lease,
      changes({ login: { keyId: 'fedcba9876543210', userId: null }, put: [changed], gone: [one] }),
    );
    expect(await all(backend, 'a')).toEqual([three, changed].sort(byKey));
    expect(await backend.peers.login('a')).toEqual({ keyId: 'fedcba9876543210', userId: null });
    expect(await backend.peers.get('a', [one, three])).toEqual([three]);
    // All at once: forgotten and put.
    await backend.peers.write(lease, changes({ clear: true, put: [one, { ...three, seen: 9 }] }));
    expect(await all(backend, 'a')).toEqual([{ ...three, seen: 9 }, one].sort(byKey));
    await backend.peers.write(lease, changes({ clear: true }));
    expect(await backend.peers.count('a')).toBe(0);
  });

  onPlace('a name leads to one peer, and goes over to another', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    const [alice, bob] = [
      peer('user', 1, { usernames: ['Alice', 'größe"{'] }),
      peer('channel', 1, { phone: '+1' }),
    ];
    const namesPut = [alice, bob].flatMap((each) =>
      namesOf(each).map((name) => [name, each] as [string, Peer]),
    );
    await backend.peers.write(lease, changes({ put: [alice, bob], namesPut }));
    const found = async (...names: string[]) =>
      Object.fromEntries((await backend.peers.named('a', names)).map(([name, { kind }]) => [name, kind]));
    expect(await found('alice', 'größe"{', '+1', 'Alice', 'x')).toEqual({
      alice: 'user',
      'größe"{': 'user',
      '+1': 'channel',
    });
    expect(await backend.peers.named('a', ['+1'])).toEqual([['+1', bob]]);
    await backend.peers.write(
      lease,
      changes({
        namesPut: [
          ['alice', bob],
          ['new', alice],
        ],
        namesGone: ['+1'],
      }),
    );
    expect(await found('alice', '+1', 'new')).toEqual({ alice: 'channel', new: 'user' });
    await backend.peers.write(lease, changes({ clear: true, put: [bob], namesPut: [['alice', bob]] }));
    expect(await found('alice', 'new', 'größe"{')).toEqual({ alice: 'channel' });
  });

  onPlace('pages go through all of them, each once', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    const list = Array.from({ length: 30 }, (_, i) =>
      peer((['user', 'chat', 'channel'] as const)[i % 3]!, i + 1),
    );
    await backend.peers.write(lease, changes({ put: list }));
    const paged: Peer[] = [];
    for (;;) {
      const page = await backend.peers.page('a', paged.at(-1) ?? null, 7);
      if (page.length === 0) break;
      expect(page.length).toBeLessThanOrEqual(7);
      paged.push(...page);
    }
    expect(paged.sort(byKey)).toEqual(list.sort(byKey));
  });

  onPlace('the oldest are those that were seen least recently, those with no time first', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    const seen = [5, null, 3, 2 ** 40, 0, null];
    await backend.peers.write(
      lease,
      changes({ put: seen.map((at, i) => peer('user', i + 1, { seen: at })) }),
    );
    expect((await backend.peers.oldest('a', 4)).map((each) => each.seen)).toEqual([null, null, 0, 3]);
    await backend.peers.write(lease, changes({ put: [peer('user', 5, { seen: 99 })] }));
    expect((await backend.peers.oldest('a', 4)).map((each) => each.seen)).toEqual([null, null, 3, 5]);
  });

  onPlace('a write with an older fence changes nothing', async (backend) => {
    const old = await heldWith(backend, 'a', fullSession());
    const one = peer('user', 1, { usernames: ['x'] });
    await backend.peers.write(old, changes({ put: [one], namesPut: [['x', one]] }));
    await taken(backend, 'a', { takeOver: 'test' });
    const other = {
      login: { keyId: 'fedcba9876543210', userId: 1 },
      put: [peer('user', 2)],
      gone: [one],
      namesGone: ['x'],
    };
    for (const clear of [false, true]) {
      expect(await backend.peers.write(old, changes({ ...other, clear }))).toBe(false);
      expect(await all(backend, 'a')).toEqual([one]);
      expect(await backend.peers.login('a')).toEqual(LOGIN);
      expect(await backend.peers.named('a', ['x'])).toEqual([['x', one]]);
    }
  });

  onPlace('five thousand peers are written at once', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    const list = Array.from({ length: 5000 }, (_, i) =>
      peer('user', i + 1, { usernames: [`u${i}`], seen: i }),
    );
    await backend.peers.write(
      lease,
      changes({ put: list, namesPut: list.map((each, i) => [`u${i}`, each]) }),
    );
    expect(await backend.peers.count('a')).toBe(5000);
    expect(await backend.peers.named('a', ['u4999'])).toEqual([['u4999', list[4999]]]);
    const gone = await backend.peers.oldest('a', 4000);
    await backend.peers.write(lease, changes({ gone, namesGone: gone.map(({ seen }) => `u${seen}`) }));
    expect(await backend.peers.count('a')).toBe(1000);
  });
}
