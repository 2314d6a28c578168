import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromMarkedId, MemoryPeers, type Peer, toMarkedId } from '../../src/peers/index.ts';
import { failure } from '../support/errors.ts';
import { anyCalls, doIn, expectSame, Model } from '../support/peer-model.ts';

function peer(id: number, fields: Partial<Peer> = {}): Peer {
  return {
    kind: 'user',
    id,
    accessHash: BigInt(id),
    usernames: [`user_${id}`],
    phone: null,
    name: null,
    seen: id,
    ...fields,
  };
}

describe('MemoryPeers', () => {
  test('holds after any calls what a plain model of the rules holds', async () => {
    await fc.assert(
      fc.asyncProperty(anyCalls, async (calls) => {
        const [peers, model] = [new MemoryPeers(), new Model()];
        for (const call of calls) {
          await doIn(peers, call);
          model.do(call);
        }
        await expectSame(peers, model);
      }),
      { numRuns: 500 },
    );
  });

  test('is bounded: those seen least recently go first, those with no time before all', async () => {
    const peers = new MemoryPeers({ maxPeers: 3 });
    await peers.put([peer(10), peer(30), peer(20, { seen: null }), peer(40)]);
    const ids = async () => (await peers.list()).map(({ id }) => id);
    expect(await ids()).toEqual([10, 30, 40]);
    expect(await peers.getByUsername('user_20')).toBeNull();
    await peers.put([peer(5, { seen: 50 })]);
    expect(await ids()).toEqual([5, 30, 40]);
    await peers.put(Array.from({ length: 100 }, (_, i) => peer(100 + i)));
    expect(await ids()).toEqual([197, 198, 199]);
  });

  test('makes a little room when it is full, so that not every put has to', async () => {
    const peers = new MemoryPeers({ maxPeers: 640 });
    await peers.put(Array.from({ length: 640 }, (_, i) => peer(1 + i)));
    expect(await peers.count()).toBe(640);
    await peers.put([peer(1000)]);
    expect(await peers.count()).toBe(630);
  });

  test('refuses a bound, a page and a list that are none', async () => {
    for (const maxPeers of [0, -1, 1.5, Number.NaN, '5', null]) {
      await failure(
        () => new MemoryPeers({ maxPeers: maxPeers as number }),
        'INVALID_VALUE',
        'options.maxPeers',
      );
    }
    const peers = new MemoryPeers();
    for (const limit of [0, 10_001, 1.5]) {
      await failure(() => peers.list({ limit }), 'INVALID_VALUE', 'page.limit');
    }
    await failure(() => peers.list({ after: { kind: 'user', id: 0 } }), 'INVALID_VALUE', 'page.after.id');
    for (const list of [null, undefined, 5, {}, peer(5)]) {
      await failure(() => peers.put(list as unknown as Peer[]), 'INVALID_VALUE', 'peers');
    }
    await failure(
      () => peers.put([peer(1), peer(2, { accessHash: 2n ** 63n })]),
      'INVALID_VALUE',
      'peers[1].accessHash',
    );
    await failure(() => peers.getByUsername(5 as never), 'INVALID_VALUE');
    expect(await peers.count()).toBe(0);
  });

  test('keeps a username once that is given in upper and in lower case', async () => {
    const peers = new MemoryPeers();
    await peers.put([peer(5, { usernames: ['Alice', 'bob', 'ALICE'] })]);
    expect((await peers.get('user', 5))!.usernames).toEqual(['Alice', 'bob']);
  });
});

test('a marked id means one peer, and a peer has one marked id', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('user', 'chat', 'channel'),
      fc.integer({ min: 1, max: 1e12 - 1 }),
      (kind, id) => {
        expect(fromMarkedId(toMarkedId({ kind, id }))).toEqual({ kind, id });
      },
    ),
  );
  expect([0, -1e12, 0.5, 2 ** 53].map(fromMarkedId)).toEqual([null, null, null, null]);
});
