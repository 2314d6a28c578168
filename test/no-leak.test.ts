import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authKeyId, DataCenter, MemorySession, openSession, Session } from '../src/index.ts';
import { sampleKey, sampleSession } from '../src/testing/index.ts';
import * as arbitrary from './support/arbitraries.ts';
import { leakIn } from './support/key-in-text.ts';

const key = sampleKey(5);
const dc = () => new DataCenter({ id: 2, ipv4Addr: '149.154.167.51:443', auth: key });
const session = () => sampleSession(1).with({ dcs: [{ id: 1 }, dc()] });

/** Everything of ours that can hold a key, and what people make of it without thinking. */
const HOLDERS: Record<string, () => unknown> = {
  'a session': session,
  'a data centre': dc,
  'a list of data centres': () => session().dcs,
  'a key': () => dc().auth,
  'a key that was assigned': () => {
    const assigned = new DataCenter({ id: 2 });
    assigned.auth = Buffer.from(key);
    return assigned;
  },
  'a session in an object in a list': () => [{ account: { session: session() } }],
  'a session in a map': () => new Map([['alice', session()]]),
  'an error with a session': () =>
    Object.assign(new Error('failed', { cause: session() }), { session: session() }),
  'a storage': () => new MemorySession(session()),
};

/** The same, taken apart: the key is then a value of its own, and knows how to print itself. */
const TAKEN_APART: Record<string, () => unknown> = {
  'a spread session': () => ({ ...session() }),
  'a spread data centre': () => ({ ...dc() }),
  'a spread data centre with an assigned key': () => {
    const assigned = new DataCenter({ id: 2 });
    assigned.auth = new Uint8Array(key);
    return { ...assigned };
  },
  'the entries of a data centre': () => Object.entries(dc()),
  'a list of keys': () => session().dcs.map(({ auth }) => auth),
  'a data centre of another id': () => Object.assign({}, dc(), { id: 3 }),
};

/** What a console writes. */
function written(write: (console: Console) => void): string {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  write(new Console({ stdout: stream, stderr: stream }));
  return text;
}

function expectNoKey(text: string): void {
  expect(text.length).toBeGreaterThan(0);
  // Not `expect(text)`: if it fails, it must not print the key either.
  expect(leakIn(text, key)).toBeNull();
}

const INSPECT_OPTIONS = [
  {},
  { depth: 0 },
  { depth: 1 },
  { depth: 2 },
  { depth: null },
  { depth: null, showHidden: true },
  { depth: null, showHidden: true, showProxy: true, getters: true, colors: true },
  {
    depth: null,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: Number.POSITIVE_INFINITY,
    compact: false,
  },
  { depth: null, sorted: true, compact: 1 },
];

describe('the finder of keys in text', () => {
  const WAYS: [string, string][] = [
    ['hexadecimal', Buffer.from(key).toString('hex')],
    ['a printed Buffer', inspect(Buffer.from(key))],
    ['hexadecimal with colons', Array.from(key, (byte) => byte.toString(16).padStart(2, '0')).join(':')],
    ['base64', Buffer.from(key).toString('base64')],
    ['base64url of a part', Buffer.from(key.subarray(7, 60)).toString('base64url')],
    ['a printed Uint8Array', inspect(new Uint8Array(key))],
    ['a printed list', inspect([...key], { colors: true })],
    ['JSON of a Uint8Array', JSON.stringify(new Uint8Array(key))],
    ['JSON of a list', JSON.stringify({ auth: [...key] })],
    ['JSON of a Buffer', JSON.stringify(Buffer.from(key))],
    ['a String', String(new Uint8Array(key))],
    ['Latin-1', Buffer.from(key).toString('latin1')],
    ['one large integer', inspect(BigInt(`0x${Buffer.from(key).toString('hex')}`))],
    ['a table', written((console) => console.table([new Uint8Array(key)]))],
    ['8 bytes in the middle of a text', `found ${Buffer.from(key.subarray(100, 108)).toString('hex')} there`],
  ];
  test.each(WAYS)('finds it as %s', (_, text) => {
    expect(leakIn(text, key)).not.toBeNull();
  });

  test('finds none in its id, nor in another key', () => {
    expect(leakIn(`${authKeyId(key)} ${inspect(new Uint8Array(sampleKey(6)).subarray(30))}`, key)).toBeNull();
  });
});

describe.each(Object.entries({ ...HOLDERS, ...TAKEN_APART }))('%s gives no key away', (_, make) => {
  test('in util.inspect, whatever its options', () => {
    for (const options of INSPECT_OPTIONS) expectNoKey(inspect(make(), options));
  });

  test('in util.format', () => {
    for (const sign of ['%s', '%d', '%i', '%f', '%j', '%o', '%O', '%c|', ''])
      expectNoKey(format(sign, make()));
  });

  test('in a console', () => {
    expectNoKey(written((console) => console.log(make())));
    expectNoKey(written((console) => console.error('failed:', make())));
    expectNoKey(written((console) => console.group(make())));
  });

  test('as text and as JSON', () => {
    const value = make();
    expectNoKey(Object.getPrototypeOf(value) === null ? 'null' : String(value));
    expectNoKey(`${Array.isArray(value) ? value.join() : value}`);
    expectNoKey(JSON.stringify(value) ?? 'undefined');
    expectNoKey(JSON.stringify({ value }, null, 2));
    expectNoKey((value as object).toLocaleString());
  });
});

