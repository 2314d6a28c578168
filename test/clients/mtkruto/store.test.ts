/** The contract of MTKruto's storage interface (formats/mtkruto.md, section 2), for every kind of key. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MtkrutoKey, type MtkrutoStore, mtkrutoStorage } from '../../../src/clients/mtkruto.ts';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { MemorySession } from '../../support/memory-session.ts';

const newStore = () =>
  mtkrutoStorage(new MemorySession(), {
    onError(error) {
      throw error;
    },
  });

async function opened() {
  const store = newStore();
  await store.initialize();
  return store;
}

async function all(store: MtkrutoStore, ...asked: Parameters<MtkrutoStore['getMany']>) {
  const found: [MtkrutoKey, unknown][] = [];
  for await (const entry of store.getMany(...asked)) found.push(entry);
  return found;
}

/** The order of keys, said in another way than in the source. */
function isBefore(a: MtkrutoKey, b: MtkrutoKey): boolean {
  const i = a.findIndex((part, at) => at >= b.length || typeof part !== typeof b[at] || part !== b[at]);
  if (i < 0) return a.length < b.length;
  if (i >= b.length) return false;
  const [x, y] = [a[i]!, b[i]!];
  if (typeof x === 'string' || typeof y === 'string') {
    return typeof x === typeof y ? x < y : typeof y === 'string';
  }
  // biome-ignore lint/suspicious/noDoubleEquals: 1 and 1n are in one place
  return x == y ? typeof x === 'bigint' : x < y;
}

const sorted = <T>(entries: [MtkrutoKey, T][]) =>
  entries.sort(([a], [b]) => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0));

const part = fc.oneof(
  fc.integer({ min: -3, max: 12 }),
  fc.bigInt({ min: -3n, max: 12n }),
  fc.constantFrom('', '1', '10', '9', 'a', 'ab', 'B', 'é', '\ud800', Number.POSITIVE_INFINITY),
);
const cached = fc
  .tuple(fc.constantFrom('messages.messages', 'updates.x', 'cache.files'), fc.array(part, { maxLength: 3 }))
  .map(([name, rest]): MtkrutoKey => [name, ...rest]);
const data = fc.oneof(
  fc.boolean(),
  fc.string(),
  fc.integer(),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 5 }),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.record({ _: fc.constant('message'), id: fc.integer(), bytes: fc.uint8Array({ maxLength: 3 }) }),
);
const marked = fc.constantFrom(1, 2, -5, -1000000000007);
const group = (id: number) => ({ type: 'group', id, color: 5, title: 'G', isCreator: false });
const chatOf = (id: number, firstName: string) => {
  if (id > 0) return { type: 'private', id, color: 1, isBot: false, firstName, isSelf: false };
  return id > -1e12 ? group(id) : { type: 'channel', id, color: 0, title: firstName, isVerified: true };
};
/** A key with a value that may be there. */
const entry: fc.Arbitrary<[MtkrutoKey, unknown]> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(cached, data) },
  fc.tuple(
    fc.bigInt({ min: 1n, max: 4n }).map((id): MtkrutoKey => ['channelPts', id]),
    fc.nat(),
  ),
  fc
    .tuple(marked, fc.string({ unit: 'grapheme-ascii' }), fc.bigInt({ min: -5n, max: 5n }))
    .map(([id, name, hash]): [MtkrutoKey, unknown] => [
      ['peers', id],
      [chatOf(id, name), hash],
    ]),
  fc.tuple(
    fc.constantFrom('abc', 'xyz').map((name): MtkrutoKey => ['usernames', name]),
    fc.tuple(marked, fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true })),
  ),
  fc
    .record({ pts: fc.nat(), qts: fc.nat(), date: fc.nat(), seq: fc.nat() })
    .map((state): [MtkrutoKey, unknown] => [
      ['updates.state'],
      { _: 'updates.state', ...state, unread_count: 3 },
    ]),
);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set'), entry }) },
  fc.record({ do: fc.constant('remove'), entry }),
  fc.record({ do: fc.constant('flush'), entry }),
  fc.record({
    do: fc.constant('prefix'),
    entry,
    length: fc.nat(2),
    limit: fc.option(fc.integer({ min: -1, max: 3 }), { nil: undefined }),
    reverse: fc.boolean(),
  }),
  fc.record({ do: fc.constant('range'), entry, end: entry, reverse: fc.boolean() }),
);

