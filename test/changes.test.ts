import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LastSaved, type SessionChanges } from '../src/changes.ts';
import { type DataCenter, Session, SessionError, UpdateState } from '../src/index.ts';
import { sampleKey, sampleSession } from '../src/testing/index.ts';
import * as arbitrary from './support/arbitraries.ts';

/** The plainest storage there is: a map for each table. What a store does with changes, and nothing else. */
class Tables {
  dcs = new Map<number, DataCenter>();
  user: Session['user'] = null;
  state: UpdateState | null = null;
  channels = new Map<number, number>();

  constructor(session: Session | null) {
    if (session === null) return;
    for (const dc of session.dcs) this.dcs.set(dc.id, dc.with({}));
    this.user = session.user?.with({}) ?? null;
    this.state = session.state?.with({ channels: [] }) ?? null;
    for (const { id, pts } of session.state?.channels ?? []) this.channels.set(id, pts);
  }

  apply(changes: SessionChanges): void {
    for (const id of changes.dcsGone) expect(this.dcs.delete(id), `data centre ${id} was there`).toBe(true);
    for (const dc of changes.dcsPut) this.dcs.set(dc.id, dc);
    if (changes.user !== undefined) this.user = changes.user;
    if (changes.state !== undefined) this.state = changes.state;
    for (const id of changes.channelsGone)
      expect(this.channels.delete(id), `channel ${id} was there`).toBe(true);
    for (const { id, pts } of changes.channelsPut) this.channels.set(id, pts);
  }

  session(): Session {
    const channels = [...this.channels].map(([id, pts]) => ({ id, pts }));
    if (this.state === null) expect(channels).toEqual([]);
    return new Session({
      dcs: [...this.dcs.values()],
      user: this.user,
      state: this.state && { ...this.state, channels },
    });
  }
}

const perhapsNone = fc.option(arbitrary.session);

/** A session that went on a little from another one, which is what a save usually sees. */
function goneOn(session: Session, seed: number): Session {
  const next = session.with({});
  if (next.state) {
    next.state.pts = (next.state.pts + seed) % 1000;
    for (const channel of next.state.channels) if ((channel.id + seed) % 3 === 0) channel.pts = seed;
    if (seed % 4 === 0) next.state.channels.reverse();
    if (seed % 5 === 0) next.state.channels.shift();
  }
  if (seed % 6 === 0) next.dcs.shift();
  const dc = next.dcs.at(-1);
  if (dc && seed % 2 === 0) dc.auth = sampleKey(seed + 1);
  return next;
}

describe('changesTo()', () => {
  test('gives what a store has to write to come from any session to any other', () => {
    fc.assert(
      fc.property(perhapsNone, arbitrary.session, (before, next) => {
        const tables = new Tables(before);
        const changes = new LastSaved(before).changesTo(next);
        if (changes !== null) tables.apply(changes);
        expect(tables.session().equals(next)).toBe(true);
      }),
    );
  });

  test('gives null exactly if nothing differs', () => {
    fc.assert(
      fc.property(arbitrary.session, arbitrary.session, fc.boolean(), (before, other, same) => {
        const next = same ? before.with({}) : other;
        expect(new LastSaved(before).changesTo(next) === null).toBe(before.equals(next));
      }),
    );
  });

  test('leads through any number of saves, some of them failed, to the last session', () => {
    const saves = fc.array(fc.tuple(fc.nat(100), fc.boolean(), fc.option(arbitrary.session, { freq: 4 })));
    fc.assert(
      fc.property(arbitrary.session, saves, (first, steps) => {
        const tables = new Tables(first);
        const saved = new LastSaved(first);
        let session = first;
        for (const [seed, fails, other] of steps) {
          session = other ?? goneOn(session, seed);
          const changes = saved.changesTo(session);
          if (fails) continue; // not written and not adopted: the next save must bring it
          if (changes !== null) tables.apply(changes);
          changes?.adopt();
          expect(tables.session().equals(session)).toBe(true);
          expect(saved.changesTo(session)).toBeNull();
        }
      }),
    );
  });

  test('changes nothing until it is adopted', () => {
    fc.assert(
      fc.property(arbitrary.session, arbitrary.session, (before, next) => {
        const saved = new LastSaved(before);
        saved.changesTo(next);
        expect(saved.changesTo(before)).toBeNull();
        saved.changesTo(next)?.adopt();
        expect(saved.changesTo(next)).toBeNull();
      }),
    );
  });

  test('names no more than what differs', () => {
    const saved = new LastSaved(sampleSession(1, 100));
    const next = sampleSession(1, 100);
    next.state!.channels[40]!.pts += 1;
    next.dcs[1]!.auth![0]! ^= 1;
    next.dcs.reverse();
    expect(saved.changesTo(next)).toMatchObject({
      dcsPut: [{ id: 2 }],
      dcsGone: [],
      user: undefined,
      state: undefined,
      channelsPut: [next.state!.channels[40]],
      channelsGone: [],
    });
    const fewer = next.with({ user: null });
    fewer.state!.channels.splice(10, 2);
    saved.changesTo(next)!.adopt();
    expect(saved.changesTo(fewer)).toMatchObject({
      dcsPut: [],
      user: null,
      channelsPut: [],
      channelsGone: next.state!.channels.slice(10, 12).map(({ id }) => id),
    });
  });

  test('sees a change in place: it shares nothing with the session that it was given', () => {
    const session = sampleSession();
    const saved = new LastSaved(session);
    session.dcs[1]!.auth![255]! ^= 1;
    session.user!.id += 1;
    session.state!.pts += 1;
    session.state!.channels[0]!.pts += 1;
    const changes = saved.changesTo(session)!;
    expect(changes).toMatchObject({ dcsPut: [{ id: 2 }], channelsPut: [{}] });
    expect([changes.user, changes.state].includes(undefined)).toBe(false);
    changes.adopt();
    session.dcs[1]!.auth![255]! ^= 1;
    session.user!.id -= 1;
    session.state!.channels[0]!.pts -= 1;
    expect(saved.changesTo(session)).toMatchObject({ dcsPut: [{ id: 2 }], user: {}, channelsPut: [{}] });
  });

  test('tells a state of zeros from none', () => {
    const zeros = new Session({ state: { pts: 0, qts: 0, date: 0, seq: 0 } });
    expect(new LastSaved(new Session()).changesTo(zeros)!.state).toBeInstanceOf(UpdateState);
    expect(new LastSaved(zeros).changesTo(new Session())!.state).toBeNull();
  });

  test('finds what changed among 10,000 channels, in whatever order', () => {
    const before = sampleSession(1, 10_000);
    const next = before.with({});
    expect(new LastSaved(before).changesTo(next)).toBeNull();
    next.state!.channels.reverse();
    expect(new LastSaved(before).changesTo(next)).toBeNull();
    next.state!.channels[5000]!.pts = 5;
    expect(new LastSaved(before).changesTo(next)!.channelsPut).toEqual([next.state!.channels[5000]]);
  });
});

