import { describe, expect, test } from 'vitest';
import { LiveSession } from '../../src/clients/live-session.ts';
import { SessionError, SessionHeldError } from '../../src/errors.ts';
import { LeaseLostError } from '../../src/stores/lease-errors.ts';
import { LeasedSessions, type LeasedSessionsOptions } from '../../src/stores/leased-sessions.ts';
import { MemoryBackend } from '../../src/stores/memory/memory-backend.ts';
import { MemorySessions } from '../../src/stores/memory/memory-sessions.ts';
import { sampleSession, storageConformance } from '../../src/testing/index.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** Several stores on one database, with a time of their own that only the test moves. */
function shop(options: LeasedSessionsOptions = {}) {
  const time = new ManualClock();
  const backend = new MemoryBackend(() => Date.UTC(2026, 0, 1) - 1000 + time.now());
  const store = (more: LeasedSessionsOptions = {}) =>
    new LeasedSessions(backend, { lease: { ttl: 30_000, margin: 5000 }, ...options, ...more }, time);
  return { time, backend, store };
}

/** Holds up the saves that are made until `end`; the one before it arrives at `send`. */
function slowSaves(backend: MemoryBackend) {
  const save = backend.save.bind(backend);
  let send = () => {};
  backend.save = async (...args) => {
    await new Promise<void>((resolve) => {
      send = resolve;
    });
    return save(...args);
  };
  const end = () => {
    backend.save = save;
  };
  return { send: () => send(), end };
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error) => (error as SessionError).code,
  );

describe('a session of a store with leases', () => {
  let count = 0;
  const cases = storageConformance({
    open() {
      const backend = new MemoryBackend();
      const name = `session-${++count}`;
      return {
        storage: () => new LeasedSessions(backend).session(name),
        persistent: true,
        hold: true,
        peers: true,
      };
    },
    channels: 1000,
  });
  test.each(cases)('$name', ({ run }) => run());
});

test('a store that is closed gives back all that it has, some at a time, also where one cannot be', async () => {
  const { backend, store } = shop();
  const closing = store();
  const names = Array.from({ length: 2500 }, (_, i) => `s${i}`);
  await Promise.all(names.map((name) => closing.session(name).load()));
  const release = backend.release.bind(backend);
  let [now, most] = [0, 0];
  backend.release = async (lease) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now--;
    if (lease.name === 's7') throw new SessionError('IO', 'cut off');
    await release(lease);
  };
  expect(await codeOf(closing.close())).toBe('IO');
  expect(most).toBeLessThanOrEqual(1000);
  const left = (await backend.expiries(names)).filter((expiry) => expiry > 0);
  expect(left).toHaveLength(1);
});

test('where many cannot be given back one error names the first few, and says how many', async () => {
  const { backend, store } = shop();
  const closing = store();
  const names = Array.from({ length: 2500 }, (_, i) => `s${i}`);
  await Promise.all(names.map((name) => closing.session(name).load()));
  backend.release = async () => {
    throw new SessionError('IO', 'The database is gone.');
  };
  const error = await closing.close().catch((thrown) => thrown);
  expect(error).toBeInstanceOf(SessionError);
  expect([error.code, error.cause.message]).toEqual(['IO', 'The database is gone.']);
  expect(error.message).toBe(
    '2500 of 2500 sessions could not be closed. s0: The database is gone. s1: The database is gone. s2: The database is gone. And 2497 more.',
  );
});

