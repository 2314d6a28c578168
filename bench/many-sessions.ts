/** Stores of many sessions, filled and measured through `SessionStore` alone, whichever database it is. */

import { Session } from 'tgsession';
import type { SessionStore } from 'tgsession/stores';
import { dataOf } from './stores.ts';
import { median, medianOf, timed } from './timing.ts';

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

/** What was measured in a store, medians in milliseconds. */
export interface Measured {
  page: number;
  find: number;
  claim: number;
}

/** A page of 100, one session found by the id of its user, and a claim of 100, in a store that was filled. */
export async function measure(store: SessionStore, count: number, rounds: number): Promise<Measured> {
  const some = (i: number) => (i * 7919) % count;
  const page = await medianOf(rounds, (i) => store.list({ after: nameOf(some(i) % (count - 100)) }));
  const find = await medianOf(rounds, async (i) => {
    for await (const { name } of store.find({ userId: userOf(some(i)) })) {
      if (name !== nameOf(some(i))) throw new Error(`${name} was found`);
    }
  });
  return { page, find, claim: await claimOf100(store, rounds) };
}

/** A claim of 100, which are given back before the next one. */
export async function claimOf100(store: SessionStore, rounds: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    let claimed: Awaited<ReturnType<SessionStore['claim']>> = [];
    times.push(
      await timed(async () => {
        claimed = await store.claim({ limit: 100 });
      }),
    );
    if (claimed.length !== 100) throw new Error(`${claimed.length} were claimed`);
    await Promise.all(claimed.map((session) => session.close()));
  }
  return median(times);
}

/** A save of one changed channel of a session that has 100, in a store that has others. */
export async function saveOfOne(store: SessionStore, { warm, rounds }: { warm: number; rounds: number }) {
  const storage = store.session('saved');
  await storage.load();
  const session = sessionOf(1, 100);
  await storage.save(session);
  const save = (i: number) => {
    session.state!.channels[(i * 37) % 100]!.pts += 1;
    return storage.save(session);
  };
  await medianOf(warm, save);
  const time = await medianOf(rounds, save);
  await storage.close();
  return time;
}