describe('changesTo() of a session changed to anything', () => {
  const PLACES: [string, (session: Session, value: never) => void][] = [
    ['dcs', (session, value) => (session.dcs = value)],
    ['dcs[1]', (session, value) => (session.dcs[1] = value)],
    ['dcs[1].id', (session, value) => (session.dcs[1]!.id = value)],
    ['dcs[1].ipv4Addr', (session, value) => (session.dcs[1]!.ipv4Addr = value)],
    ['dcs[1].ipv6Addr', (session, value) => (session.dcs[1]!.ipv6Addr = value)],
    ['dcs[1].auth', (session, value) => (session.dcs[1]!.auth = value)],
    ['user', (session, value) => (session.user = value)],
    ['user.id', (session, value) => (session.user!.id = value)],
    ['user.dc', (session, value) => (session.user!.dc = value)],
    ['user.bot', (session, value) => (session.user!.bot = value)],
    ['user.username', (session, value) => (session.user!.username = value)],
    ['state', (session, value) => (session.state = value)],
    ['state.pts', (session, value) => (session.state!.pts = value)],
    ['state.qts', (session, value) => (session.state!.qts = value)],
    ['state.date', (session, value) => (session.state!.date = value)],
    ['state.seq', (session, value) => (session.state!.seq = value)],
    ['state.channels', (session, value) => (session.state!.channels = value)],
    ['state.channels[1]', (session, value) => (session.state!.channels[1] = value)],
    ['state.channels[1].id', (session, value) => (session.state!.channels[1]!.id = value)],
    ['state.channels[1].pts', (session, value) => (session.state!.channels[1]!.pts = value)],
  ];

  test.each(PLACES)('gives changes or INVALID_VALUE for %s, and nothing else', (name, set) => {
    const check = (value: unknown) => {
      const saved = new LastSaved(sampleSession());
      const session = sampleSession();
      set(session, value as never);
      try {
        const changes = saved.changesTo(session);
        const tables = new Tables(sampleSession());
        if (changes !== null) tables.apply(changes);
        expect(tables.session().equals(new Session(session))).toBe(true);
      } catch (error) {
        if (!(error instanceof SessionError)) throw error;
        expect(error).toMatchObject({
          code: 'INVALID_VALUE',
          // An id that is another one's is told of the later of the two.
          field: expect.stringContaining(`Session.${name.replace(/\[1\]\.id$/, '[')}`),
        });
      }
      expect(saved.changesTo(sampleSession())).toBeNull();
    };
    fc.assert(fc.property(arbitrary.anything, check), { numRuns: 300 });
    for (const value of [
      null,
      undefined,
      0,
      -0,
      Number.NaN,
      '',
      [],
      {},
      [null],
      [undefined],
      1n,
      [[]],
      sampleKey(),
    ]) {
      check(value);
    }
  });

  test.each([null, undefined, 5, 'session'])('refuses %j in place of a session', (value) => {
    expect(() => new LastSaved(null).changesTo(value as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', field: 'Session' }),
    );
  });

  test('refuses an id that comes twice, whether it was saved before or not', () => {
    for (const before of [null, sampleSession()]) {
      const dcs = sampleSession();
      dcs.dcs.push(dcs.dcs[0]!);
      expect(() => new LastSaved(before).changesTo(dcs)).toThrow(
        expect.objectContaining({ field: 'Session.dcs[3].id' }),
      );
      const channels = sampleSession();
      channels.state!.channels[2] = channels.state!.channels[0]!;
      expect(() => new LastSaved(before).changesTo(channels)).toThrow(
        expect.objectContaining({ field: 'Session.state.channels[2].id' }),
      );
    }
  });
});