describe('a storage of MTKruto', () => {
  test('keeps, removes and lists as a map would, each kind of key, whether saved yet or not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const store = await opened();
        const model = new Map<string, [MtkrutoKey, unknown]>();
        const name = (key: MtkrutoKey) => key.map((each) => `${typeof each} ${escape(String(each))}`).join();
        const wanted = (isWanted: (key: MtkrutoKey) => boolean, reverse: boolean, limit = Infinity) => {
          const found = sorted([...model.values()].filter(([key]) => isWanted(key)));
          return (reverse ? found.reverse() : found).slice(0, Math.max(limit, 1));
        };
        for (const each of steps) {
          const [key, value] = each.entry;
          if (each.do === 'set') {
            await store.set(key, value);
            model.set(name(key), [key, value]);
          } else if (each.do === 'remove') {
            await store.set(key, null);
            model.delete(name(key));
          } else if (each.do === 'flush') await store.flush();
          else if ('length' in each) {
            const { limit, reverse } = each;
            const prefix = key.slice(0, each.length);
            const isIn = (one: MtkrutoKey) => prefix.every((its, i) => its === one[i]);
            expect(await all(store, { prefix }, { limit, reverse })).toEqual(wanted(isIn, reverse, limit));
          } else if ('end' in each) {
            const [start, end] = [key, each.end[0]];
            const isIn = (one: MtkrutoKey) => !isBefore(one, start) && !isBefore(end, one);
            expect(await all(store, { start, end }, { reverse: each.reverse })).toEqual(
              wanted(isIn, each.reverse),
            );
          }
          expect(await store.get(key)).toEqual(model.get(name(key))?.[1] ?? null);
        }
        expect(await all(store, { prefix: [] })).toEqual(wanted(() => true, false));
        await store.close();
      }),
      { numRuns: 300 },
    );
  });

  test('lists in the order of the key, in both directions, with a limit that is at least 1', async () => {
    const store = await opened();
    for (const id of [10, 9, -1, 100, 2]) await store.set(['messages.messages', 5, id], id);
    await store.set(['messages.messages', 6, 0], 'another chat');
    const range = { start: ['messages.messages', 5, 0], end: ['messages.messages', 5, Infinity] };
    const values = async (...asked: Parameters<MtkrutoStore['getMany']>) =>
      (await all(store, ...asked)).map(([, value]) => value);
    expect(await values(range)).toEqual([2, 9, 10, 100]);
    expect(await values(range, { reverse: true, limit: 2 })).toEqual([100, 10]);
    expect(await values({ prefix: ['messages.messages', 5] }, { limit: 0 })).toEqual([-1]);
    expect(await values({ start: ['messages.messages', 5, 9], end: ['messages.messages', 5, 10] })).toEqual([
      9, 10,
    ]);
    expect(await values({ prefix: ['messages'] })).toEqual([]);
    await store.close();
  });

  test('may be changed by whoever goes through it: MTKruto removes what it is given', async () => {
    const store = await opened();
    for (let i = 0; i < 20; i++) await store.set(['cache.files', BigInt(i)], i);
    await store.set(['channelPts', 1n], 1);
    for await (const [key] of store.getMany({ prefix: [] })) await store.set(key, null);
    expect(await all(store, { prefix: [] })).toEqual([]);
    for (const id of [1, 2, 3]) await store.set(['cache.x', id], id);
    const seen: unknown[] = [];
    for await (const [, value] of store.getMany({ prefix: ['cache.x'] })) {
      seen.push(value);
      await store.set(['cache.x', 2], null);
    }
    expect(seen).toEqual([1, 3]);
    await store.close();
  });

  test('shares nothing with what it is given and gives', async () => {
    const store = await opened();
    const packet = new Uint8Array(1000).fill(7);
    for (const key of [['cache.x'], ['peers', -5]] as MtkrutoKey[]) {
      const chat = { ...group(-5), photo: { bytes: packet.subarray(0, 2), at: new Date(5) } };
      await store.set(key, [chat, 1n]);
      chat.title = 'changed';
      chat.photo.bytes[0] = 1;
      const given = (await store.get<[typeof chat, bigint]>(key))!;
      expect(given[0]).toEqual({ ...group(-5), photo: { bytes: new Uint8Array([7, 7]), at: new Date(5) } });
      // Two bytes out of a packet are not the packet.
      expect(given[0].photo.bytes.buffer.byteLength).toBe(2);
      given[0].photo.bytes[1] = 9;
      expect((await store.get<[typeof chat, bigint]>(key))![0].photo.bytes[1]).toBe(7);
      packet.fill(7);
    }
    await store.close();
  });

  test('counts, from 0 on, also when several count at once', async () => {
    const store = await opened();
    await Promise.all([
      store.incr(['netstat'], 2),
      store.incr(['netstat'], -5),
      store.incr(['netstat'], 0.5),
    ]);
    expect(await store.get(['netstat'])).toBe(-2.5);
    await store.close();
  });

  test('has branches that know nothing of each other, and are the same for the same name', async () => {
    const store = await opened();
    const stores = [store, store.branch('a'), store.branch('b'), store.branch('a').branch('b')];
    for (const [i, each] of stores.entries()) {
      await each.initialize();
      await each.set(['cache.x', 1], i);
    }
    for (const [i, each] of stores.entries())
      expect(await all(each, { prefix: [] })).toEqual([[['cache.x', 1], i]]);
    expect(await store.branch('a').branch('b').get(['cache.x', 1])).toBe(3);
    await store.branch('a').close();
    expect(await store.get(['cache.x', 1])).toBe(0);
    await store.close();
  });

  test('says what MTKruto has to know of it', async () => {
    const store = newStore();
    // With isMemory MTKruto would write nothing; nothing has to be made bytes of, and files are not kept.
    const { isMemory, mustSerialize, supportsFiles } = store;
    expect({ isMemory, mustSerialize, supportsFiles }).toEqual({
      isMemory: false,
      mustSerialize: false,
      supportsFiles: false,
    });
  });

  test.each([
    ['a key that is no list', 'auth', 1],
    ['a part that is no number', ['x', Number.NaN], 1],
    ['a part that is an object', ['x', {}], 1],
    ['no value', ['x'], undefined],
    ['a function', ['x'], () => {}],
    ['a state that is none', ['updates.state'], { pts: -1, qts: 0, date: 0, seq: 0 }],
    ['a channel beyond 2^53', ['channelPts', 2n ** 53n], 1],
    ['a count below 0', ['channelPts', 1n], -1],
    ['a peer that is no pair', ['peers', 1], {}],
    ['a name without a date', ['usernames', 'a'], [1, 5]],
    ['a name of nobody', ['usernames', 'a'], [0, new Date()]],
  ])('refuses %s, and tells onError too', async (_, key, value) => {
    const errors: unknown[] = [];
    const store = mtkrutoStorage(new MemorySession(), { onError: (error) => errors.push(error) });
    await store.initialize();
    await expect(store.set(key as MtkrutoKey, value)).rejects.toThrow();
    expect(errors).toHaveLength(1);
    await store.close();
  });

  test('lists peers that are in the file alone, page by page', async () => {
    const storage = new SqliteSession(`${temporaryFolder()}/a.session`);
    const store = mtkrutoStorage(storage);
    await store.initialize();
    await store.set(['auth'], {
      apiId: 1,
      authKey: new Uint8Array(256).fill(1),
      dc: '2',
      isBot: false,
      userId: 9,
    });
    await store.flush();
    const ids = Array.from({ length: 12_000 }, (_, i) => i + 1);
    const user = { kind: 'user', accessHash: 5n, phone: null, name: null, seen: 1 } as const;
    await storage.peers.put(ids.map((id) => ({ ...user, id, usernames: [`name${id}`] })));
    const keys = (await all(store, { prefix: ['peers'] })).map(([key]) => key[1]);
    expect(keys).toEqual(ids);
    expect(await all(store, { prefix: ['usernames', 'name12000'] })).toEqual([
      [
        ['usernames', 'name12000'],
        [12_000, new Date(1000)],
      ],
    ]);
    await store.close();
  });
});
