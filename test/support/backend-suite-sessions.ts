/** What every backend promises of reading and saving. */

import fc from 'fast-check';
import { expect } from 'vitest';
import { Session } from '../../src/index.ts';
import * as arbitraries from './arbitraries.ts';
import { allOf, changesBetween, heldWith, put, runOut, TAKER, taken } from './backend-steps.ts';
import type { OnPlace } from './backend-suite.ts';
import { fullSession, testKey } from './sessions.ts';

const MAX = Number.MAX_SAFE_INTEGER;

export function sessionTests(onPlace: OnPlace): void {
  onPlace('what was saved is read back, by anybody, held or not', async (backend, open) => {
    const lease = await heldWith(backend, 'a', fullSession());
    expect((await (await open()).read('a'))!.equals(fullSession())).toBe(true);
    await backend.release(lease);
    expect((await backend.read('a'))!.equals(fullSession())).toBe(true);
    expect(await backend.read('b')).toBeNull();
  });

  onPlace('the smallest and the largest values come back as they were', async (backend) => {
    const session = new Session({
      dcs: [
        { id: 2 ** 31 - 1, ipv4Addr: '255.255.255.255:65535', ipv6Addr: '::1:1', auth: testKey(1) },
        { id: 1 },
      ],
      user: { id: MAX, dc: 2 ** 31 - 1, bot: true, username: '"{größe},\\NULL\'\n🙂' },
      state: {
        pts: MAX,
        qts: 0,
        date: MAX,
        seq: MAX,
        channels: [
          { id: MAX, pts: MAX },
          { id: 1, pts: 0 },
        ],
      },
    });
    await put(backend, 'a', session);
    expect((await backend.read('a'))!.equals(session)).toBe(true);
  });

  onPlace('an empty session is there too, and a state of zeros is not the same as none', async (backend) => {
    await put(backend, 'a', new Session());
    expect((await backend.read('a'))!.equals(new Session())).toBe(true);
    expect((await backend.info('a'))!.user).toBeNull();
    const zeros = new Session({ state: { pts: 0, qts: 0, date: 0, seq: 0 } });
    await put(backend, 'a', zeros);
    expect((await backend.read('a'))!.equals(zeros)).toBe(true);
  });

  onPlace(
    'any sessions, one after the other, each saved as what changed: the last one is read',
    async (backend) => {
      let i = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(arbitraries.session, { minLength: 1, maxLength: 4 }), async (sessions) => {
          const lease = await taken(backend, `n${++i}`);
          let before: Session | null = null;
          for (const session of sessions) {
            expect(await backend.save(lease, changesBetween(before, session))).toBe(true);
            expect((await backend.read(lease.name))!.equals(session)).toBe(true);
            before = session;
          }
        }),
        { numRuns: 25 },
      );
    },
  );

  onPlace('saving all of a session in the place of any other leaves nothing of that one', async (backend) => {
    const lease = await taken(backend, 'a');
    await fc.assert(
      fc.asyncProperty(arbitraries.session, async (session) => {
        expect(await backend.save(lease, allOf(session), { replace: true })).toBe(true);
        expect((await backend.read('a'))!.equals(session)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  onPlace('replacing touches nobody else’s session', async (backend) => {
    await put(backend, 'b', fullSession(5));
    const lease = await heldWith(backend, 'a', fullSession(5, 2));
    await backend.save(lease, allOf(new Session()), { replace: true });
    expect((await backend.read('a'))!.equals(new Session())).toBe(true);
    expect((await backend.read('b'))!.equals(fullSession(5))).toBe(true);
  });

  onPlace('a save with an older fence writes nothing, whatever it holds', async (backend) => {
    const old = await heldWith(backend, 'a', fullSession());
    await taken(backend, 'a', { takeOver: 'test' });
    const other = fullSession(9, 2).with({ user: { id: 9, dc: 1, bot: true }, dcs: [{ id: 9 }] });
    const changes = changesBetween(fullSession(), other);
    expect(changes.dcsPut.length * changes.dcsGone.length * changes.channelsPut.length).toBeGreaterThan(0);
    const before = await backend.info('a');
    expect(await backend.save(old, changes)).toBe(false);
    expect(await backend.save(old, allOf(other), { replace: true })).toBe(false);
    expect(await backend.save({ name: 'nobody', fence: old.fence }, allOf(other))).toBe(false);
    expect((await backend.read('a'))!.equals(fullSession())).toBe(true);
    expect(await backend.info('a')).toEqual(before);
    expect(await backend.info('nobody')).toBeNull();
  });

  onPlace('ten thousand channels are saved and read', async (backend) => {
    const session = fullSession(10_000);
    const lease = await heldWith(backend, 'a', session);
    expect((await backend.read('a'))!.equals(session)).toBe(true);
    const next = new Session(session);
    next.state!.channels[5000]!.pts += 1;
    next.state!.channels.length = 9_000;
    expect(await backend.save(lease, changesBetween(session, next))).toBe(true);
    expect((await backend.read('a'))!.equals(next)).toBe(true);
    const all = new Session(next);
    for (const channel of all.state!.channels) channel.pts += 1;
    all.state!.channels.push({ id: 1, pts: 1 } as never);
    expect(await backend.save(lease, changesBetween(next, all))).toBe(true);
    expect((await backend.read('a'))!.equals(all)).toBe(true);
  });

  onPlace('each save notes the time and who is logged in', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    const first = (await backend.info('a'))!;
    expect(first.user).toEqual({ id: 811432825, dc: 2, bot: false, username: 'alice' });
    expect(Math.abs(first.savedAt!.getTime() - Date.now())).toBeLessThan(60_000);
    const next = fullSession().with({ user: null });
    await backend.save(lease, changesBetween(fullSession(), next));
    const second = (await backend.info('a'))!;
    expect(second.user).toBeNull();
    expect(second.savedAt!.getTime()).toBeGreaterThanOrEqual(first.savedAt!.getTime());
  });

  onPlace('a session that is deleted is gone with all that belongs to it', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    await backend.peers.write(lease, {
      login: { keyId: '0123456789abcdef', userId: 5 },
      clear: false,
      put: [{ kind: 'user', id: 5, accessHash: 1n, usernames: ['x'], phone: null, name: null, seen: null }],
      gone: [],
      namesPut: [['x', { kind: 'user', id: 5 }]],
      namesGone: [],
    });
    await backend.aside.put(lease, { session: fullSession(), reason: 'r', since: new Date(), instead: [] });
    await backend.describe('a', { label: 'x', tags: ['y'], phone: '1' });
    await backend.setStatus('a', 'suspected', 'z');
    await backend.release(lease);
    expect(await backend.delete('a')).toBe('deleted');
    expect(await backend.delete('a')).toBe('absent');
    expect(await backend.read('a')).toBeNull();
    await put(backend, 'a', new Session());
    expect((await backend.read('a'))!.equals(new Session())).toBe(true);
    expect(await backend.info('a')).toMatchObject({
      status: 'ok',
      reason: null,
      label: null,
      tags: [],
      phone: null,
    });
    expect(await backend.peers.login('a')).toBeNull();
    expect(await backend.peers.count('a')).toBe(0);
    expect(await backend.peers.named('a', ['x'])).toEqual([]);
    expect(await backend.aside.list('a')).toEqual([]);
  });

  onPlace('one that is held is not deleted: its holder is told', async (backend) => {
    const lease = await heldWith(backend, 'a', fullSession());
    expect(await backend.delete('a')).toMatchObject({ ...TAKER, expires: expect.any(Date) });
    expect(await backend.read('a')).not.toBeNull();
    expect(await backend.save(lease, allOf(fullSession()))).toBe(true);
    // A name that is only taken is held as well.
    await taken(backend, 'b', { ttl: 20 });
    await runOut(backend, 'b');
    await taken(backend, 'b');
    expect(await backend.delete('b')).toMatchObject(TAKER);
  });
}
