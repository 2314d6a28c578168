/** What every backend promises of leases. */

import { expect } from 'vitest';
import type { LeaseRef } from '../../src/stores/backend.ts';
import { allOf, heldWith, LONG, put, runOut, TAKER, take, taken } from './backend-steps.ts';
import type { OnPlace } from './backend-suite.ts';
import { failure } from './errors.ts';
import { sessionOf } from './numbered-session.ts';
import { fullSession } from './sessions.ts';

export function leaseTests(onPlace: OnPlace, hears: boolean): void {
  onPlace('a free name is taken, also one that was never heard of', async (backend) => {
    const { fence } = await taken(backend, 'new');
    expect(Number.isSafeInteger(fence) && fence >= 1).toBe(true);
  });

  onPlace('one that is held is refused, with who holds it, since when and until when', async (backend) => {
    const before = Date.now();
    await taken(backend, 'a', { ttl: LONG });
    for (const name of ['a', 'a']) {
      const answer = await take(backend, name, { taker: { pid: 1, host: 'other', label: null } });
      if (answer.outcome !== 'held') throw new Error(answer.outcome);
      const { pid, host, label, since, expires } = answer.holder;
      expect({ pid, host, label }).toEqual(TAKER);
      // The database may be on another machine, with another clock.
      expect(Math.abs(since.getTime() - before)).toBeLessThan(60_000);
      expect(expires!.getTime() - since.getTime()).toBeGreaterThan(LONG - 1000);
      expect(answer.expiresIn).toBeGreaterThan(LONG - 60_000);
      expect(answer.expiresIn).toBeLessThanOrEqual(LONG);
    }
  });

  onPlace('a holder without a label has none, and any text comes back as it was', async (backend) => {
    await taken(backend, 'a', { taker: { pid: 1, host: 'größe "{x}\\', label: null } });
    await taken(backend, 'b', { taker: { pid: 1, host: 'h', label: "{NULL},'\\\n🙂" } });
    expect(await take(backend, 'a')).toMatchObject({ holder: { host: 'größe "{x}\\', label: null } });
    expect(await take(backend, 'b')).toMatchObject({ holder: { label: "{NULL},'\\\n🙂" } });
  });

  onPlace('of many that ask at once, one gets it', async (backend, open) => {
    const backends = [backend, await open(), await open()];
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => take(backends[i % 3]!, 'a')));
    expect(answers.filter(({ outcome }) => outcome === 'taken')).toHaveLength(1);
    expect(answers.filter(({ outcome }) => outcome === 'held')).toHaveLength(29);
  });

  onPlace(
    'the fence grows with each lease, also over a deletion and for names never saved',
    async (backend) => {
      let last = 0;
      const next = async (options = {}) => {
        const lease = await taken(backend, 'a', options);
        expect(lease.fence).toBeGreaterThan(last);
        last = lease.fence;
        return lease;
      };
      await backend.release(await next());
      const lease = await next();
      await backend.save(lease, allOf(fullSession()));
      await backend.release(lease);
      expect(await backend.delete('a')).toBe('deleted');
      await next();
      await next({ takeOver: 'test' });
    },
  );

  onPlace('a name that was never saved is not shown, held or given back', async (backend) => {
    const lease = await taken(backend, 'a');
    const shown = async () => [
      await backend.info('a'),
      await backend.read('a'),
      ...(await backend.list({ after: null, limit: 10, filter: {} })),
    ];
    expect(await shown()).toEqual([null, null]);
    expect(await backend.setStatus('a', 'dead', null)).toBe(false);
    expect(await backend.describe('a', { label: 'x' })).toBe(false);
    await backend.release(lease);
    expect(await shown()).toEqual([null, null]);
    expect(await backend.delete('a')).toBe('absent');
  });

  onPlace('one that was given back is free, and who gave it back cannot write any more', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    await backend.release(lease);
    expect(await backend.expiries(['a'])).toEqual([expect.toSatisfy((ms: number) => ms <= 0)]);
    expect(await backend.save(lease, allOf(sessionOf(1)))).toBe(false);
    expect(await backend.renew([lease], LONG)).toEqual([false]);
    expect((await backend.read('a'))!.equals(fullSession())).toBe(true);
    await taken(backend, 'a');
  });

  onPlace(
    'one that ran out goes to who asks; who had it writes, renews and gives back nothing',
    async (backend) => {
      const old = await taken(backend, 'a', { ttl: 20 });
      await backend.save(old, allOf(fullSession()));
      await runOut(backend, 'a');
      const now = await taken(backend, 'a');
      expect(await backend.save(old, allOf(sessionOf(1)))).toBe(false);
      expect(await backend.renew([old], LONG)).toEqual([false]);
      await backend.release(old);
      expect(await take(backend, 'a')).toMatchObject({ outcome: 'held' });
      expect((await backend.read('a'))!.equals(fullSession())).toBe(true);
      expect(await backend.save(now, allOf(sessionOf(2)))).toBe(true);
    },
  );

  onPlace('one that ran out is nobody’s in what is shown', async (backend) => {
    const lease = await taken(backend, 'a', { ttl: 20 });
    await backend.save(lease, allOf(fullSession()));
    await runOut(backend, 'a');
    expect((await backend.info('a'))!.holder).toBeNull();
    expect(await backend.delete('a')).toBe('deleted');
    expect(await backend.save(lease, allOf(fullSession()))).toBe(false);
    expect(await backend.info('a')).toBeNull();
  });

  onPlace('a lease is taken by force, with the reason, the time and the holder noted', async (backend) => {
    const old = await heldWith(backend, 'a', fullSession());
    expect((await backend.info('a'))!.takenOver).toBeNull();
    const lease = await taken(backend, 'a', {
      takeOver: 'it hangs',
      taker: { pid: 2, host: 'm2', label: 'x' },
    });
    expect(lease.fence).toBeGreaterThan(old.fence);
    expect(await backend.save(old, allOf(sessionOf(1)))).toBe(false);
    expect(await backend.renew([old, lease], LONG)).toEqual([false, true]);
    const info = (await backend.info('a'))!;
    expect(info.holder).toMatchObject({ pid: 2, host: 'm2', label: 'x' });
    expect(info.takenOver!.reason).toBe('it hangs');
    expect(info.takenOver!.from).toMatch(/4711.*machine-1.*worker/);
    expect(info.takenOver!.at).toBeInstanceOf(Date);
    await backend.release(lease);
    expect((await backend.info('a'))!.takenOver!.reason).toBe('it hangs');
  });

  onPlace('a dead session is taken only by who asks for dead ones', async (backend) => {
    await put(backend, 'a', fullSession());
    await backend.setStatus('a', 'dead', 'AUTH_KEY_UNREGISTERED');
    expect(await take(backend, 'a')).toEqual({ outcome: 'dead', reason: 'AUTH_KEY_UNREGISTERED' });
    expect(await take(backend, 'a', { takeOver: 'x' })).toMatchObject({ outcome: 'dead' });
    await taken(backend, 'a', { dead: true });
    expect(await take(backend, 'a', { dead: true })).toMatchObject({ outcome: 'held' });
  });

  onPlace('many leases are renewed at once; of each it is said whether it was ours', async (backend) => {
    expect(await backend.renew([], LONG)).toEqual([]);
    const leases: LeaseRef[] = [];
    for (let i = 0; i < 20; i++) leases.push(await taken(backend, `n${i}`, { ttl: 60_000 }));
    const stale = leases.map(({ name, fence }, i) => ({ name, fence: i % 3 === 0 ? fence - 1 : fence }));
    const asked = [{ name: 'nobody', fence: 1 }, ...stale];
    expect(await backend.renew(asked, LONG)).toEqual([false, ...stale.map((_, i) => i % 3 !== 0)]);
    const left = await backend.expiries(['nobody', ...leases.map(({ name }) => name)]);
    expect(left[0]).toBeLessThanOrEqual(0);
    for (const [i, ms] of left.slice(1).entries()) {
      if (i % 3 === 0) expect(ms).toBeLessThanOrEqual(60_000);
      else expect(ms).toBeGreaterThan(LONG - 60_000);
    }
    expect(await backend.expiries([])).toEqual([]);
  });

  onPlace('free sessions are claimed: as many as there are, and not again', async (backend) => {
    for (let i = 0; i < 5; i++) await put(backend, `n${i}`, fullSession());
    const held = await heldWith(backend, 'held', fullSession());
    await taken(backend, 'never-saved');
    await backend.release(await taken(backend, 'never-saved-2'));
    await put(backend, 'dead', fullSession());
    await backend.setStatus('dead', 'dead', null);
    const claim = (limit: number) => backend.claim({ taker: TAKER, ttl: LONG, filter: {}, limit });
    const first = await claim(2);
    const rest = await claim(100);
    const names = [...first, ...rest].map(({ name }) => name).sort();
    expect(first).toHaveLength(2);
    expect(names).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
    expect(await claim(1)).toEqual([]);
    expect(await backend.save(first[0]!, allOf(sessionOf(1)))).toBe(true);
    expect(await take(backend, first[0]!.name)).toMatchObject({ outcome: 'held', holder: TAKER });
    await backend.release(held);
    const [again] = await claim(1);
    expect(again!.name).toBe('held');
    expect(again!.fence).toBeGreaterThan(held.fence);
  });

  onPlace('sessions whose lease ran out are claimed too', async (backend) => {
    for (const name of ['a', 'b']) {
      await backend.save(await taken(backend, name, { ttl: 20 }), allOf(fullSession()));
    }
    await put(backend, 'c', fullSession());
    await runOut(backend, 'a', 'b');
    const claimed = await backend.claim({ taker: TAKER, ttl: LONG, filter: {}, limit: 10 });
    expect(claimed.map(({ name }) => name).sort()).toEqual(['a', 'b', 'c']);
  });

  onPlace('only sessions that fit are claimed', async (backend) => {
    await put(backend, 'a', fullSession());
    await put(backend, 'b', fullSession().with({ user: { id: 7, dc: 4, bot: true, username: 'Bob' } }));
    await put(backend, 'c', fullSession());
    await backend.describe('c', { tags: ['pool', 'x'], label: 'L' });
    await backend.setStatus('c', 'suspected', null);
    const claim = async (filter: object) => {
      const leases = await backend.claim({ taker: TAKER, ttl: LONG, filter, limit: 10 });
      for (const lease of leases) await backend.release(lease);
      return leases.map(({ name }) => name);
    };
    expect(await claim({ userId: 7 })).toEqual(['b']);
    expect(await claim({ userId: 8 })).toEqual([]);
    expect(await claim({ username: 'bob' })).toEqual(['b']);
    expect(await claim({ bot: true, dc: 4 })).toEqual(['b']);
    expect(await claim({ tag: 'pool' })).toEqual(['c']);
    expect(await claim({ tag: 'pool', status: 'ok' })).toEqual([]);
    expect(await claim({ status: 'suspected', label: 'L' })).toEqual(['c']);
    expect((await claim({ status: 'ok' })).sort()).toEqual(['a', 'b']);
  });

  onPlace('many that claim at once never get the same, and together all', async (backend, open) => {
    for (let i = 0; i < 40; i++) await put(backend, `n${i}`, fullSession(0));
    const backends = [backend, await open(), await open()];
    const claims = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        backends[i % 3]!.claim({ taker: TAKER, ttl: LONG, filter: {}, limit: 5 }),
      ),
    );
    const names = claims.flat().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    // Those that another one was just about to take were passed over; none was lost.
    const rest = await backend.claim({ taker: TAKER, ttl: LONG, filter: {}, limit: 100 });
    expect(new Set([...names, ...rest.map(({ name }) => name)]).size).toBe(40);
  });

  if (!hears) {
    onPlace('a connection that hears nothing is found out', async (backend) => {
      await failure(() => backend.onRelease(() => {}), 'UNSUPPORTED');
    });
  } else
    onPlace('who waits is told of each lease that is given back, by whomever', async (backend, open) => {
      const other = await open();
      const heard: (string | null)[] = [];
      let wake = () => {};
      const stop = await backend.onRelease((name) => {
        heard.push(name);
        wake();
      });
      const until = async (name: string) => {
        while (!heard.includes(name)) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      };
      await other.release(await heldWith(other, 'äö🙂', fullSession()));
      await until('äö🙂');
      await backend.release(await taken(backend, 'never-saved'));
      await until('never-saved');
      const stale = await taken(other, 'a');
      const lease = await taken(other, 'a', { takeOver: 'x' });
      await other.release(stale);
      expect(heard).not.toContain('a');
      await other.release(lease);
      await until('a');
      await stop();
      const before = heard.length;
      await other.release(await taken(other, 'b'));
      expect(heard).toHaveLength(before);
    });

  onPlace(
    'while a session is taken by force, no acknowledged save is lost and none comes after',
    async (backend, open) => {
      const other = await open();
      let holder = await heldWith(backend, 'a', sessionOf(0));
      let last = 0;
      for (let round = 0; round < 15; round++) {
        let acknowledged = last;
        const saver = (async () => {
          for (let n = last + 1; ; n++) {
            if (!(await backend.save(holder, allOf(sessionOf(n))))) return;
            acknowledged = n;
            // A database in this process lets no timer have its turn by itself.
            await new Promise((resolve) => setImmediate(resolve));
          }
        })();
        while (acknowledged < last + 1 + (round % 4)) await new Promise((resolve) => setTimeout(resolve, 1));
        const lease = await taken(other, 'a', { takeOver: 'test' });
        const read = (await other.read('a'))!;
        await saver;
        expect(read.state!.pts).toBe(acknowledged);
        expect(read.equals(sessionOf(acknowledged))).toBe(true);
        expect((await other.read('a'))!.equals(read)).toBe(true);
        [holder, last] = [lease, acknowledged];
      }
    },
  );
}
