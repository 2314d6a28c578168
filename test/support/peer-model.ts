/** Any peers, any calls, and what a store of peers must then hold: written down once more, in the plainest way. */

import fc from 'fast-check';
import { expect } from 'vitest';
import type { Peer, PeerStore } from '../../src/peers.ts';

const NAMES = ['Alice', 'alice', 'bob', 'CAROL', 'dave_1', 'größe', '+5', '@x'];
const MAX = Number.MAX_SAFE_INTEGER;

/** Any peer; ids, names and times are few, so that they meet. */
export const anyPeer: fc.Arbitrary<Peer> = fc
  .record(
    {
      kind: fc.constantFrom('user', 'chat', 'channel'),
      id: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(MAX, 2 ** 40)),
      accessHash: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      usernames: fc.uniqueArray(fc.constantFrom(...NAMES), {
        maxLength: 3,
        selector: (name) => name.toLowerCase(),
      }),
      phone: fc.option(fc.constantFrom('79001', '79002', '+79001', '007', '', 'x')),
      name: fc.option(
        fc.string({ unit: 'grapheme', maxLength: 10 }).map((text) => text.replaceAll('\0', '')),
      ),
      seen: fc.option(fc.integer({ min: 0, max: 4 })),
      bot: fc.boolean(),
      megagroup: fc.boolean(),
      min: fc.constant(true),
    },
    { requiredKeys: ['kind', 'id', 'accessHash', 'usernames', 'phone', 'name', 'seen'] },
  )
  .map((peer) => ({ ...peer }));

/** A call of a store that changes it. */
export type Call = { put: Peer[] } | { delete: Pick<Peer, 'kind' | 'id'> } | { clear: true };

export const anyCalls: fc.Arbitrary<Call[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ put: fc.array(anyPeer, { maxLength: 5 }) }) },
    { weight: 2, arbitrary: anyPeer.map(({ kind, id }) => ({ delete: { kind, id } })) },
    { weight: 1, arbitrary: fc.constant({ clear: true as const }) },
  ),
  { maxLength: 12 },
);

/** What a store holds: the peers, and whom each name was given to last. */
export class Model {
  readonly peers = new Map<string, Peer>();
  readonly names = new Map<string, string>();

  do(call: Call): void {
    if ('clear' in call) {
      this.peers.clear();
      this.names.clear();
    } else if ('delete' in call) {
      const key = keyOf(call.delete);
      this.peers.delete(key);
      for (const [name, owner] of this.names) if (owner === key) this.names.delete(name);
    } else for (const peer of call.put) this.#see(peer);
  }

  #see(peer: Peer): void {
    const key = keyOf(peer);
    const old = this.peers.get(key);
    if (old !== undefined && !old.min && peer.min) return;
    let now = peer;
    if (old !== undefined && Boolean(old.min) === Boolean(peer.min)) {
      const stale = old.seen !== null && peer.seen !== null && peer.seen < old.seen;
      now = stale ? over(peer, old) : over(old, peer);
    }
    if (old !== undefined && same(old, now)) return;
    this.peers.set(key, now);
    const names = namesOf(now);
    for (const [name, owner] of this.names) {
      if (owner === key && !names.includes(name)) this.names.delete(name);
    }
    for (const name of names) {
      const owner = this.peers.get(this.names.get(name) ?? '');
      const ownerIsNewer =
        owner !== undefined && keyOf(owner) !== key && (owner.seen ?? -1) > (peer.seen ?? MAX);
      if (!ownerIsNewer) this.names.set(name, key);
    }
  }
}

/** A peer with another one's knowledge underneath. */
function over(below: Peer, above: Peer): Peer {
  const known = Object.entries(above).filter(([, value]) => value !== null && value !== undefined);
  return { ...below, ...Object.fromEntries(known), usernames: above.usernames } as Peer;
}

function namesOf({ usernames, phone }: Peer): string[] {
  const digits = (phone ?? '').replaceAll(/[^0-9]/g, '');
  return [
    ...usernames.map((name) => `name ${name.toLowerCase()}`),
    ...(digits === '' ? [] : [`phone ${digits}`]),
  ];
}

function keyOf({ kind, id }: Pick<Peer, 'kind' | 'id'>): string {
  return `${kind} ${id}`;
}

function same(a: Peer, b: Peer): boolean {
  const text = (peer: Peer) =>
    JSON.stringify(Object.entries(peer).sort(), (_, value) =>
      typeof value === 'bigint' ? `${value}n` : value,
    );
  return text(a) === text(b);
}

/** Does a call, in the store. */
export async function doIn(peers: PeerStore, call: Call): Promise<void> {
  if ('put' in call) await peers.put(call.put);
  else if ('delete' in call) await peers.delete(call.delete.kind, call.delete.id);
  else await peers.clear();
}

/** Fails unless the store holds what the model does, whichever way it is asked. */
export async function expectSame(peers: PeerStore, model: Model): Promise<void> {
  expect(await peers.count()).toBe(model.peers.size);
  const listed: Peer[] = [];
  for (let after: Peer | null = null; ; after = listed.at(-1)!) {
    const page: Peer[] = await peers.list({ after, limit: 3 });
    if (page.length === 0) break;
    listed.push(...page);
  }
  const sorted = (list: Iterable<Peer>) => [...list].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  expect(sorted(listed)).toEqual(sorted(model.peers.values()));
  for (const peer of model.peers.values()) expect(await peers.get(peer.kind, peer.id)).toEqual(peer);
  for (const name of ['alice', 'BOB', 'Carol', 'dave_1', 'GRÖSSE', 'größe', '+5']) {
    const owner = model.peers.get(model.names.get(`name ${name.toLowerCase()}`) ?? '') ?? null;
    expect(await peers.getByUsername(name), name).toEqual(owner);
  }
  for (const digits of ['79001', '79002', '007', '5']) {
    const owner = model.peers.get(model.names.get(`phone ${digits}`) ?? '') ?? null;
    expect(await peers.getByPhone(`+${digits}`), digits).toEqual(owner);
  }
}
