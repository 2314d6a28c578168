/** What every backend promises of lists and of what the operator notes. */

import { expect } from 'vitest';
import type { Backend } from '../../src/stores/backend.ts';
import { compareNames } from '../../src/stores/names.ts';
import type { SessionFilter } from '../../src/stores/store.ts';
import { heldWith, LONG, put, TAKER } from './backend-steps.ts';
import type { OnPlace } from './backend-suite.ts';
import { fullSession, KEY_MARK } from './sessions.ts';

async function names(backend: Backend, filter: SessionFilter = {}, after: string | null = null, limit = 100) {
  return (await backend.list({ after, limit, filter })).map(({ name }) => name);
}

export function listTests(onPlace: OnPlace): void {
  onPlace('pages are in the order of code points, each begins behind the last one', async (backend) => {
    const all = ['b', 'B', 'a_1', 'a-1', 'a', '10', '9', 'é', 'z', '𐐀', 'ｚ', '+1', '@x', '=', '_'];
    for (const name of all) await put(backend, name, fullSession(0));
    const sorted = [...all].sort(compareNames);
    expect(await names(backend)).toEqual(sorted);
    const paged: string[] = [];
    for (let after: string | null = null; ; after = paged.at(-1)!) {
      const page = await names(backend, {}, after, 4);
      if (page.length === 0) break;
      expect(page.length).toBeLessThanOrEqual(4);
      paged.push(...page);
    }
    expect(paged).toEqual(sorted);
    // The name behind which a page begins need not be there any more.
    expect(await names(backend, {}, 'a0', 2)).toEqual(['a_1', 'b']);
  });

  onPlace('an entry tells all but the keys', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    await backend.describe('a', { label: 'L', tags: ['x', 'y'], phone: '49123' });
    await backend.setStatus('a', 'suspected', 'because');
    const [entry] = await backend.list({ after: null, limit: 1, filter: {} });
    expect(entry).toEqual({
      name: 'a',
      status: 'suspected',
      reason: 'because',
      statusSince: expect.any(Date),
      user: { id: 811432825, dc: 2, bot: false, username: 'alice' },
      phone: '49123',
      label: 'L',
      tags: ['x', 'y'],
      savedAt: expect.any(Date),
      holder: { ...TAKER, since: expect.any(Date), expires: expect.any(Date) },
      takenOver: null,
    });
    expect(await backend.info('a')).toEqual(entry);
    expect(JSON.stringify(entry)).not.toContain(KEY_MARK.slice(0, 8));
    await backend.release(lease);
    expect((await backend.info('a'))!.holder).toBeNull();
  });

  onPlace('one that is new has the status ok, and no notes', async (backend) => {
    await put(backend, 'a', fullSession());
    expect(await backend.info('a')).toMatchObject({
      status: 'ok',
      reason: null,
      statusSince: null,
      label: null,
      tags: [],
      phone: null,
      holder: null,
      takenOver: null,
    });
  });

  onPlace('each filter finds those that fit, and several together those that fit all', async (backend) => {
    const user = { id: 7, dc: 4, bot: true, username: 'Bob_Bot' };
    await put(backend, 'a', fullSession());
    await put(backend, 'b', fullSession().with({ user }));
    await put(backend, 'c', fullSession().with({ user: { ...user, bot: false, username: null } }));
    await put(backend, 'none', fullSession().with({ user: null }));
    await backend.describe('a', { label: 'red', tags: ['x', 'y"{,}'], phone: '4915112345' });
    await backend.describe('b', { label: 'Red', tags: ['x'] });
    await backend.setStatus('c', 'dead', 'gone');
    for (const [filter, expected] of [
      [{ userId: 7 }, ['b', 'c']],
      [{ userId: 8 }, []],
      [{ username: 'bob_bot' }, ['b']],
      [{ username: 'alice' }, ['a']],
      [{ phone: '4915112345' }, ['a']],
      [{ phone: '49' }, []],
      [{ dc: 4 }, ['b', 'c']],
      [{ bot: true }, ['b']],
      [{ bot: false }, ['a', 'c']],
      [{ status: 'ok' }, ['a', 'b', 'none']],
      [{ status: 'dead' }, ['c']],
      [{ label: 'red' }, ['a']],
      [{ tag: 'x' }, ['a', 'b']],
      [{ tag: 'y"{,}' }, ['a']],
      [{ tag: 'X' }, []],
      [{ tag: 'x', label: 'Red', dc: 4, bot: true, userId: 7, username: 'bob_bot', status: 'ok' }, ['b']],
    ] as [SessionFilter, string[]][]) {
      expect(await names(backend, filter), JSON.stringify(filter)).toEqual(expected);
    }
    expect(await names(backend, { tag: 'x' }, 'a')).toEqual(['b']);
    expect(await names(backend, { dc: 4 }, null, 1)).toEqual(['b']);
  });

  onPlace('a filter follows what changes', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    await backend.describe('a', { label: 'one', tags: ['x'], phone: '1' });
    await backend.describe('a', { label: 'two', tags: ['y', 'z'], phone: '2' });
    const changes = { dcsPut: [], dcsGone: [], state: undefined, channelsPut: [], channelsGone: [] };
    await backend.save(lease, { ...changes, user: { id: 9, dc: 1, bot: true, username: 'Carol' } as never });
    const old = [
      { label: 'one' },
      { tag: 'x' },
      { phone: '1' },
      { userId: 811432825 },
      { username: 'alice' },
      { bot: false },
    ];
    for (const filter of old) expect(await names(backend, filter), JSON.stringify(filter)).toEqual([]);
    const now = [
      { label: 'two' },
      { tag: 'z' },
      { phone: '2' },
      { userId: 9 },
      { username: 'carol' },
      { dc: 1 },
    ];
    for (const filter of now) expect(await names(backend, filter), JSON.stringify(filter)).toEqual(['a']);
    await backend.describe('a', { label: null, tags: [], phone: null });
    expect(await backend.info('a')).toMatchObject({ label: null, tags: [], phone: null });
    for (const filter of now.slice(0, 3)) expect(await names(backend, filter)).toEqual([]);
    await backend.save(lease, { ...changes, user: null });
    for (const filter of now.slice(3)) expect(await names(backend, filter)).toEqual([]);
  });

  onPlace('what is not described stays as it is', async (backend) => {
    await put(backend, 'a', fullSession());
    await backend.describe('a', { label: 'L', tags: ['x'], phone: '1' });
    expect(await backend.describe('a', { phone: '2' })).toBe(true);
    expect(await backend.describe('a', {})).toBe(true);
    expect(await backend.info('a')).toMatchObject({ label: 'L', tags: ['x'], phone: '2' });
    expect(await backend.describe('nobody', { label: 'x' })).toBe(false);
    expect(await backend.info('nobody')).toBeNull();
  });

  onPlace('a status has its reason and its time, also while the session is held', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    expect(await backend.setStatus('a', 'dead', 'because')).toBe(true);
    const dead = (await backend.info('a'))!;
    expect(dead).toMatchObject({ status: 'dead', reason: 'because', holder: TAKER });
    expect(Math.abs(dead.statusSince!.getTime() - Date.now())).toBeLessThan(60_000);
    // Its holder goes on: what it was about is for its holder to judge.
    expect(await backend.renew([lease], LONG)).toEqual([true]);
    expect(await backend.setStatus('a', 'ok', null)).toBe(true);
    expect(await backend.info('a')).toMatchObject({
      status: 'ok',
      reason: null,
      statusSince: expect.any(Date),
    });
    expect(await backend.setStatus('nobody', 'dead', null)).toBe(false);
    expect(await backend.info('nobody')).toBeNull();
  });
}
