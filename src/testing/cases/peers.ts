/** Peers beside the session: found again as they were, the newest counts, and none outlives its login. */

import type { Peer, PeerKey, PeerStore } from '../../peers.ts';
import type { Storage } from '../../storage.ts';
import type { CaseOf } from '../conformance.ts';
import { differingPeer } from '../difference.ts';
import { sampleSession } from '../samples.ts';
import type { Trial } from '../trial.ts';
import { ConformanceError, expectCode, expectThat } from '../verdict.ts';

const MAX = Number.MAX_SAFE_INTEGER;

function peer(id: number, fields: Partial<Peer> = {}): Peer {
  return {
    kind: 'user',
    id,
    accessHash: BigInt(id % 1000) * 9_000_000_000_000_007n,
    usernames: [`user_${id}`],
    phone: `7900${id}`,
    name: `User ${id}`,
    seen: 1_700_000_000 + (id % 1000),
    ...fields,
  };
}

function peersOf(storage: Storage): PeerStore {
  expectThat(storage.peers !== undefined, 'The place declares `peers`, but the storage has no `peers`.');
  return storage.peers;
}

/** Fails if a peer is not as expected. */
function expectPeer(found: Peer | null, expected: Peer | null, what: string): void {
  const difference = differingPeer(expected, found);
  if (difference !== null) throw new ConformanceError(`${what} is not what it should be.\n  ${difference}`);
}

/** All peers, page by page. */
async function allOf(peers: PeerStore, limit: number): Promise<Peer[]> {
  const all: Peer[] = [];
  let after: PeerKey | null = null;
  for (;;) {
    const page: Peer[] = await peers.list({ after, limit });
    expectThat(page.length <= limit, `list({ limit: ${limit} }) gave ${page.length} peers.`);
    const last = page.at(-1);
    if (last === undefined) return all;
    all.push(...page);
    expectThat(all.length < 100_000, 'Paging with list() does not come to an end.');
    after = { kind: last.kind, id: last.id };
  }
}

/** A case that runs on a storage with a session, if the place declares peers. */
function peerCase(
  what: string,
  run: (peers: PeerStore, storage: Storage, trial: Trial) => Promise<void>,
): CaseOf {
  return {
    name: `peers: ${what}`,
    async run(trial) {
      if (trial.place.peers !== true) return;
      const storage = await trial.saved(sampleSession());
      await run(peersOf(storage), storage, trial);
    },
  };
}

/** Values that stores trip over. */
const ODD: Record<string, Peer> = {
  'the largest id and hash': peer(MAX, { accessHash: 2n ** 63n - 1n }),
  'the smallest id and hash': peer(1, { accessHash: -(2n ** 63n) }),
  'a hash that no number can hold': peer(2, { accessHash: 2n ** 53n + 1n }),
  'a hash of zero, which is not null': peer(3, { accessHash: 0n }),
  'nothing but an id': peer(4, { accessHash: null, usernames: [], phone: null, name: null, seen: null }),
  'empty texts, which are not null': peer(5, { usernames: [], phone: '', name: '' }),
  'a time of zero, which is not null': peer(6, { seen: 0 }),
  'several usernames': peer(7, { usernames: ['Main', 'second', 'THIRD'] }),
  'texts beyond ASCII': peer(8, { usernames: ['größe_имя_🦊'], name: ` ' " \\ % {} [] \t\n\ufeff🦊é ` }),
  'a bot': peer(9, { bot: true }),
  'a user that is no bot': peer(10, { bot: false }),
  'a small group': peer(11, { kind: 'chat', accessHash: null, phone: null, usernames: [] }),
  'a channel': peer(12, { kind: 'channel', phone: null, megagroup: false }),
  'a supergroup of the largest id': peer(MAX, { kind: 'channel', phone: null, megagroup: true }),
  'a part': peer(13, { min: true }),
};