describe.each(Object.entries(HOLDERS).filter(([name]) => name !== 'a key'))(
  '%s gives no key away where custom printing is off',
  (_, make) => {
    test('in console.dir, which turns it off', () => {
      expectNoKey(written((console) => console.dir(make())));
      expectNoKey(written((console) => console.dir(make(), { depth: null })));
      expectNoKey(
        written((console) => console.dir(make(), { depth: null, colors: true, maxArrayLength: null })),
      );
    });

    test('in util.inspect', () => {
      expectNoKey(inspect(make(), { depth: null, customInspect: false, showHidden: true }));
    });
  },
);

describe('a table gives no key away', () => {
  test.each([
    ['a session', session],
    ['data centres', () => session().dcs],
    ['spread data centres', () => session().dcs.map((each) => ({ ...each }))],
  ])('of %s', (_, make) => {
    expectNoKey(written((console) => console.table(make())));
  });
});

describe('an error gives no key away', () => {
  const other = new Uint8Array(key).subarray(1);
  const CALLS: Record<string, () => unknown> = {
    'a key one byte short': () => new DataCenter({ id: 1, auth: other }),
    'a key as hexadecimal': () => new DataCenter({ id: 1, auth: Buffer.from(key).toString('hex') as never }),
    'a key as Latin-1': () => new DataCenter({ id: 1, auth: Buffer.from(key).toString('latin1') as never }),
    'a key as a list': () => new DataCenter({ id: 1, auth: [...key] as never }),
    'a key as JSON of a Buffer': () =>
      new DataCenter({ id: 1, auth: JSON.parse(JSON.stringify(Buffer.from(key))) }),
    'a key as one large integer': () =>
      new DataCenter({ id: 1, auth: BigInt(`0x${Buffer.from(key).toString('hex')}`) as never }),
    'a key as the id of a data centre': () => new DataCenter({ id: dc().auth as never }),
    'a key as an address': () => new DataCenter({ id: 1, ipv4Addr: Buffer.from(key).toString('base64') }),
    'a key as a list of data centres': () => new Session({ dcs: dc().auth as never }),
    'a key as a username': () =>
      sampleSession().with({ user: { id: 1, dc: 2, bot: true, username: Buffer.from(key).toString('hex') } }),
    'a session with the same data centre twice': () => new Session({ dcs: [dc(), dc()] }),
    'a session with something else at fault': () => session().with({ user: { id: -1, dc: 2, bot: true } }),
  };
  test.each(Object.entries(CALLS))('about %s', (_, call) => {
    let error: unknown;
    try {
      call();
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'INVALID_VALUE' });
    expectNoKey(`${inspect(error, { depth: null, showHidden: true })} ${error} ${JSON.stringify(error)}`);
    expectNoKey(JSON.stringify(Object.getOwnPropertyDescriptors(error)));
  });

  test('of a save', async () => {
    const opened = await openSession(new MemorySession(session()));
    opened.session.dcs[1]!.auth = other;
    const error = await opened.close().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'INVALID_VALUE' });
    expectNoKey(inspect(error, { depth: null, showHidden: true }));
  });
});

describe('a failed assertion of a test gives no key away', () => {
  test.each<[string, () => void]>([
    ['two sessions that differ', () => expect(session()).toEqual(session().with({ user: null }))],
    ['two sessions that should be one object', () => expect(session()).toBe(session())],
    ['two data centres', () => expect(dc()).toEqual(dc().with({ auth: sampleKey(6) }))],
    ['two data centres, strictly', () => expect(dc()).toStrictEqual(dc().with({ id: 3 }))],
    ['a session and null', () => expect(session()).toBeNull()],
    ['a field of a session', () => expect(session()).toHaveProperty('user.id', 5)],
    ['a part of a session', () => expect(session()).toMatchObject({ user: { id: 5 } })],
    ['a list of data centres', () => expect(session().dcs).toHaveLength(5)],
  ])('about %s', (_, assertion) => {
    let error: unknown;
    try {
      assertion();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(Error);
    const { message, diff } = error as Error & { diff?: string };
    expectNoKey(`${message} ${diff} ${inspect(error, { depth: null })}`);
  });
});

test('no session of any kind gives any of its keys away', () => {
  fc.assert(
    fc.property(arbitrary.session, (any) => {
      const text = [inspect(any, { depth: null, showHidden: true }), `${any}`, JSON.stringify(any)].join(
        '\n',
      );
      for (const { auth } of any.dcs) if (auth !== null) expect(leakIn(text, auth)).toBeNull();
    }),
  );
});
