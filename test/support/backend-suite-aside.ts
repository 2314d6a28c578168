/** What every backend promises of sessions kept aside. */

import { expect } from 'vitest';
import { entryOf } from '../../src/aside.ts';
import { heldWith, put, taken } from './backend-steps.ts';
import type { OnPlace } from './backend-suite.ts';
import { fullSession } from './sessions.ts';

const SINCE = new Date('2026-01-02T03:04:05.678Z');

export function asideTests(onPlace: OnPlace): void {
  onPlace(
    'what is kept aside is listed, the oldest first, and is not the session in use',
    async (backend) => {
      const lease = await heldWith(backend, 'a', fullSession());
      expect(await backend.aside.list('a')).toEqual([]);
      const ids: string[] = [];
      for (const seed of [1, 2, 3]) {
        const record = { session: fullSession(3, seed), reason: `r${seed}`, since: SINCE, instead: [] };
        ids.push((await backend.aside.put(lease, record))!);
      }
      const list = await backend.aside.list('a');
      for (const [i, { entry, session }] of list.entries()) {
        const expected = fullSession(3, i + 1);
        expect(session.equals(expected)).toBe(true);
        expect(entry).toEqual(entryOf(ids[i]!, expected, `r${i + 1}`, SINCE));
      }
      expect(list).toHaveLength(3);
      expect(new Set(ids).size).toBe(3);
      expect((await backend.read('a'))!.equals(fullSession())).toBe(true);
      expect(await backend.aside.list('b')).toEqual([]);
    },
  );

  onPlace('one takes the place of others, and one is removed', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    const keep = async (reason: string, instead: string[]) =>
      (await backend.aside.put(lease, { session: fullSession(), reason, since: SINCE, instead }))!;
    const [first, second, third] = [await keep('1', []), await keep('2', []), await keep('3', [])];
    const fourth = await keep('4', [first, third, 'nobody']);
    const reasons = async () => (await backend.aside.list('a')).map(({ entry }) => entry.reason);
    expect(await reasons()).toEqual(['2', '4']);
    expect(await backend.aside.delete(lease, second)).toBe(true);
    for (const id of [second, 'nobody', '', '99999999999999999999']) {
      expect(await backend.aside.delete(lease, id)).toBe(true);
    }
    expect(await reasons()).toEqual(['4']);
    // An id is never used again.
    expect([first, second, third, fourth]).not.toContain(await keep('5', [fourth]));
  });

  onPlace('ids of one session mean nothing for another', async (backend) => {
    const a = await heldWith(backend, 'a', fullSession());
    const b = await heldWith(backend, 'b', fullSession());
    const record = { session: fullSession(), reason: 'r', since: SINCE };
    const id = (await backend.aside.put(a, { ...record, instead: [] }))!;
    await backend.aside.put(b, { ...record, instead: [id] });
    await backend.aside.put(b, { ...record, instead: [] });
    const own = (await backend.aside.list('b')).map(({ entry }) => entry.id);
    if (!own.includes(id)) await backend.aside.delete(b, id);
    expect(await backend.aside.list('a')).toHaveLength(1);
    expect(await backend.aside.list('b')).toHaveLength(2);
  });

  onPlace('it is kept for a name whose session was not saved yet, over a release', async (backend) => {
    const lease = await taken(backend, 'a');
    await backend.aside.put(lease, { session: fullSession(), reason: 'r', since: SINCE, instead: [] });
    await backend.release(lease);
    expect(await backend.info('a')).toBeNull();
    expect(await backend.aside.list('a')).toHaveLength(1);
    const again = await taken(backend, 'a');
    expect(again.fence).toBeGreaterThan(lease.fence);
    await backend.release(again);
    expect(await backend.aside.list('a')).toHaveLength(1);
    // Its keys go with it, whatever it is called.
    await backend.delete('a');
    expect(await backend.aside.list('a')).toEqual([]);
  });

  onPlace('nothing is kept or removed with an older fence', async (backend) => {
    const old = await heldWith(backend, 'a', fullSession());
    const record = { session: fullSession(), reason: 'r', since: SINCE };
    const id = (await backend.aside.put(old, { ...record, instead: [] }))!;
    await taken(backend, 'a', { takeOver: 'test' });
    expect(await backend.aside.put(old, { ...record, reason: 'new', instead: [id] })).toBeNull();
    expect(await backend.aside.delete(old, id)).toBe(false);
    expect((await backend.aside.list('a')).map(({ entry }) => entry.reason)).toEqual(['r']);
  });

  onPlace('what is kept aside stays when the session is saved', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    await backend.aside.put(lease, { session: fullSession(3, 9), reason: 'r', since: SINCE, instead: [] });
    await backend.release(lease);
    await put(backend, 'a', fullSession(5, 2));
    const [{ session } = { session: null }] = await backend.aside.list('a');
    expect(session!.equals(fullSession(3, 9))).toBe(true);
  });
}
