/** Any session and any snapshot, for tests of properties. */

import fc from 'fast-check';
import { usualAddress } from '../../src/formats/data-centers.ts';
import { type JsonValue, type MediaDc, type Snapshot, snapshotOf } from '../../src/formats/index.ts';
import type { Peer } from '../../src/peers.ts';
import { DataCenter, Session } from '../../src/session.ts';
import { testKey } from './sessions.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const id = fc.oneof(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 1, max: MAX }));
const counter = fc.oneof(fc.nat(), fc.integer({ min: 0, max: MAX }));
const dcId = fc.integer({ min: 1, max: 203 });
const port = fc.integer({ min: 1, max: 65535 });
const ipv4Addr = fc.tuple(fc.ipV4(), port).map(([ip, tcpPort]) => `${ip}:${tcpPort}`);
const ipv6Addr = fc
  .tuple(fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }), port)
  .map(([groups, tcpPort]) => `${groups.map((group) => group.toString(16)).join(':')}:${tcpPort}`);
const auth = fc
  .uint8Array({ minLength: 256, maxLength: 256 })
  .filter((bytes) => bytes.some((byte) => byte !== 0));
const username = fc.oneof(
  fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{4,31}$/),
  fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.includes('\0')),
);
const hash = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const option = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

/** Any session. */
export const anySession = fc
  .record({
    dcs: fc.uniqueArray(
      fc.record({ id: dcId, ipv4Addr: option(ipv4Addr), ipv6Addr: option(ipv6Addr), auth: option(auth) }),
      { maxLength: 4, selector: (dc) => dc.id },
    ),
    user: option(fc.record({ id, dc: dcId, bot: fc.boolean(), username: option(username) })),
    state: option(
      fc.record({
        pts: counter,
        qts: counter,
        date: counter,
        seq: counter,
        channels: fc.uniqueArray(fc.record({ id, pts: counter }), {
          maxLength: 20,
          selector: (channel) => channel.id,
        }),
      }),
    ),
  })
  .map((fields) => new Session(fields));

/** Where a field may be left out. */
const maybe = fc.constantFrom(true, false, undefined);

/** Any peer. */
export const anyPeer: fc.Arbitrary<Peer> = fc
  .record({
    kind: fc.constantFrom('user', 'chat', 'channel'),
    id: fc.oneof(fc.integer({ min: 1, max: 2 ** 40 - 1 }), fc.constantFrom(1e12, MAX)),
    accessHash: option(hash),
    usernames: fc.array(username, { maxLength: 2 }),
    phone: option(fc.oneof(fc.stringMatching(/^[1-9]\d{5,14}$/), fc.constantFrom('007', '+7', '', 'x'))),
    name: option(fc.string({ unit: 'grapheme', maxLength: 30 })),
    seen: option(fc.oneof(fc.nat(), fc.constantFrom(0, -1, MAX))),
    flag: maybe,
  })
  .map(({ flag, ...peer }) => {
    if (flag === undefined || peer.kind === 'chat') return peer;
    return peer.kind === 'user' ? { ...peer, bot: flag } : { ...peer, megagroup: flag };
  });

/** A data centre for files. */
export const anyMediaDc: fc.Arbitrary<MediaDc> = fc.record({
  id: fc.oneof(fc.integer({ min: 1, max: 255 }), dcId),
  ipv4Addr: option(ipv4Addr),
  ipv6Addr: option(ipv6Addr),
  mediaOnly: fc.boolean(),
});

const keyToDestroy = fc
  .record({ id: dcId, auth })
  .map((fields) => new DataCenter({ ...fields, ipv4Addr: null, ipv6Addr: null }));

/** A value of JSON; larger integers are text in a snapshot. */
const jsonValue = (fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>).filter(
  (value) => !/"beyond"/.test(JSON.stringify(value, (_, item) => (isBeyond(item) ? 'beyond' : item))),
);
const isBeyond = (value: unknown) => Number.isInteger(value) && !Number.isSafeInteger(value);

/** What may stand beside a session; it does not depend on it. */
const beside = fc.record({
  peers: fc.uniqueArray(anyPeer, { maxLength: 8, selector: ({ kind, id }) => `${kind} ${id}` }),
  takeoutId: option(hash),
  phone: option(fc.stringMatching(/^[1-9]\d{5,14}$/)),
  apiId: option(fc.integer({ min: 1, max: 2 ** 31 - 1 })),
  testMode: fc.constantFrom(true, false, null),
  mediaDc: option(anyMediaDc),
  keysToDestroy: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    fc.array(keyToDestroy, { maxLength: 3 }),
  ),
  account: option(fc.record({ index: fc.nat(5), active: option(fc.boolean()) })),
  extra: fc.dictionary(fc.string({ maxLength: 10 }), jsonValue, {
    maxKeys: 3,
    noNullPrototype: true,
  }),
  notes: fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { maxLength: 2 }),
  origin: fc.record(
    {
      format: fc.constantFrom('session', 'telethon-string', 'pyrogram-sqlite'),
      version: option(fc.nat(400)),
      fork: fc.constantFrom('kurigram', 'pyrofork'),
    },
    { requiredKeys: ['format', 'version'] },
  ),
});