describe('a lease', () => {
  test('keeps others out as long as it is renewed, however long that is', async () => {
    const { time, store } = shop();
    const [first, second] = [store(), store()];
    const held = first.session('a');
    await held.load();
    await time.pass(300_000);
    expect(held.held!.aborted).toBe(false);
    await expect(second.session('a').load()).rejects.toThrow(SessionHeldError);
    await held.save(sampleSession());
  });

  test('names its holder, and when it would end', async () => {
    const { store } = shop();
    await store({ label: 'bot 7' }).session('a').load();
    const error = await store()
      .session('a')
      .load()
      .catch((caught) => caught);
    expect(error).toMatchObject({
      code: 'HELD',
      holder: {
        pid: process.pid,
        label: 'bot 7',
        since: new Date('2026-01-01T00:00:00Z'),
        expires: new Date('2026-01-01T00:00:30Z'),
      },
    });
    expect(error.message).toContain('(bot 7) since 2026-01-01T00:00:00.000Z, until 2026-01-01T00:00:30.000Z');
  });

  test('that cannot be renewed aborts `held` a margin before anybody else may begin', async () => {
    const { time, backend, store } = shop();
    const held = store().session('a');
    await held.load();
    await held.save(sampleSession());
    backend.renew = () => Promise.reject(new SessionError('IO', 'cut off'));
    await time.pass(24_900);
    expect(held.held!.aborted).toBe(false);
    expect(await codeOf(store().session('a').load())).toBe('HELD');
    await time.pass(200);
    expect(held.held!.reason).toBeInstanceOf(LeaseLostError);
    expect(await codeOf(store().session('a').load())).toBe('HELD');
    expect(await codeOf(held.save(sampleSession(2)))).toBe('LEASE_LOST');
    await time.pass(5000);
    expect(await store().session('a').load()).toEqual(sampleSession());
  });

  test('is kept through requests that fail or are never answered, if one comes through in time', async () => {
    const { time, backend, store } = shop();
    const held = store().session('a');
    await held.load();
    const renew = backend.renew.bind(backend);
    let calls = 0;
    backend.renew = (...args) => {
      calls++;
      if (calls % 3 === 0) return renew(...args);
      return calls % 3 === 1 ? new Promise(() => {}) : Promise.reject(new SessionError('IO', 'cut off'));
    };
    await time.pass(300_000);
    expect(held.held!.aborted).toBe(false);
    expect(calls).toBeGreaterThan(20);
  });

  test('of a holder that slept past its end writes nothing, even before any timer has said so', async () => {
    const { time, store } = shop();
    const sleeper = store().session('a');
    await sleeper.load();
    await sleeper.save(sampleSession(1));
    time.freezeTimers(60_000);
    // The first who asks is told: other timers of the process may have their turn before that of the lease.
    expect(sleeper.held!.aborted).toBe(true);
    const next = store().session('a');
    await next.load();
    await next.save(sampleSession(2));
    expect(await codeOf(sleeper.save(sampleSession(3)))).toBe('LEASE_LOST');
    expect(sleeper.held!.aborted).toBe(true);
    expect(await next.load()).toEqual(sampleSession(2));
  });

  test('that is stale is refused by the database itself: a write on its way when the session went on comes to nothing', async () => {
    const { time, backend, store } = shop();
    const slow = store().session('a');
    await slow.load();
    await slow.save(sampleSession(1));
    const slowness = slowSaves(backend);
    const late = codeOf(slow.save(sampleSession(3)));
    slowness.end();
    time.freezeTimers(60_000);
    const next = store().session('a');
    await next.load();
    await next.save(sampleSession(2));
    slowness.send();
    expect(await late).toBe('LEASE_LOST');
    expect(slow.held!.aborted).toBe(true);
    expect(await next.load()).toEqual(sampleSession(2));
  });

  test('is not taken back by a save that waited behind another one when it was lost', async () => {
    const { time, backend, store } = shop();
    const slow = store().session('a');
    await slow.load();
    const slowness = slowSaves(backend);
    const late = codeOf(slow.save(sampleSession(3)));
    const behind = codeOf(slow.save(sampleSession(4)));
    slowness.end();
    time.freezeTimers(60_000);
    const next = store().session('a');
    await next.load();
    await next.save(sampleSession(2));
    await next.close();
    slowness.send();
    expect([await late, await behind]).toEqual(['LEASE_LOST', 'LEASE_LOST']);
    expect(slow.held!.aborted).toBe(true);
    expect(await next.load()).toEqual(sampleSession(2));
  });

  test('can be taken by force, for a reason that is noted with the holder before', async () => {
    const { time, store } = shop();
    const held = store({ label: 'stuck' }).session('a');
    await held.load();
    await held.save(sampleSession(1));
    const taker = store();
    const session = taker.session('a', { takeOver: 'the machine is gone' });
    expect(await session.load()).toEqual(sampleSession(1));
    expect(await taker.info('a')).toMatchObject({
      takenOver: { reason: 'the machine is gone', from: expect.stringContaining('stuck') },
    });
    expect(await codeOf(held.save(sampleSession(2)))).toBe('LEASE_LOST');
    await time.pass(8000);
    expect(held.held!.aborted).toBe(true);
    await held.close();
    await session.save(sampleSession(3));
  });

  test('whose request was on its way for too long is asked for again', async () => {
    const { time, backend, store } = shop();
    const take = backend.take.bind(backend);
    let late = 1;
    backend.take = async (request) => {
      if (late-- > 0) time.freezeTimers(28_000);
      return take(request);
    };
    const session = store().session('a');
    await session.load();
    expect(session.held!.aborted).toBe(false);
    await session.close();
    late = Number.POSITIVE_INFINITY;
    expect(await codeOf(session.load())).toBe('LEASE_LOST');
    late = 0;
    await store().session('a').load();
  });

  test('that was lost can be taken again with load()', async () => {
    const { time, store } = shop();
    const one = store();
    const session = one.session('a');
    await session.load();
    await session.save(sampleSession(1));
    time.freezeTimers(60_000);
    expect(await codeOf(session.save(sampleSession(2)))).toBe('LEASE_LOST');
    const before = session.held;
    expect(await session.load()).toEqual(sampleSession(1));
    expect(session.held).not.toBe(before);
    await session.save(sampleSession(2));
  });
});

