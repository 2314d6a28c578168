/** Any session and any snapshot, for tests of properties. */

import fc from 'fast-check';
import { snapshotOf } from '../../src/formats/index.ts';
import type { Peer } from '../../src/peers.ts';
import { Session } from '../../src/session.ts';

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

/** Any peer. */
export const anyPeer: fc.Arbitrary<Peer> = fc.record({
  kind: fc.constantFrom('user', 'chat', 'channel'),
  id: fc.oneof(fc.integer({ min: 1, max: 2 ** 40 - 1 }), fc.constantFrom(1e12, MAX)),
  accessHash: option(hash),
  usernames: fc.array(username, { maxLength: 2 }),
  phone: option(fc.oneof(fc.stringMatching(/^[1-9]\d{5,14}$/), fc.constantFrom('007', '+7', '', 'x'))),
  name: option(fc.string({ unit: 'grapheme', maxLength: 30 })),
  seen: option(fc.nat()),
});

/** Any snapshot of a session whose own data centre is there. */
export const anySnapshot = fc
  .record({
    session: anySession.filter(({ dcs }) => dcs.length > 0),
    main: fc.nat(),
    peers: fc.uniqueArray(anyPeer, { maxLength: 8, selector: ({ kind, id }) => `${kind} ${id}` }),
    takeoutId: option(hash),
    phone: option(fc.stringMatching(/^[1-9]\d{5,14}$/)),
    apiId: option(fc.nat()),
    testMode: fc.constantFrom(true, false, null),
    ownPeer: fc.boolean(),
  })
  .map(({ session, main, ownPeer, ...fields }) => {
    const dc = session.dcs[main % session.dcs.length]!;
    if (session.user !== null) session.user.dc = dc.id;
    const own: Peer[] =
      ownPeer && session.user !== null
        ? [
            {
              kind: 'user',
              id: session.user.id,
              accessHash: 5n,
              usernames: [],
              phone: null,
              name: 'Me',
              seen: null,
            },
          ]
        : [];
    const others = fields.peers.filter(({ kind, id }) => kind !== 'user' || id !== session.user?.id);
    return snapshotOf(session, { ...fields, mainDc: dc.id, peers: [...own, ...others] });
  });
