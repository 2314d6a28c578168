import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ChannelState,
  DataCenter,
  Session,
  SessionError,
  type SessionFields,
  UpdateState,
  User,
} from '../src/index.ts';
import { sampleKey, sampleSession } from '../src/testing/index.ts';
import * as arbitrary from './support/arbitraries.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const ZERO = { pts: 0, qts: 0, date: 0, seq: 0 };

/** The error of a call: always an INVALID_VALUE with its field, or null if there is none. */
function refusal(call: () => unknown): SessionError | null {
  try {
    call();
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(SessionError);
    const found = error as SessionError;
    expect(found.code).toBe('INVALID_VALUE');
    expect(found.field).toBeTypeOf('string');
    expect(found.found).toBeTypeOf('string');
    expect(found.message).toContain(found.field);
    return found;
  }
}

function fieldOf(call: () => unknown): string | null | undefined {
  return refusal(call)?.field;
}

// The documented rules, written a second time and in another way than in the sources.
const isId = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;
const isDcId = (value: unknown) => isId(value) && (value as number) <= 2147483647;
const isCounter = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

describe('the model', () => {
  test('has the defaults of the documentation', () => {
    expect(Session.VERSION).toBe(1);
    expect({ ...new Session() }).toEqual({ dcs: [], user: null, state: null });
    expect({ ...new DataCenter({ id: 2 }) }).toEqual({ id: 2, ipv4Addr: null, ipv6Addr: null, auth: null });
    expect(new User({ id: 1, dc: 2, bot: false }).username).toBeNull();
    expect(new UpdateState(ZERO).channels).toEqual([]);
  });

  test('takes every valid session and gives every field back as it was', () => {
    fc.assert(
      fc.property(arbitrary.sessionFields, (fields) => {
        const { dcs, user, state } = new Session(fields);
        expect(dcs.map(({ id, ipv4Addr, ipv6Addr }) => ({ id, ipv4Addr, ipv6Addr }))).toEqual(
          fields.dcs.map(({ id, ipv4Addr, ipv6Addr }) => ({ id, ipv4Addr, ipv6Addr })),
        );
        expect(dcs.map((dc) => dc.auth && [...dc.auth])).toEqual(
          fields.dcs.map((dc) => dc.auth && [...dc.auth!]),
        );
        expect(user && { ...user }).toEqual(fields.user);
        expect(state && { ...state, channels: state.channels.map((channel) => ({ ...channel })) }).toEqual(
          fields.state,
        );
      }),
    );
  });

  test('makes instances of its own classes from plain fields', () => {
    const { dcs, user, state } = new Session(
      JSON.parse('{"dcs":[{"id":1}],"user":{"id":1,"dc":1,"bot":true}}'),
    );
    expect(dcs[0]).toBeInstanceOf(DataCenter);
    expect(user).toBeInstanceOf(User);
    expect(state).toBeNull();
    expect(sampleSession().state!.channels[0]).toBeInstanceOf(ChannelState);
  });

  test('shares nothing with what it is made of', () => {
    const fields = { dcs: [{ id: 1, auth: sampleKey() }], state: { ...ZERO, channels: [{ id: 1, pts: 1 }] } };
    const session = new Session(fields);
    const copy = new Session(session);
    fields.dcs[0]!.auth.fill(0);
    fields.dcs.pop();
    fields.state.channels[0]!.pts = 9;
    session.dcs[0]!.auth!.fill(1);
    session.state!.channels[0]!.pts = 7;
    expect(copy.dcs[0]!.auth).toEqual(new DataCenter({ id: 1, auth: sampleKey() }).auth);
    expect(copy.state!.channels[0]!.pts).toBe(1);
  });

  test('copies a key that is assigned, and keeps it apart from the giver', () => {
    const dc = new DataCenter({ id: 1 });
    const key = sampleKey();
    dc.auth = key;
    key.fill(0);
    expect([...dc.auth!]).toEqual([...sampleKey()]);
    dc.auth = null;
    expect(dc.auth).toBeNull();
  });

  test('can be spread and cloned with its key', () => {
    const dc = new DataCenter({ id: 1, auth: sampleKey() });
    expect([...new DataCenter({ ...dc, id: 3 }).auth!]).toEqual([...sampleKey()]);
    expect([...structuredClone(dc).auth!]).toEqual([...sampleKey()]);
    expect(Object.keys(dc)).toEqual(['id', 'ipv4Addr', 'ipv6Addr', 'auth']);
  });
});

