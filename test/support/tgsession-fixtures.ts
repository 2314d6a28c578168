/** What stands in the fixtures of our own formats, which version 1 wrote; it never changes. */

import { type Snapshot, snapshotOf } from '../../src/formats/index.ts';
import { DataCenter, Session } from '../../src/session.ts';
import { testKey } from './sessions.ts';

const user: Snapshot = {
  session: new Session({
    dcs: [
      {
        id: 2,
        ipv4Addr: '149.154.167.51:443',
        ipv6Addr: '2001:067c:04e8:f002:0000:0000:0000:000a:443',
        auth: testKey('tgsession-2'),
      },
      { id: 4, ipv4Addr: '149.154.167.91:443', auth: testKey('tgsession-4') },
      { id: 203, ipv6Addr: '2a0a:f280:203:a:5000::100:443' },
    ],
    user: { id: 2 ** 53 - 1, dc: 2, bot: false, username: 'alice' },
    state: {
      pts: 7714,
      qts: 0,
      date: 1_702_071_231,
      seq: 63,
      channels: [
        { id: 1_234_567_890, pts: 64 },
        { id: 7, pts: 2 ** 53 - 1 },
      ],
    },
  }),
  origin: { format: 'pyrogram-sqlite', version: 7, fork: 'kurigram' },
  account: { index: 1, active: true },
  loggedIn: true,
  botKnown: false,
  mainDc: 2,
  authorizedDcs: [2, 4],
  keysToDestroy: [
    new DataCenter({ id: 2, auth: testKey('tgsession-old-1') }),
    new DataCenter({ id: 2, auth: testKey('tgsession-old-2') }),
  ],
  mediaDc: { id: 4, ipv4Addr: '149.154.165.96:443', ipv6Addr: null, mediaOnly: true },
  testMode: false,
  apiId: 2040,
  phone: '79991234567',
  usernames: ['alice', 'alice_2', 'bücher'],
  takeoutId: -(2n ** 63n),
  peers: [
    {
      kind: 'user',
      id: 777000,
      accessHash: -1234567890123456789n,
      usernames: ['telegram', 'service'],
      phone: '42777',
      name: 'Telegram "😀"\n',
      seen: 1_700_000_000,
      bot: false,
    },
    { kind: 'chat', id: 55, accessHash: null, usernames: [], phone: null, name: 'grp \ud83d', seen: null },
    {
      kind: 'channel',
      id: 1_234_567_890,
      accessHash: 2n ** 63n - 1n,
      usernames: [],
      phone: null,
      name: null,
      seen: -1,
      megagroup: true,
      min: true,
    },
  ],
  extra: {
    schemaVersion: 7,
    nothing: null,
    flags: [true, false, -64, -65, 0.5, -1e-7, [], {}],
    'a "name"': { ключ: 'значение\0' },
  },
  notes: ['The first assumption.', ''],
};

/** Everything that version 1 can hold, in two accounts. */
export const FULL: readonly Snapshot[] = [
  user,
  snapshotOf(
    new Session({
      dcs: [{ id: 1, ipv4Addr: '149.154.175.10:80', auth: testKey('tgsession-bot') }],
      user: { id: 5_000_000_000, dc: 1, bot: true, username: null },
      state: { pts: 0, qts: 1, date: 2, seq: 3 },
    }),
    { account: { index: 2, active: null }, testMode: true },
  ),
];

/** As little as a session can be: one key. */
export const ONE_KEY: readonly Snapshot[] = [
  snapshotOf(
    new Session({ dcs: [{ id: 2, ipv4Addr: '149.154.167.51:443', auth: testKey('tgsession-2') }] }),
    {
      origin: { format: 'telethon-string', version: null },
      mainDc: 2,
    },
  ),
];