/** Any snapshot of a session whose own data centre is there. */
export const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    session: anySession.filter(({ dcs }) => dcs.length > 0),
    main: fc.nat(),
    beside,
    ownPeer: fc.boolean(),
    otherNames: fc.uniqueArray(username, { maxLength: 2 }),
    loggedIn: fc.constantFrom(false, null),
    botKnown: fc.boolean(),
    authorized: option(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })),
  })
  .map(({ session, main, beside, ownPeer, otherNames, loggedIn, botKnown, authorized }) => {
    const dc = session.dcs[main % session.dcs.length]!;
    const { user } = session;
    if (user !== null) user.dc = dc.id;
    const names = [user?.username ?? null, ...otherNames.filter((name) => name !== user?.username)];
    // Where the main key is not logged in, nobody is.
    const isAuthorized = (id: number, i: number) =>
      id === dc.id ? user !== null || loggedIn === null : authorized![i];
    const authorizedDcs =
      authorized &&
      session.dcs.filter(({ id, auth }, i) => auth !== null && isAuthorized(id, i)).map(({ id }) => id);
    const own: Peer = {
      kind: 'user',
      id: user?.id ?? 0,
      accessHash: 5n,
      usernames: [],
      phone: null,
      name: 'Me',
      seen: null,
    };
    const others = beside.peers.filter(({ kind, id }) => kind !== 'user' || id !== user?.id);
    return snapshotOf(session, {
      ...beside,
      mainDc: dc.id,
      loggedIn: user === null ? loggedIn : true,
      botKnown: user === null || user.bot || botKnown,
      authorizedDcs,
      usernames: names[0] === null || names.length === 1 ? [] : (names as string[]),
      peers: ownPeer && user !== null ? [own, ...others] : others,
    });
  });

/** Any snapshot, but of data centres that exist, many with their usual addresses: most formats can hold it. */
export const anyUsualSnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    snapshot: anySnapshot,
    ids: fc.shuffledSubarray([1, 2, 3, 4, 5, 203], { minLength: 4 }),
    usual: fc.boolean(),
    key: fc.integer({ min: 0, max: 9 }),
  })
  .map(({ snapshot, ids, usual, key }): Snapshot => {
    const numbers = new Map(snapshot.session.dcs.map(({ id }, i) => [id, ids[i]!]));
    const mainDc = numbers.get(snapshot.mainDc!)!;
    const { user } = snapshot.session;
    const dcs = snapshot.session.dcs.map((dc) => {
      const id = numbers.get(dc.id)!;
      const address = (own: string | null, family: 4 | 6) =>
        usual && own !== null ? usualAddress(id, snapshot.testMode === true, family) : own;
      return {
        id,
        auth: id === mainDc && key > 0 ? testKey(key) : dc.auth,
        ipv4Addr: address(dc.ipv4Addr, 4),
        ipv6Addr: address(dc.ipv6Addr, 6),
      };
    });
    const session = new Session({ ...snapshot.session, dcs, user: user && { ...user, dc: mainDc } });
    const authorized = snapshot.authorizedDcs?.map((id) => numbers.get(id)!) ?? null;
    return { ...snapshot, session, mainDc, authorizedDcs: withMain(authorized, mainDc, snapshot.loggedIn) };
  });

/** The key of the main data centre is logged in, unless nobody is. */
function withMain(ids: number[] | null, mainDc: number, loggedIn: boolean | null): number[] | null {
  return ids === null || loggedIn === false ? ids : [...new Set([...ids, mainDc])];
}

/** Any snapshot as {@link anyUsualSnapshot}, with a user, who may live elsewhere. */
export const anyAccount: fc.Arbitrary<Snapshot> = fc
  .record({
    snapshot: anyUsualSnapshot,
    withUser: fc.integer({ min: 1, max: 2 ** 33 }),
    elsewhere: fc.boolean(),
  })
  .map(({ snapshot, withUser, elsewhere }): Snapshot => {
    const mainDc = snapshot.mainDc!;
    const user = snapshot.session.user ?? { id: withUser, bot: withUser % 2 === 0, username: null };
    const peers = [...snapshot.peers].map((peer): Peer => {
      const isOwn = peer.kind === 'user' && peer.id === user.id;
      return isOwn && peer.bot !== undefined ? { ...peer, bot: user.bot } : peer;
    });
    return {
      ...snapshot,
      session: new Session({ ...snapshot.session, user: { ...user, dc: elsewhere ? 1 : mainDc } }),
      peers,
      loggedIn: true,
      authorizedDcs: withMain(snapshot.authorizedDcs as number[] | null, mainDc, true),
    };
  });

/** Any text at all, with halves of surrogate pairs and NUL. */
const anyText = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 20 });

/** Any snapshot, with what no format of others can hold: odd texts, partial peers, times before 1970. */
export const anyWildSnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    snapshot: anySnapshot,
    phone: option(anyText),
    notes: fc.array(anyText, { maxLength: 2 }),
    usernames: fc.array(anyText, { maxLength: 2 }),
    text: option(anyText),
    min: fc.array(maybe, { minLength: 9, maxLength: 9 }),
    seen: option(fc.maxSafeInteger()),
    apiId: option(fc.maxSafeInteger()),
    authorizedDcs: option(fc.array(dcId, { maxLength: 3 })),
  })
  .map(({ snapshot, text, min, seen, phone, ...fields }) => ({
    ...snapshot,
    ...fields,
    phone,
    extra: { ...snapshot.extra, text },
    peers: [...snapshot.peers].map((peer, i) => {
      const flag = min[i];
      return { ...peer, name: text, phone, seen, ...(flag !== undefined && { min: flag }) };
    }),
  }));