describe('the model takes exactly what the documentation says', () => {
  const FIELDS: [name: string, accepts: (value: unknown) => boolean, make: (value: never) => unknown][] = [
    ['DataCenter.id', isDcId, (id) => new DataCenter({ id })],
    ['User.id', isId, (id) => new User({ id, dc: 2, bot: false })],
    ['User.dc', isDcId, (dc) => new User({ id: 1, dc, bot: false })],
    ['User.bot', (value) => typeof value === 'boolean', (bot) => new User({ id: 1, dc: 2, bot })],
    ['ChannelState.id', isId, (id) => new ChannelState({ id, pts: 0 })],
    ['ChannelState.pts', isCounter, (pts) => new ChannelState({ id: 1, pts })],
    ['UpdateState.pts', isCounter, (pts) => new UpdateState({ ...ZERO, pts })],
    ['UpdateState.qts', isCounter, (qts) => new UpdateState({ ...ZERO, qts })],
    ['UpdateState.date', isCounter, (date) => new UpdateState({ ...ZERO, date })],
    ['UpdateState.seq', isCounter, (seq) => new UpdateState({ ...ZERO, seq })],
  ];
  const candidates = fc.oneof(
    arbitrary.anything,
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.constantFrom(
      0,
      -0,
      1,
      -1,
      0.5,
      MAX,
      MAX + 1,
      2 ** 31 - 1,
      2 ** 31,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '1',
      1n,
    ),
  );

  test.each(FIELDS)('%s', (name, accepts, make) => {
    fc.assert(
      fc.property(candidates, (value) => {
        const field = fieldOf(() => make(value as never));
        expect(field).toBe(accepts(value) ? undefined : name);
      }),
      { numRuns: 500 },
    );
  });

  test('-0 is 0, which is what every storage gives back', () => {
    expect(Object.is(new ChannelState({ id: 1, pts: -0 }).pts, 0)).toBe(true);
  });

  test.each([
    ['', true],
    ['x'.repeat(256), true],
    ['x'.repeat(257), false],
    ['Größe 🦊', true],
    ['half \ud83e', false],
    ['\udd8a half', false],
    ['nul \0', false],
    [5, false],
  ])('username %j: %s', (username, valid) => {
    const make = () => new User({ id: 1, dc: 2, bot: false, username: username as string });
    expect(fieldOf(make)).toBe(valid ? undefined : 'User.username');
  });

  test.each([0, 1, 255, 257, 512])('a key of %i bytes is refused, with its length', (length) => {
    const error = refusal(() => new DataCenter({ id: 2, auth: new Uint8Array(length).fill(1) }));
    expect(error).toMatchObject({ field: 'DataCenter.auth', found: `${length} bytes` });
  });

  test('a key of zeros is refused: it stands for none in some formats', () => {
    const error = refusal(() => new DataCenter({ id: 2, auth: new Uint8Array(256) }));
    expect(error).toMatchObject({ field: 'DataCenter.auth', found: '256 zero bytes' });
  });

  test.each([
    ['text', 'x'.repeat(256)],
    ['a list', [...sampleKey()]],
    ['a buffer', sampleKey().buffer],
    ['a view of 16-bit numbers', new Uint16Array(256).fill(1)],
  ])('a key that is %s is refused', (_, auth) => {
    expect(fieldOf(() => new DataCenter({ id: 2, auth: auth as unknown as Uint8Array }))).toBe(
      'DataCenter.auth',
    );
  });

  test('no data centre and no channel comes twice, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 8 }), (ids) => {
        const repeated = ids.findIndex((id, i) => ids.indexOf(id) < i);
        const dcs = ids.map((id) => ({ id }));
        const channels = ids.map((id) => ({ id, pts: 0 }));
        expect(fieldOf(() => new Session({ dcs }))).toBe(
          repeated < 0 ? undefined : `Session.dcs[${repeated}].id`,
        );
        expect(fieldOf(() => new Session({ state: { ...ZERO, channels } }))).toBe(
          repeated < 0 ? undefined : `Session.state.channels[${repeated}].id`,
        );
      }),
    );
  });

  test('a list with holes is refused', () => {
    expect(fieldOf(() => new Session({ dcs: new Array(2) }))).toBe('Session.dcs[0]');
  });
});

