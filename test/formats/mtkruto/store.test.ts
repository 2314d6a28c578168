/** Stores of MTKruto, as folders and as dumps of a browser: whatever it keeps there, from its first versions on. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detect, read, write } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { stateOf, temporaryFolder } from '../../support/folder.ts';
import { Family } from '../../support/format-fixtures.ts';
import { mtkrutoItems, mtkrutoText } from '../../support/mtkruto-text.ts';
import { testKey } from '../../support/sessions.ts';
import { soon } from '../../support/soon.ts';

const family = new Family('mtkruto');
const FOLDER = 'mtkruto-node-localstorage';
const DUMP = 'mtkruto-localstorage-dump';
const key = testKey('mtkruto-store');

type Entries = [key: unknown[], value: unknown][];
const auth = { apiId: 12345, authKey: key, dc: '2', isBot: false, userId: 5000801609 };
/** updates.state run-length coded: pts 7, qts 0, date 1700000001, seq 300, unread 1. */
const state = Buffer.from('PipspQcABwHxU2UsAQACAQAD', 'base64');
const date = new Date(1_700_000_000_999);

const dump = (items: Iterable<readonly [string, unknown]>) =>
  new TextEncoder().encode(JSON.stringify(Object.fromEntries(items)));
const readDump = (entries: Entries, prefix = 'mtk_') =>
  read({ bytes: dump(mtkrutoItems(prefix, entries)) }, { from: DUMP });
const readOne = async (entries: Entries) => (await readDump(entries)).snapshots[0]!;