describe('a save that failed', () => {
  test('is made up for by the next one, whatever became of it', async () => {
    for (const isWritten of [false, true]) {
      const { backend, store } = shop();
      const session = store().session('a');
      await session.load();
      await session.save(sampleSession(1));
      const save = backend.save.bind(backend);
      backend.save = async (...args) => {
        backend.save = save;
        if (isWritten) await save(...args);
        throw new SessionError('IO', 'the connection was cut');
      };
      expect(await codeOf(session.save(sampleSession(2)))).toBe('IO');
      await session.save(sampleSession(3));
      expect(await session.load()).toEqual(sampleSession(3));
    }
  });

  test('does not make the next one believe that nothing changed', async () => {
    const { backend, store } = shop();
    const session = store().session('a');
    await session.load();
    await session.save(sampleSession(1));
    const save = backend.save.bind(backend);
    backend.save = async () => {
      backend.save = save;
      throw new SessionError('IO', 'the connection was cut');
    };
    expect(await codeOf(session.save(sampleSession(2)))).toBe('IO');
    await session.save(sampleSession(2));
    expect(await session.load()).toEqual(sampleSession(2));
  });
});

describe('waiting', () => {
  test('ends when the session is given back, for the one who came first, and for nobody else', async () => {
    const { time, backend, store } = shop();
    const holder = store().session('a');
    await holder.load();
    const other = store();
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (i) => {
      const session = other.session('a', { wait: 600_000 });
      await session.load();
      order.push(i);
      return session;
    });
    await time.pass(100);
    let asked = 0;
    const take = backend.take.bind(backend);
    backend.take = (request) => {
      asked++;
      return take(request);
    };
    await holder.close();
    const first = await waiting[0]!;
    expect(asked).toBe(1);
    await time.pass(100);
    expect(order).toEqual([1]);
    await first.close();
    await (await waiting[1]!).close();
    await waiting[2];
    expect(order).toEqual([1, 2, 3]);
    expect(asked).toBe(3);
  });

  test('ends with HELD after its time, with ABORTED by its signal, with CLOSED by close() of the session or the store', async () => {
    const { time, store } = shop();
    await store().session('a').load();
    const other = store();
    const late = codeOf(other.session('a', { wait: 2000 }).load());
    const controller = new AbortController();
    const aborted = codeOf(other.session('a', { wait: 60_000, signal: controller.signal }).load());
    const session = other.session('a', { wait: Number.POSITIVE_INFINITY });
    const closed = codeOf(session.load());
    const withStore = codeOf(other.session('a', { wait: 60_000 }).load());
    const claim = codeOf(other.claim({ wait: 60_000 }));
    await time.pass(2100);
    expect(await late).toBe('HELD');
    controller.abort();
    expect(await aborted).toBe('ABORTED');
    await session.close();
    expect(await closed).toBe('CLOSED');
    await other.close();
    expect(await withStore).toBe('CLOSED');
    expect(await claim).toBe('CLOSED');
  });

  test('of 10,000 asks little: one who holds on is asked about once in a while, all together', async () => {
    const { time, backend, store } = shop();
    const holder = store();
    const names = Array.from({ length: 10_000 }, (_, i) => `s${i}`);
    await Promise.all(names.map((name) => holder.session(name).load()));
    const other = store();
    const waiting = names.map((name) => codeOf(other.session(name, { wait: 600_000 }).load()));
    await time.pass(1000);
    const calls = { expiries: 0, take: 0 };
    const { expiries, take } = backend;
    backend.expiries = (...args) => {
      calls.expiries++;
      return expiries.apply(backend, args);
    };
    backend.take = (...args) => {
      calls.take++;
      return take.apply(backend, args);
    };
    await time.pass(60_000);
    expect(calls.take).toBe(0);
    expect(calls.expiries).toBeLessThanOrEqual(60 + 10);
    await other.close();
    await Promise.all(waiting);
  });

  test('goes on with the lease of a holder that died when it has run out', async () => {
    const { time, backend, store } = shop();
    const taken = await backend.take({
      name: 'a',
      taker: { pid: 1, host: 'gone', label: null },
      ttl: 30_000,
      dead: false,
      takeOver: null,
    });
    expect(taken.outcome).toBe('taken');
    const session = store().session('a', { wait: 60_000 });
    const loading = session.load();
    await time.pass(29_000);
    await time.pass(2500);
    expect(await loading).toBe(null);
  });

  test('goes on by asking where the database cannot tell', async () => {
    const { time, backend, store } = shop();
    backend.onRelease = () => Promise.reject(new SessionError('UNSUPPORTED', 'a pooler is between'));
    const errors: unknown[] = [];
    const holder = store().session('a');
    await holder.load();
    const loading = store({ onError: (error) => errors.push(error) })
      .session('a', { wait: 60_000 })
      .load();
    await time.pass(3000);
    await holder.close();
    await time.pass(1100);
    expect(await loading).toBe(null);
    expect(errors).toMatchObject([{ code: 'UNSUPPORTED' }]);
  });

  test('is passed on by who is called and leaves', async () => {
    const { time, store } = shop();
    const holder = store().session('a');
    await holder.load();
    const other = store();
    const controller = new AbortController();
    const first = codeOf(other.session('a', { wait: 60_000, signal: controller.signal }).load());
    const second = other.session('a', { wait: 60_000 });
    const loading = second.load();
    await time.pass(10);
    const closing = holder.close();
    controller.abort();
    await closing;
    expect(await first).toBe('ABORTED');
    expect(await loading).toBe(null);
  });
});