describe('hostile values', () => {
  /** Sets one field, however deep, to a value. */
  const PLACES: [string, (fields: ReturnType<typeof plain>, value: never) => void][] = [
    ['dcs', (fields, value) => (fields.dcs = value)],
    ['dcs[0]', (fields, value) => (fields.dcs[0] = value)],
    ['dcs[0].id', (fields, value) => (fields.dcs[0]!.id = value)],
    ['dcs[0].ipv4Addr', (fields, value) => (fields.dcs[0]!.ipv4Addr = value)],
    ['dcs[0].ipv6Addr', (fields, value) => (fields.dcs[0]!.ipv6Addr = value)],
    ['dcs[0].auth', (fields, value) => (fields.dcs[0]!.auth = value)],
    ['user', (fields, value) => (fields.user = value)],
    ['user.id', (fields, value) => (fields.user.id = value)],
    ['user.username', (fields, value) => (fields.user.username = value)],
    ['state', (fields, value) => (fields.state = value)],
    ['state.pts', (fields, value) => (fields.state.pts = value)],
    ['state.channels', (fields, value) => (fields.state.channels = value)],
    ['state.channels[1]', (fields, value) => (fields.state.channels[1] = value)],
    ['state.channels[1].id', (fields, value) => (fields.state.channels[1]!.id = value)],
  ];
  const plain = () => ({
    dcs: [{ id: 1, ipv4Addr: null, ipv6Addr: null, auth: sampleKey() }],
    user: { id: 1, dc: 1, bot: false, username: null },
    state: { ...ZERO, channels: [1, 2, 3].map((id) => ({ id, pts: id })) },
  });

  test.each(PLACES)('in %s end in a session or in INVALID_VALUE, in nothing else', (name, set) => {
    fc.assert(
      fc.property(arbitrary.anything, (value) => {
        const fields = plain();
        set(fields, value as never);
        const error = refusal(() => new Session(fields));
        if (error !== null) expect(error.field).toContain(`Session.${name}`);
      }),
      { numRuns: 300 },
    );
  });

  test('in place of all fields end in a value or in INVALID_VALUE', () => {
    fc.assert(
      fc.property(arbitrary.anything, (value) => {
        for (const Model of [Session, DataCenter, User, UpdateState, ChannelState]) {
          refusal(() => new Model(value as never));
        }
        refusal(() => sampleSession().with(value as SessionFields));
      }),
      { numRuns: 500 },
    );
    for (const Model of [Session, DataCenter, User, UpdateState, ChannelState]) {
      expect(fieldOf(() => new Model(null as never))).toBe(Model.name);
    }
  });
});