export const peerCases: CaseOf[] = [
  {
    name: 'peers: are there if, and only if, the place declares them',
    async run(trial) {
      const { peers } = trial.storage();
      if (trial.place.peers === true)
        return expectThat(peers !== undefined, 'The place declares `peers`, but the storage has no `peers`.');
      expectThat(
        peers === undefined,
        'The storage has `peers`, but the place does not declare them. If they are meant, declare `peers: true`.',
      );
    },
  },
  {
    name: 'peers: before load() and after close() they are refused with CLOSED',
    async run(trial) {
      if (trial.place.peers !== true) return;
      const storage = trial.storage();
      await expectCode(peersOf(storage).get('user', 1), 'CLOSED', 'peers.get() before load()');
      await storage.load();
      await storage.save(sampleSession());
      await peersOf(storage).put([peer(1)]);
      await storage.close();
      await expectCode(peersOf(storage).put([peer(2)]), 'CLOSED', 'peers.put() after close()');
    },
  },
  ...Object.entries(ODD).map(([what, odd]) =>
    peerCase(`keep ${what}`, async (peers, storage, trial) => {
      await peers.put([odd]);
      expectPeer(await peers.get(odd.kind, odd.id), odd, 'What get() gives');
      expectPeer((await peers.list())[0] ?? null, odd, 'What list() gives');
      const again = await trial.reopen(storage);
      await again.load();
      expectPeer(
        await peersOf(again).get(odd.kind, odd.id),
        odd,
        'What get() gives after closing and opening',
      );
    }),
  ),
  peerCase('are told apart by their kind, and who was never met is null', async (peers) => {
    const same: Peer[] = [peer(5), peer(5, { kind: 'chat' }), peer(5, { kind: 'channel' })].map((one, i) => ({
      ...one,
      usernames: [],
      phone: null,
      name: `number ${i}`,
    }));
    await peers.put(same);
    for (const one of same) expectPeer(await peers.get(one.kind, 5), one, `What get('${one.kind}', 5) gives`);
    expectPeer(await peers.get('user', 6), null, 'What get() gives of one that was never put');
    expectPeer(
      await peers.getByUsername('nobody'),
      null,
      'What getByUsername() gives of one that was never put',
    );
    expectPeer(await peers.getByPhone('123'), null, 'What getByPhone() gives of one that was never put');
  }),
  peerCase('are found by each username, in upper and lower case and with @, and by phone', async (peers) => {
    const one = peer(5, { usernames: ['Alice', 'wonder'], phone: '79001234567' });
    await peers.put([one, peer(6)]);
    for (const name of ['Alice', 'alice', '@ALICE', 'Wonder'])
      expectPeer(await peers.getByUsername(name), one, `What getByUsername('${name}') gives`);
    for (const phone of ['79001234567', '+7 900 123-45-67'])
      expectPeer(await peers.getByPhone(phone), one, `What getByPhone('${phone}') gives`);
  }),
  peerCase('of two sights the newer one counts, whichever is put first', async (peers) => {
    const older = peer(5, { seen: 100, name: 'old', accessHash: 1n });
    const newer = peer(5, { seen: 200, name: 'new', accessHash: 2n });
    await peers.put([older]);
    await peers.put([newer]);
    expectPeer(await peers.get('user', 5), newer, 'A peer put older first');
    await peers.put([older]);
    expectPeer(await peers.get('user', 5), newer, 'A peer put older last');
    const later = peer(5, { seen: 200, name: 'later' });
    await peers.put([later]);
    expectPeer(await peers.get('user', 5), later, 'A peer put twice with the same time');
    await peers.put([peer(6, { name: 'first' }), peer(6, { name: 'second' })]);
    expectPeer(await peers.get('user', 6), peer(6, { name: 'second' }), 'A peer that is twice in one put');
  }),
  peerCase('what the newer sight leaves open stays as it was', async (peers) => {
    await peers.put([peer(5, { bot: true })]);
    await peers.put([
      peer(5, { accessHash: null, phone: null, name: null, seen: null, usernames: ['other'] }),
    ]);
    expectPeer(
      await peers.get('user', 5),
      peer(5, { bot: true, usernames: ['other'] }),
      'A peer put again with less',
    );
  }),
  peerCase('a part never replaces a whole one, and a whole one replaces a part', async (peers) => {
    const whole = peer(5, { seen: 100 });
    const part = peer(5, { seen: 200, accessHash: 9n, name: 'part', min: true });
    await peers.put([whole]);
    await peers.put([part]);
    expectPeer(await peers.get('user', 5), whole, 'A whole peer of which a part was put');
    await peers.put([peer(6, { min: true, accessHash: 9n, seen: 900 }), peer(6, { seen: 100 })]);
    expectPeer(await peers.get('user', 6), peer(6, { seen: 100 }), 'A part of which the whole was put');
  }),
  peerCase('a username leads to whom it was seen with last', async (peers) => {
    const name = { usernames: ['Taken'], phone: null };
    await peers.put([peer(5, { ...name, seen: 100 })]);
    await peers.put([peer(6, { ...name, seen: 200 })]);
    expectPeer(
      await peers.getByUsername('taken'),
      peer(6, { ...name, seen: 200 }),
      'Who has a username that moved',
    );
    await peers.put([peer(7, { ...name, seen: 150 })]);
    expectPeer(
      await peers.getByUsername('taken'),
      peer(6, { ...name, seen: 200 }),
      'Who has a username of which an older sight was put',
    );
    await peers.put([peer(6, { usernames: [], phone: null, seen: 300 })]);
    expectPeer(await peers.getByUsername('taken'), null, 'Who has a username that its last owner gave up');
  }),
  peerCase('pages give each of them once, in an order that stays', async (peers) => {
    const kinds: Peer['kind'][] = ['user', 'chat', 'channel'];
    const many = Array.from({ length: 500 }, (_, i) =>
      peer(1 + ((i * 7919) % 1000), { kind: kinds[i % 3]!, usernames: [], phone: null }),
    );
    await peers.put(many);
    const ids = new Set(many.map(({ kind, id }) => `${kind} ${id}`));
    expectThat(
      (await peers.count()) === ids.size,
      `count() is ${await peers.count()} after ${ids.size} peers were put.`,
    );
    const all = await allOf(peers, 77);
    expectThat(all.length === ids.size, `Paging gave ${all.length} peers of ${ids.size}.`);
    for (const { kind, id } of all)
      expectThat(ids.delete(`${kind} ${id}`), `Paging gave ${kind} ${id} twice.`);
    const again = await allOf(peers, 100);
    expectThat(
      again.every(({ id }, i) => id === all[i]!.id),
      'Paging twice gave another order.',
    );
    await expectCode(peers.list({ limit: 0 }), 'INVALID_VALUE', 'list() with a limit of 0');
  }),
  peerCase('share nothing with what is kept', async (peers) => {
    const given = peer(5);
    const putting = peers.put([given]);
    given.usernames.push('changed');
    given.name = 'changed';
    await putting;
    expectPeer(await peers.get('user', 5), peer(5), 'A peer that was changed while it was put');
    const found = (await peers.get('user', 5))!;
    found.usernames.push('changed');
    expectPeer(await peers.get('user', 5), peer(5), 'A peer whose copy was changed');
  }),
  peerCase('are forgotten one by one, and all together', async (peers) => {
    await peers.put([peer(5), peer(6), peer(7)]);
    await peers.delete('user', 5);
    await peers.delete('user', 5);
    expectPeer(await peers.get('user', 5), null, 'A peer that was deleted');
    expectPeer(await peers.getByUsername('user_5'), null, 'The username of a peer that was deleted');
    expectThat((await peers.count()) === 2, 'count() must be 2 after one of three was deleted.');
    await peers.clear();
    expectPeer(await peers.getByPhone('79006'), null, 'A peer after clear()');
    expectThat((await peers.count()) === 0, 'count() must be 0 after clear().');
  }),
  peerCase('that are none are refused, and nothing of that put is kept', async (peers) => {
    const wrong: Record<string, unknown> = {
      'an id beyond 2^53': peer(2 ** 53),
      'an id of 0': peer(0),
      'an access hash of 65 bits': peer(6, { accessHash: 2n ** 63n }),
      'an access hash that is a number': { ...peer(6), accessHash: 5 },
      'a kind that is none': { ...peer(6), kind: 'bot' },
      'half a character': peer(6, { name: '\ud800' }),
      'a username that is a number': { ...peer(6), usernames: [5] },
      'a time that is none': peer(6, { seen: -1 }),
      nothing: null,
    };
    for (const [what, one] of Object.entries(wrong)) {
      await expectCode(peers.put([peer(5), one as Peer]), 'INVALID_VALUE', `put() of ${what}`);
      expectThat((await peers.count()) === 0, `A put() that was refused for ${what} kept its other peer.`);
    }
  }),
  peerCase('are not those of another login', async (peers, storage, trial) => {
    await peers.put([peer(5), peer(6)]);
    await storage.save(sampleSession(2));
    expectPeer(await peers.get('user', 5), null, 'A peer of the login before');
    expectPeer(await peers.getByUsername('user_5'), null, 'The username of a peer of the login before');
    expectThat((await peers.count()) === 0, 'count() must be 0 after another login.');
    await peers.put([peer(6, { name: 'new' })]);
    const again = await trial.reopen(storage);
    await again.load();
    expectPeer(await peersOf(again).get('user', 5), null, 'A peer of the login before, after opening again');
    expectPeer(await peersOf(again).get('user', 6), peer(6, { name: 'new' }), 'A peer that both logins met');
  }),
  peerCase('go with a session that changes in everything else', async (peers, storage, trial) => {
    await peers.put([peer(5)]);
    const session = sampleSession();
    session.user!.username = 'renamed';
    session.state = sampleSession(9, 50).state;
    await storage.save(session);
    await peers.put([peer(6)]);
    await trial.expectKept(storage, session, 'peers were put between saves');
    const again = await trial.loaded();
    for (const id of [5, 6])
      expectPeer(await peersOf(again).get('user', id), peer(id), 'A peer put between saves');
  }),
  peerCase(
    'that are put at once with saves are all kept, and so is the last save',
    async (peers, storage, trial) => {
      const calls: Promise<void>[] = [];
      const session = sampleSession();
      for (let i = 1; i <= 20; i++) {
        session.state!.pts++;
        calls.push(storage.save(session), peers.put([peer(i), peer(100 + i)]));
      }
      await Promise.all(calls);
      expectThat(
        (await peers.count()) === 40,
        `Of 40 peers put at once with saves ${await peers.count()} are there.`,
      );
      await trial.expectKept(storage, session, 'twenty saves and puts at once');
    },
  ),
];