describe('a claim', () => {
  async function stocked(names: string[]) {
    const parts = shop();
    const store = parts.store();
    for (const [i, name] of names.entries()) {
      const session = store.session(name);
      await session.save(sampleSession(i + 1));
      await session.close();
    }
    return { ...parts, first: store, second: parts.store() };
  }

  test('takes free sessions, each for one only, held until they are closed', async () => {
    const { first, second, time } = await stocked(['a', 'b', 'c', 'd', 'e']);
    const [ours, theirs] = await Promise.all([first.claim({ limit: 3 }), second.claim({ limit: 3 })]);
    expect([...ours, ...theirs].map(({ name }) => name).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    await time.pass(120_000);
    expect(await second.claim({ limit: 10 })).toEqual([]);
    expect(await ours[0]!.load()).toEqual(sampleSession(1));
    await ours[0]!.save(sampleSession(7));
    await ours[0]!.close();
    expect((await second.claim({ limit: 10 })).map(({ name }) => name)).toEqual(['a']);
  });

  test('passes over what is dead or suspected, unless suspected ones are asked for', async () => {
    const { first } = await stocked(['a', 'b', 'c']);
    await first.setStatus('a', 'dead', 'AUTH_KEY_DUPLICATED');
    await first.setStatus('b', 'suspected');
    expect((await first.claim({ limit: 10 })).map(({ name }) => name)).toEqual(['c']);
    expect(
      (await first.claim({ limit: 10, filter: { status: 'suspected' } })).map(({ name }) => name),
    ).toEqual(['b']);
    expect(await codeOf(first.claim({ filter: { status: 'dead' } }))).toBe('INVALID_VALUE');
  });

  test('waits for one that is given back: any free session of a user is a pool', async () => {
    const { first, second, time } = await stocked(['a', 'b']);
    const userId = sampleSession(1).user!.id;
    const [one] = await first.claim({ filter: { userId } });
    expect(await second.claim({ filter: { userId } })).toEqual([]);
    const waiting = second.claim({ filter: { userId }, wait: 60_000 });
    await time.pass(100);
    await one!.close();
    expect((await waiting).map(({ name }) => name)).toEqual(['a']);
  });
});

describe('a session that is marked dead', () => {
  test('is not handed out by accident, and not deleted by itself', async () => {
    const store = new MemorySessions();
    const session = store.session('a');
    await session.save(sampleSession());
    await session.setStatus('dead', 'AUTH_KEY_DUPLICATED');
    await session.close();
    await expect(session.load()).rejects.toThrow('is marked dead (AUTH_KEY_DUPLICATED)');
    expect(await codeOf(session.load())).toBe('DEAD');
    expect(await store.info('a')).toMatchObject({
      status: 'dead',
      reason: 'AUTH_KEY_DUPLICATED',
      holder: null,
    });
    const forced = store.session('a', { dead: true });
    expect(await forced.load()).toEqual(sampleSession());
    await forced.close();
    await store.setStatus('a', 'ok');
    expect(await session.load()).toEqual(sampleSession());
    await store.close();
  });
});

describe('what a client hears of the server', () => {
  test('marks the session dead in its store, so that no other machine tries it', async () => {
    const { store } = shop();
    const one = store();
    const session = one.session('a');
    await session.save(sampleSession(1));
    await session.close();
    const live = new LiveSession(session);
    await live.load();
    live.markDead('AUTH_KEY_DUPLICATED', true);
    await live.close();
    expect(await one.info('a')).toMatchObject({ status: 'dead', reason: 'AUTH_KEY_DUPLICATED' });
    expect(await codeOf(store().session('a').load())).toBe('DEAD');
    const again = store().session('a', { dead: true });
    await again.load();
    expect(await again.aside!.list()).toMatchObject([{ reason: 'AUTH_KEY_DUPLICATED' }]);
  });
});

describe('the user of a session', () => {
  test('that is not the one asked for is an error, when it is loaded and when it is saved', async () => {
    const store = new MemorySessions();
    const session = store.session('a');
    await session.save(sampleSession(1));
    await session.close();
    const id = sampleSession(1).user!.id;
    expect(await codeOf(store.session('a', { userId: id + 1 }).load())).toBe('WRONG_USER');
    const right = store.session('a', { userId: id });
    expect(await right.load()).toEqual(sampleSession(1));
    const other = sampleSession(1);
    other.user!.id = id + 1;
    expect(await codeOf(right.save(other))).toBe('WRONG_USER');
    expect(await right.load()).toEqual(sampleSession(1));
    await store.close();
  });
});

describe('a store that is closed', () => {
  test('gives every session back, also those claimed and never loaded, and is of no more use', async () => {
    const { store } = shop();
    const [first, second] = [store(), store()];
    await first.session('a').save(sampleSession(1));
    await first.session('b').load();
    const c = first.session('c');
    await c.save(sampleSession(3));
    await c.close();
    await first.claim();
    await first.close();
    for (const name of ['a', 'b', 'c']) await second.session(name).load();
    for (const call of [
      first.list(),
      first.info('a'),
      first.claim(),
      first.session('a').load(),
      first.delete('a'),
    ]) {
      expect(await codeOf(call)).toBe('CLOSED');
    }
    await first.close();
  });
});

describe('deleting', () => {
  test('removes a free session with all that belongs to it, and refuses one that is held', async () => {
    const { store } = shop();
    const [first, second] = [store(), store()];
    const session = first.session('a');
    await session.save(sampleSession());
    await session.peers!.put([
      { kind: 'user', id: 5, accessHash: 1n, usernames: ['x'], phone: null, name: null, seen: null },
    ]);
    await session.aside!.put(sampleSession(2), 'erased');
    expect(await codeOf(second.delete('a'))).toBe('HELD');
    await session.close();
    expect(await second.delete('a')).toBe(true);
    expect(await second.delete('a')).toBe(false);
    expect(await second.info('a')).toBe(null);
    const again = second.session('a');
    expect(await again.load()).toBe(null);
    expect(await again.aside!.list()).toEqual([]);
    await again.save(sampleSession());
    expect(await again.peers!.count()).toBe(0);
  });
});