describe('with()', () => {
  test('changes nothing of what it is called on, and only what it is given', () => {
    fc.assert(
      fc.property(arbitrary.session, arbitrary.session, (session, other) => {
        const before = new Session(session);
        expect(session.with({}).equals(session)).toBe(true);
        const changed = session.with({ user: other.user, state: other.state });
        expect(changed.equals(new Session({ ...other, dcs: session.dcs }))).toBe(true);
        expect(changed.with({ user: session.user, state: session.state }).equals(session)).toBe(true);
        expect(session.equals(before)).toBe(true);
      }),
    );
  });

  test('takes undefined for no change, so that a missing value erases nothing', () => {
    const session = sampleSession();
    const undefinedFields = { user: undefined, dcs: undefined, state: undefined } as unknown as SessionFields;
    expect(session.with(undefinedFields).equals(session)).toBe(true);
    const dc = session.dcs[1]!;
    expect(dc.with({ auth: undefined as unknown as null }).equals(dc)).toBe(true);
    expect(dc.with({ auth: null }).auth).toBeNull();
  });

  test('checks what it is given', () => {
    expect(fieldOf(() => sampleSession().with({ state: { ...ZERO, pts: -1 } }))).toBe('Session.state.pts');
    expect(fieldOf(() => sampleSession().user!.with({ id: 0 }))).toBe('User.id');
    expect(fieldOf(() => sampleSession().state!.with({ seq: 0.5 }))).toBe('UpdateState.seq');
    expect(fieldOf(() => sampleSession().state!.channels[0]!.with({ pts: Number.NaN }))).toBe(
      'ChannelState.pts',
    );
    expect(fieldOf(() => sampleSession().dcs[0]!.with({ ipv4Addr: 'localhost:1' }))).toBe(
      'DataCenter.ipv4Addr',
    );
  });
});

describe('equals()', () => {
  test('is true of a copy, both ways, also in another order', () => {
    fc.assert(
      fc.property(arbitrary.session, (session) => {
        const copy = session.with({});
        copy.dcs.reverse();
        copy.state?.channels.reverse();
        expect(session.equals(copy)).toBe(true);
        expect(copy.equals(session)).toBe(true);
      }),
    );
  });

  test('tells any two sessions apart that differ in any field', () => {
    const inWords = (session: Session) =>
      JSON.stringify({
        dcs: session.dcs
          .map((dc) => [dc.id, dc.ipv4Addr, dc.ipv6Addr, dc.auth && [...dc.auth]])
          .sort((a, b) => Number(a[0]) - Number(b[0])),
        user: session.user,
        state: session.state && {
          ...session.state,
          channels: session.state.channels.map(({ id, pts }) => [id, pts]).sort((a, b) => a[0]! - b[0]!),
        },
      });
    fc.assert(
      fc.property(arbitrary.session, arbitrary.session, (one, other) => {
        expect(one.equals(other)).toBe(inWords(one) === inWords(other));
        expect(other.equals(one)).toBe(one.equals(other));
      }),
    );
  });

  test('sees a change of every single field', () => {
    const CHANGES: ((session: Session) => void)[] = [
      (session) => session.dcs.pop(),
      (session) => session.dcs[0]!.id++,
      (session) => (session.dcs[0]!.ipv4Addr = '1.1.1.1:1'),
      (session) => (session.dcs[0]!.ipv6Addr = '::1:1'),
      (session) => (session.dcs[1]!.auth![255]! ^= 1),
      (session) => (session.dcs[1]!.auth = null),
      (session) => (session.user = null),
      (session) => session.user!.id++,
      (session) => session.user!.dc++,
      (session) => (session.user!.bot = !session.user!.bot),
      (session) => (session.user!.username = null),
      (session) => (session.state = null),
      (session) => session.state!.pts++,
      (session) => session.state!.qts++,
      (session) => session.state!.date++,
      (session) => session.state!.seq++,
      (session) => session.state!.channels.pop(),
      (session) => (session.state!.channels[1]!.id = 5),
      (session) => session.state!.channels[1]!.pts++,
    ];
    for (const change of CHANGES) {
      const session = sampleSession();
      change(session);
      expect(session.equals(sampleSession()), String(change)).toBe(false);
      expect(sampleSession().equals(session), String(change)).toBe(false);
    }
  });
});