const folder = (items: Iterable<readonly [string, string]>) =>
  new Map(
    [...items].map(([name, text]) => [
      encodeURIComponent(name).replace(
        /[!'()*]/g,
        (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
      new TextEncoder().encode(text),
    ]),
  );

/** Fields that every chat has and nobody needs. */
const rest = { color: 3, isScam: false, photo: { big: 'x', nested: [{ a: [1n] }] } };
const chats: Entries = [
  [
    ['peers', 5000801609],
    [
      {
        id: 5000801609,
        type: 'private',
        isBot: false,
        firstName: 'Ann',
        lastName: 'Ö\n7',
        username: 'Ann',
        also: ['ann2'],
        phoneNumber: '15550001',
        isSelf: true,
        ...rest,
      },
      -5n,
    ],
  ],
  [
    ['peers', 99],
    [{ id: 99, type: 'private', isBot: true, firstName: '', ...rest }, 0n],
  ],
  [
    ['peers', -77],
    [{ id: -77, type: 'group', title: 'Grp', isCreator: false, ...rest }, 0n],
  ],
  [
    ['peers', -1001234567890],
    [{ id: -1001234567890, type: 'channel', title: 'News', username: 'news', ...rest }, 2n ** 63n - 1n],
  ],
  [
    ['peers', -1000000000055],
    [{ id: -1000000000055, type: 'supergroup', title: 'Sup', ...rest }, 55n],
  ],
  [
    ['usernames', 'ann'],
    [5000801609, date],
  ],
  [
    ['usernames', 'found'],
    [42, date],
  ],
  [
    ['phoneNumbers', '4299'],
    [42, new Date(5000)],
  ],
];

describe('since 0.70', () => {
  test('peers, usernames, the state and the account itself are read', async () => {
    const snapshot = await readOne([
      [['auth'], auth],
      [['auth.isPremium'], true],
      [['updates.state'], ['updates.state', state]],
      [['channelPts', 1234567890n], 55],
      [['session.serverSalt'], -5n],
      ...chats,
      [
        ['updates.updates', 0n, 5n],
        ['updateX', key],
      ],
      [['messages.messages', 5, 6], 'a cache that is not looked at'],
    ]);
    expect(snapshot.session.user).toMatchObject({ id: 5000801609, dc: 2, bot: false, username: 'Ann' });
    expect(snapshot).toMatchObject({ phone: '15550001', usernames: ['Ann', 'ann2'], apiId: 12345 });
    const { state: read } = snapshot.session;
    expect(read).toMatchObject({ pts: 7, qts: 0, date: 1_700_000_001, seq: 300 });
    expect(read!.channels).toMatchObject([{ id: 1234567890, pts: 55 }]);
    const none = { phone: null, seen: null, usernames: [] };
    expect([...snapshot.peers]).toEqual([
      {
        kind: 'channel',
        id: 1234567890,
        accessHash: 2n ** 63n - 1n,
        name: 'News',
        megagroup: false,
        ...none,
        usernames: ['news'],
      },
      { kind: 'channel', id: 55, accessHash: 55n, name: 'Sup', megagroup: true, ...none },
      { kind: 'chat', id: 77, accessHash: null, name: 'Grp', ...none },
      {
        kind: 'user',
        id: 42,
        accessHash: null,
        name: null,
        usernames: ['found'],
        phone: '4299',
        seen: 1_700_000_000,
      },
      { kind: 'user', id: 99, accessHash: null, name: null, bot: true, ...none },
      {
        kind: 'user',
        id: 5000801609,
        accessHash: -5n,
        name: 'Ann Ö\n7',
        usernames: ['Ann', 'ann2'],
        phone: '15550001',
        seen: 1_700_000_000,
        bot: false,
      },
    ]);
    expect(snapshot.extra).toMatchObject({ prefix: 'mtk_', isPremium: true });
    expect(snapshot.notes.join('\n')).toMatch(
      /access hash of 2 peers is not known.*\n.*usual ones.*\n.*server salt/s,
    );
  });

  test('a key that nobody has logged in with is told from an account', async () => {
    const { session, loggedIn, notes, apiId } = await readOne([[['auth'], { ...auth, userId: 0, apiId: 0 }]]);
    expect({ user: session.user, loggedIn, apiId }).toEqual({ user: null, loggedIn: false, apiId: null });
    expect(session.dcs[0]!.auth).toHaveLength(256);
    expect(notes.join()).toMatch(/Nobody is logged in/);
  });

  test('no key at all is no bytes', async () => {
    const { session } = await readOne([[['auth'], { ...auth, authKey: new Uint8Array() }]]);
    expect(session.dcs[0]).toMatchObject({ id: 2, auth: null, ipv4Addr: null });
  });

  test('channels without a state of the account are left out, and noted', async () => {
    const { session, notes } = await readOne([
      [['auth'], auth],
      [['channelPts', 5n], 6],
    ]);
    expect(session.state).toBeNull();
    expect(notes.join()).toMatch(/How far channels were read was left out/);
  });
});

describe('before 0.70', () => {
  const old: Entries = [
    [['auth.dc'], '3-test'],
    [['auth.key'], key],
    [['auth.accountId'], 77],
    [['auth.accountType'], 'bot'],
    [['connection.apiId'], 5],
  ];

  test('each value has its own item', async () => {
    const snapshot = await readOne([
      ...old,
      [['updates.state'], state],
      [['updates.channelPts', 9n], 1],
      [
        ['cache.username', 'durov'],
        [1, date],
      ],
      [
        ['cache.peer', 1],
        [key, date],
      ],
    ]);
    expect(snapshot.session.user).toMatchObject({ id: 77, dc: 3, bot: true });
    expect(snapshot).toMatchObject({ testMode: true, apiId: 5, botKnown: true, loggedIn: true });
    expect(snapshot.session.state!.channels).toMatchObject([{ id: 9, pts: 1 }]);
    expect([...snapshot.peers]).toMatchObject([{ kind: 'user', id: 1, usernames: ['durov'] }]);
  });

  test('what is missing is not known, and said so', async () => {
    const snapshot = await readOne(old.filter(([[name]]) => name !== 'auth.accountType'));
    expect(snapshot).toMatchObject({ botKnown: false, loggedIn: true });
    expect(snapshot.notes.join()).toMatch(/whether the account is a bot/);
    const nobody = await readOne(old.slice(0, 2));
    expect(nobody).toMatchObject({ loggedIn: false, apiId: null, botKnown: true });
  });

  test('the new item counts for more, and the new names of channels', async () => {
    const { session } = await readOne([
      ...old,
      [['auth'], auth],
      [['updates.state'], ['updates.state', state]],
      [['updates.channelPts', 9n], 1],
      [['channelPts', 9n], 2],
    ]);
    expect(session.user!.id).toBe(5000801609);
    expect(session.state!.channels).toMatchObject([{ id: 9, pts: 2 }]);
  });

  test('branches for other data centres are keys of the same account', async () => {
    const other = testKey('other');
    const items = [
      ...mtkrutoItems('main', [...old.slice(1), [['auth.dc'], '2']]),
      ...mtkrutoItems('mainS__4', [[['auth.key'], other]]),
      ...mtkrutoItems('mainS__download_client_5', [
        [['auth.key'], key],
        [['auth.dc'], '5'],
      ]),
      ...mtkrutoItems('mainS__4_cdn', [[['auth.key'], key]]),
      ...mtkrutoItems('mainS__2', [[['auth.key'], other]]),
    ];
    const ofAnother = mtkrutoItems('mainS__1', old);
    const { snapshots: both } = await read({ bytes: dump([...items, ...ofAnother]) });
    expect(both.map(({ session }) => [session.user!.id, session.dcs.length])).toEqual([
      [77, 3],
      [77, 1],
    ]);
    for (const source of [{ bytes: dump(items) }, { files: folder(items) }]) {
      const { snapshots } = await read(source);
      expect(snapshots).toHaveLength(1);
      const { dcs } = snapshots[0]!.session;
      expect(dcs.map(({ id, ipv4Addr }) => [id, ipv4Addr])).toEqual([
        [2, '149.154.167.51:443'],
        [4, '149.154.167.91:443'],
        [5, '91.108.56.130:443'],
      ]);
      expect(Buffer.from(dcs[1]!.auth!)).toEqual(Buffer.from(other));
    }
  });
});

describe('several sessions in a store', () => {
  const items = [
    ...mtkrutoItems('main', [[['auth'], auth]]),
    // Also one whose prefix ends like the begin of a key, and one with the name of a data centre.
    ...mtkrutoItems('acct66', [[['auth'], { ...auth, userId: 66 }]]),
    ...mtkrutoItems('mainS__4', [[['auth'], { ...auth, userId: 4 }]]),
    ...mtkrutoItems('mainS__second', [[['auth'], { ...auth, userId: 2 }]]),
  ];

  test('are accounts, by their prefixes, and one can be chosen', async () => {
    for (const source of [{ bytes: dump(items) }, { files: folder(items) }]) {
      const { snapshots } = await read(source);
      expect(
        snapshots.map(({ extra, account, session }) => [extra.prefix, account, session.user!.id]),
      ).toEqual([
        ['acct66', { index: 0, active: null }, 66],
        ['main', { index: 1, active: null }, 5000801609],
        ['mainS__4', { index: 2, active: null }, 4],
        ['mainS__second', { index: 3, active: null }, 2],
      ]);
      const chosen = await read(source, { account: 2 });
      expect(chosen.snapshots.map(({ session }) => session.user!.id)).toEqual([4]);
    }
  });

  test('a damaged one does not fail the others, and is noted', async () => {
    const damaged = [...items, ...mtkrutoItems('x', [[['auth'], { ...auth, dc: 'x' }]])];
    for (const source of [{ bytes: dump(damaged) }, { files: folder(damaged) }]) {
      const { snapshots } = await read(source);
      expect(snapshots).toHaveLength(4);
      expect(snapshots[0]!.notes.join()).toMatch(/Another session .*auth\.dc must be the name/);
    }
  });
});

describe('what is broken', () => {
  const withAuth = (changes: object): Entries => [[['auth'], { ...auth, ...changes }]];
  const withItem = (item: unknown[], value: unknown): Entries => [
    [['auth'], auth],
    [item, value],
  ];
  const peer = (chat: object, hash: unknown = 1n) =>
    withItem(['peers', 7], [{ id: 7, type: 'private', isBot: false, firstName: 'x', ...chat }, hash]);

  test.each<[string, Entries, string]>([
    ['auth that is no object', [[['auth'], [1]]], 'auth'],
    ['a key of 255 bytes', withAuth({ authKey: key.subarray(1) }), 'auth.auth'],
    ['a key that is text', withAuth({ authKey: 'x' }), 'auth.authKey'],
    ['a data centre that is a number', withAuth({ dc: 2 }), 'auth.dc'],
    ['a data centre of no name', withAuth({ dc: 'two' }), 'auth.dc'],
    ['a user id that is text', withAuth({ userId: '5' }), 'auth.userId'],
    ['a user id beyond 2^53', withAuth({ userId: 2 ** 53 }), 'auth.userId'],
    ['a negative api id', withAuth({ apiId: -1 }), 'auth.apiId'],
    ['a bot flag that is a number', withAuth({ isBot: 1 }), 'auth.isBot'],
    ['a state of five bytes', withItem(['updates.state'], state.subarray(0, 5)), 'updates.state.pts'],
    [
      'a state of other TL',
      withItem(['updates.state'], Buffer.from('aaaaaaaa')),
      'updates.state.constructor',
    ],
    [
      'a state that is a bomb',
      withItem(['updates.state'], Buffer.alloc(200).fill('\0\xff', 'latin1')),
      'updates.state',
    ],
    [
      'a state with more behind it',
      withItem(['updates.state'], Buffer.concat([state, key])),
      'updates.state',
    ],
    ['a state that is text', withItem(['updates.state'], 'x'), 'updates.state'],
    [
      'a negative pts of a channel',
      [...withItem(['updates.state'], state), [['channelPts', 5n], -1]],
      'channelPts[5].pts',
    ],
    ['a channel 0', [...withItem(['updates.state'], state), [['channelPts', 0n], 1]], 'channelPts[0].id'],
    ['a peer that is no list', withItem(['peers', 7], {}), 'peers[7]'],
    ['a peer of another id', peer({ id: 8 }), 'peers[7]'],
    ['a peer of another type', peer({ type: 'group' }), 'peers[7]'],
    ['a peer of no type', peer({ type: 'constructor' }), 'peers[7]'],
    ['an access hash that is a number', peer({}, 5), 'peers[7].accessHash'],
    ['an access hash of 65 bits', peer({}, 2n ** 63n), 'peers[7].accessHash'],
    ['a name that is a number', peer({ firstName: 5 }), 'peers[7].firstName'],
    ['usernames that are no list', peer({ also: 'x' }), 'peers[7].also'],
    ['a username that is a number', peer({ also: [5] }), 'peers[7].username'],
    ['a username of nobody', withItem(['usernames', 'x'], [0, date]), 'usernames[x]'],
    ['a username without a date', withItem(['usernames', 'x'], [5, 6]), 'usernames[x]'],
  ])('%s is refused by item, in a dump and in a folder', async (_, entries, field) => {
    await failure(() => readDump(entries), 'INVALID_VALUE', field);
    const files = folder(mtkrutoItems('main', entries));
    await failure(() => read({ files }), 'INVALID_VALUE', field);
  });

  test.each([
    ['a type that there is not', '8x'],
    ['nothing', ''],
    ['a boolean of 2', mtkrutoText({ ...auth, isBot: 'BOT' }).replace('4\n2BOT', '2\n02')],
    ['an infinite number', mtkrutoText({ ...auth, userId: 5 }).replace('2\n15', '9\n1Infinity')],
    ['an integer of 21 digits', `${mtkrutoText([5n ** 30n])}`],
    ['base64 with a stray character', mtkrutoText(auth).replace('==', '*=')],
    ['an item longer than all', mtkrutoText(auth).replace('7', '7999999999\n')],
    ['an item of length 0', `7${'0\n'.repeat(50)}`],
    ['an item without its length', '7abc'],
    ['something behind the last item', `${mtkrutoText(auth)}5`],
    ['a field that is no pair', mtkrutoText([[1]]).replace('6', '7')],
    [
      'a field twice',
      `7${mtkrutoText([
        ['dc', '2'],
        ['dc', '2'],
      ]).slice(1)}`,
    ],
  ])('%s in place of a value is refused by item', async (_, text) => {
    const bytes = dump([[`p${mtkrutoText(['auth'])}`, text]]);
    const error = await failure(() => read({ bytes }), 'INVALID_VALUE', 'auth');
    expect(error.message).not.toContain(Buffer.from(key).toString('base64').slice(4, 14));
  });

  test('a value that is nested a million times is refused, and soon', async () => {
    let nested = '6';
    while (nested.length < 100_000) nested = `6${nested.length}\n${nested}`;
    const deep = `${'6'.padEnd(2, '9')}${'9'.repeat(7)}\n`.repeat(500_000);
    for (const text of [nested, deep, `7${'1\n2'.repeat(2_000_000)}`]) {
      const bytes = dump([[`p${mtkrutoText(['auth'])}`, text]]);
      await soon(3000, () => failure(() => read({ bytes }), 'INVALID_VALUE', 'auth'));
    }
  });

  test('a value that is no text, a file that is too large, an input that is none of it', async () => {
    const [[name]] = mtkrutoItems('p', [[['auth'], auth]]) as [[string, string]];
    await failure(() => read({ bytes: dump([[name, 5]]) }), 'INVALID_VALUE', 'auth');
    const files = folder([[name, `2${'x'.repeat(70_000)}`]]);
    await failure(() => read({ files }), 'INVALID_VALUE', 'auth');
    for (const text of ['{}', '{"x":"y"}'])
      await failure(() => read({ text }, { from: DUMP }), 'UNKNOWN_FORMAT');
    await failure(() => read({ text: '[]' }, { from: DUMP }), 'INVALID_VALUE');
    await failure(() => read({ text: '{' }, { from: DUMP }), 'INVALID_VALUE');
    await failure(() => read({ files: new Map() }, { from: FOLDER }), 'UNKNOWN_FORMAT');
  });

  test('names that only look like keys are nobody’s', async () => {
    for (const name of [
      '65\n2auth2',
      '64\n2aut',
      'x65\n2auth67',
      `x6${'6\n2'.repeat(99)}`,
      'p610\n2connection',
      '',
    ]) {
      expect(await detect({ bytes: dump([[name, '2x']]) }), name).toEqual([]);
    }
    const prefixed = await detect({ bytes: dump([['65\n2auth', '2x']]) });
    expect(prefixed.map(({ format }) => format)).toEqual([DUMP]);
  });

  test('more sessions than anybody has are refused', async () => {
    const many = Array.from({ length: 1001 }, (_, i) => [`p${i}:65\n2auth`, mtkrutoText(auth)] as const);
    expect((await read({ bytes: dump(many.slice(1)) })).snapshots).toHaveLength(1000);
    const error = await failure(() => read({ bytes: dump(many) }), 'INVALID_VALUE');
    expect(error.message).toMatch(/at most 1000 sessions/);
  });

  test('a dump full of names that almost are keys is found to be none, and soon', async () => {
    const almost = [`${'6111\n261\n2'.repeat(20)}`, '65\n2auth1\n'.repeat(20), '65\n2auth3\n2aa'.repeat(20)];
    for (const begin of almost) {
      const bytes = dump(Array.from({ length: 30_000 }, (_, i) => [`${begin}${i}`, ''] as const));
      await soon(3000, async () => expect(await detect({ bytes })).toEqual([]));
    }
  });
});

describe('beside other programs', () => {
  test('in one dump with GramJS both are found, and each is read by its name', async () => {
    const gramjs = JSON.parse(new Family('gramjs').text('browser-localstorage.json'));
    const mtkruto = JSON.parse(family.text('browser-localstorage.json'));
    const bytes = dump(Object.entries({ ...gramjs, ...mtkruto, theme: 'dark', 5: { a: 1 } }));
    expect((await detect({ bytes })).map(({ format }) => format)).toEqual(['gramjs-localstorage-dump', DUMP]);
    await failure(() => read({ bytes }), 'AMBIGUOUS_FORMAT');
    expect((await read({ bytes }, { from: DUMP })).snapshots[0]!.extra.prefix).toBe('mtk_');
  });

  test('in a folder only the files that are needed are opened, and nothing is touched', async () => {
    const path = temporaryFolder();
    for (const [name, bytes] of family.files('node-localstorage')) writeFileSync(join(path, name), bytes);
    writeFileSync(join(path, 'main620%0A2messages.messages2%0A15'), Buffer.alloc(100_000));
    writeFileSync(join(path, '%zz'), 'no name of node-localstorage');
    const before = stateOf(path);
    const [detection] = await detect({ path });
    expect(detection!.files).toHaveLength(5);
    const { snapshots } = await read({ path });
    expect(snapshots[0]!.session.user!.id).toBe(5000801609);
    expect(stateOf(path)).toEqual(before);
  });

  test('neither is written', async () => {
    const { snapshots } = await read({ path: family.path('node-localstorage') });
    for (const format of [FOLDER, DUMP]) await failure(() => write(snapshots, format), 'UNSUPPORTED');
  });
});
