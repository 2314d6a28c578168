/** Stores of many sessions, filled and measured through `SessionStore` alone, whichever database it is. */

import { Session } from 'tgsession';
import type { SessionStore } from 'tgsession/stores';
import { dataOf } from './stores.ts';
import { timed } from './timing.ts';

/** How many calls are under way at once while a store is filled. */
const AT_ONCE = 500;

/** A session of a user, with one data centre and its key. */
export function sessionOf(userId: number, channels: number): Session {
  const { keys, channels: list } = dataOf(channels);
  return new Session({
    dcs: [{ id: 2, ipv4Addr: '149.154.167.51:443', auth: keys[1]! }],
    user: { id: userId, dc: 2, bot: false, username: `user_${userId}` },
    state: { pts: 1, qts: 1, date: 1_700_000_000, seq: 1, channels: list },
  });
}

const nameOf = (n: number) => `session-${String(n).padStart(7, '0')}`;
const userOf = (n: number) => 1000 + n;

/** Fills a store with sessions that have no channels. */
export async function fill(store: SessionStore, count: number): Promise<void> {
  for (let i = 0; i < count; i += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - i) }, (_, k) => i + k);
    await Promise.all(
      some.map(async (n) => {
        const storage = store.session(nameOf(n));
        await storage.load();
        await storage.save(sessionOf(userOf(n), 0));
        await storage.close();
      }),
    );
  }
}

/** What is done in a store that was filled. Each call gives how long it took, in milliseconds. */
export interface Work {
  /** A page of 100, somewhere in the store. */
  page(round: number): Promise<number>;
  /** The session of one user. */
  find(round: number): Promise<number>;
  /** A claim of 100, which are given back after it. */
  claim(): Promise<number>;
}

export function workIn(store: SessionStore, count: number): Work {
  const some = (round: number) => (round * 7919) % count;
  return {
    page: (round) => timed(() => store.list({ after: nameOf(some(round) % (count - 100)) })),
    find: (round) =>
      timed(async () => {
        for await (const { name } of store.find({ userId: userOf(some(round)) })) {
          if (name !== nameOf(some(round))) throw new Error(`${name} was found`);
        }
      }),
    claim: () => claimOf100(store),
  };
}

/** A claim of 100, which are given back after it. Gives how long the claim took. */
export async function claimOf100(store: SessionStore): Promise<number> {
  let claimed: Awaited<ReturnType<SessionStore['claim']>> = [];
  const time = await timed(async () => {
    claimed = await store.claim({ limit: 100 });
  });
  if (claimed.length !== 100) throw new Error(`${claimed.length} were claimed`);
  await Promise.all(claimed.map((session) => session.close()));
  return time;
}

/** A save of one changed channel, of a session that has 100. Gives how long each takes. */
export async function saverIn(store: SessionStore): Promise<(round: number) => Promise<number>> {
  const storage = store.session('saved');
  await storage.load();
  const session = sessionOf(1, 100);
  await storage.save(session);
  return (round) => {
    session.state!.channels[(round * 37) % 100]!.pts += 1;
    return timed(() => storage.save(session));
  };
}
