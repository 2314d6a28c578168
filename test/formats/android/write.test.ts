/** Folders that we write for Telegram for Android: byte by byte, and read again. */

import { describe, expect, test } from 'vitest';
import { authKeyId } from '../../../src/auth-key.ts';
import { read, type Snapshot, snapshotOf, write } from '../../../src/formats/index.ts';
import type { Peer } from '../../../src/peers.ts';
import { Session, type SessionFields } from '../../../src/session.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { expectRoundTrips } from '../../support/through-format.ts';

const family = new Family('android');
const TGNET = 'files/tgnet.dat';
const XML = 'shared_prefs/userconfing.xml';
const auth = new Uint8Array(256).map((_, i) => (i * 7 + 3) & 255);
const session = new Session({
  dcs: [{ id: 2, ipv4Addr: '149.154.167.51:443', auth }],
  user: { id: 5000801609, dc: 2, bot: false, username: 'alice_x' },
});
const own: Peer = {
  kind: 'user',
  id: 5000801609,
  accessHash: -77n,
  usernames: [],
  phone: null,
  name: 'Alice Ämilia',
  seen: null,
};

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
/** Bytes given in hexadecimal digits, with blanks and remarks behind `//`. */
const bytesOf = (text: string) => text.replaceAll(/\/\/.*$/gm, '').replaceAll(/\s/g, '');
const TRUE = 'b5757299';
const FALSE = '379779bc';

async function through(...snapshots: Snapshot[]) {
  const written = await write(snapshots, 'android');
  const again = (await read({ files: written.files })).snapshots;
  return { ...written, again, lost: written.losses.map(({ field }) => field) };
}

describe('the bytes', () => {
  test('tgnet.dat of one data centre is to the letter what the app reads', async () => {
    const { files } = await write([snapshotOf(session, { testMode: false })], 'android');
    const expected = bytesOf(`
      a8 01 00 00  // 424 bytes follow
      05 00 00 00  // version
      ${FALSE}     // testBackend
      ${FALSE}     // clientBlocked
      00 00 00 00  // lastInitSystemLangcode
      ${TRUE}      // configured
      02 00 00 00  // currentDatacenterId
      00 00 00 00  // timeDifference
      00 00 00 00  // lastDcUpdateTime
      00 00 00 00 00 00 00 00 // pushSessionId
      ${FALSE}     // registeredForInternalPush
      00 00 00 00  // lastServerTime
      00 00 00 00  // sessionsToDestroy
      01 00 00 00  // data centres
        0d 00 00 00  02 00 00 00  // version, id
        00 00 00 00  00 00 00 00  // lastInitVersion, lastInitMediaVersion
        01 00 00 00               // IPv4
          0e 31 34 39 2e 31 35 34 2e 31 36 37 2e 35 31 00 // 149.154.167.51
          bb 01 00 00  00 00 00 00  00 00 00 00           // port, flags, secret
        00 00 00 00  00 00 00 00  00 00 00 00  // IPv6, for files
        ${FALSE}                  // isCdn
        00 01 00 00  ${hex(auth)}  ${authKeyId(auth)}
        00 00 00 00  00 00 00 00 00 00 00 00  // temporary key
        00 00 00 00  00 00 00 00 00 00 00 00  // temporary key for files
        01 00 00 00               // authorized
        00 00 00 00  00 00 00 00  // salts
    `);
    expect(hex(files.get(TGNET)!)).toBe(expected);
  });

  test('userconfing.xml has the user of layer 133 in base64 of 76 columns', async () => {
    const snapshot = snapshotOf(session, { phone: '15550001', peers: [own] });
    const { files } = await write([snapshot], 'android');
    const user = bytesOf(`
      b0 ec f6 3f  // user
      1b 04 00 00  // self, access hash, first name, username, phone
      49 2d 12 2a 01 00 00 00 // id
      b3 ff ff ff  ff ff ff ff  // access hash
      0d 41 6c 69 63 65 20 c3 84 6d 69 6c 69 61 00 00  // Alice Ämilia
      07 61 6c 69 63 65 5f 78              // alice_x
      08 31 35 35 35 30 30 30 31 00 00 00  // 15550001
    `);
    const base64 = Buffer.from(user, 'hex').toString('base64');
    expect(base64.length).toBeGreaterThan(76);
    expect(new TextDecoder().decode(files.get(XML))).toBe(
      [
        "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>",
        '<map>',
        '    <int name="selectedAccount" value="0" />',
        `    <string name="user">${base64.slice(0, 76)}&#10;${base64.slice(76)}&#10;</string>`,
        '</map>',
        '',
      ].join('\n'),
    );
  });

  test('a bot has the version of its description behind, as its flag demands', async () => {
    const bot = session.with({ user: { id: 7, dc: 2, bot: true } });
    const { files, again, notes } = await through(snapshotOf(bot));
    const [, base64] = /"user">([^<&]*)/.exec(new TextDecoder().decode(files.get(XML)))!;
    expect(Buffer.from(base64!, 'base64').toString('hex')).toBe(
      bytesOf('b0ecf63f 00440000 07000000 00000000 01000000'),
    );
    expect(again[0]!.session.user!.bot).toBe(true);
    expect(notes.join()).toMatch(/The account is a bot/);
  });
});

describe('what comes back', () => {
  const full = session.with({
    dcs: [
      { id: 1, ipv4Addr: '149.154.175.53:443', auth: auth.map((byte) => byte ^ 1) },
      { id: 2, ipv4Addr: '149.154.167.51:443', ipv6Addr: '2001:67c:4e8:f002::a:443', auth },
      { id: 3, ipv6Addr: '2001:b28:f23d:f003::a:8443' },
      { id: 4 },
    ],
  });

  test('all data centres, both addresses, which keys are logged in, the user, and the account itself', async () => {
    const snapshot = snapshotOf(full, {
      testMode: false,
      phone: '15550001',
      authorizedDcs: [2],
      peers: [own],
    });
    const { again, lost } = await through(snapshot);
    expect(lost).toEqual([]);
    const [one] = again;
    expect(one!.session.equals(full)).toBe(true);
    expect(one).toMatchObject({
      account: { index: 0, active: true },
      loggedIn: true,
      botKnown: true,
      mainDc: 2,
      authorizedDcs: [2],
      testMode: false,
      phone: '15550001',
      peers: [{ ...own, usernames: ['alice_x'], phone: '15550001', bot: false }],
    });
    expect(one!.notes).toEqual([]);
  });

  test('what the folder cannot hold is reported', async () => {
    const snapshot = snapshotOf(
      full.with({
        user: { ...full.user!, dc: 4 },
        state: { pts: 1, qts: 2, date: 3, seq: 4 },
      }),
      {
        mainDc: 2,
        phone: '+7 999',
        usernames: ['alice_x', 'alice_y'],
        apiId: 6,
        takeoutId: 1n,
        mediaDc: { id: 2, ipv4Addr: '149.154.167.151:443', ipv6Addr: null, mediaOnly: true },
        keysToDestroy: full.dcs.slice(0, 1),
        peers: [
          { ...own, usernames: ['alice_x', 'alice_y'], phone: '5', seen: 3 },
          { ...own, id: 5 },
          { ...own, kind: 'channel' },
        ],
      },
    );
    const { again, lost, losses } = await through(snapshot);
    expect(lost.sort()).toEqual(
      [
        'apiId',
        'keysToDestroy',
        'mediaDc',
        'peers',
        'peers.phone',
        'peers.seen',
        'peers.usernames',
        'phone',
        'session.state',
        'session.user.dc',
        'takeoutId',
        'usernames',
      ].sort(),
    );
    expect(losses.find(({ field }) => field === 'peers')!.message).toMatch(/^2 peers: left out/);
    expect(again[0]!.session.user!.dc).toBe(2);
  });

  test('a data centre with a key and without an address gets its usual one, as the app looks up none', async () => {
    const bare = session.with({
      dcs: [{ id: 2, auth }, { id: 4, auth }, { id: 5 }, { id: 77, auth }],
    });
    const { again, notes } = await through(snapshotOf(bare, { testMode: false }));
    expect(again[0]!.session.dcs.map(({ ipv4Addr }) => ipv4Addr)).toEqual([
      '149.154.167.51:443',
      '149.154.167.91:443',
      null,
      null,
    ]);
    expect(notes.filter((note) => note.includes('usual one'))).toHaveLength(2);
  });

  test('the test flag that nobody knows comes from the address, or is noted', async () => {
    const at = (ipv4Addr: string) => through(snapshotOf(session.with({ dcs: [{ id: 2, ipv4Addr, auth }] })));
    expect((await at('149.154.167.40:80')).again[0]!.testMode).toBe(true);
    const unknown = await at('10.0.0.1:443');
    expect(unknown.again[0]!.testMode).toBe(false);
    expect(unknown.notes.join()).toMatch(/taken for "no"/);
  });

  test('it is said that nobody is known to have tried it, and what to do', async () => {
    const { notes } = await write([snapshotOf(session)], 'android');
    expect(notes.join()).toMatch(/no case is known.*Stop the app first.*tgnet.dat.bak.*owner/);
  });

  test('any snapshot comes back, but for exactly what was reported as lost', async () => {
    expect(await expectRoundTrips('android', 500)).toBeGreaterThan(50);
  });

  test.each(family.fixtures.filter(({ session }) => session?.user != null).map(({ file }) => file))(
    '%s written again reads as before',
    async (file) => {
      const { snapshots } = await read({ path: family.path(file) });
      const { again, lost } = await through(...snapshots);
      expect(lost).toEqual([]);
      expect(again[0]!.session.equals(snapshots[0]!.session)).toBe(true);
      const { authorizedDcs, mainDc, testMode, phone, peers } = snapshots[0]!;
      expect(again[0]).toMatchObject({ authorizedDcs, mainDc, testMode, phone, peers });
    },
  );
});

describe('several accounts', () => {
  const other = new Session({
    dcs: [{ id: 4, ipv4Addr: '149.154.167.91:443', auth }],
    user: { id: 5, dc: 4, bot: false },
    state: { pts: 1, qts: 2, date: 3, seq: 4 },
  });

  test('each has its files, and the one in use stays the one in use', async () => {
    const { files, again, losses } = await through(
      snapshotOf(session, { account: { index: 3, active: false } }),
      snapshotOf(other, { account: { index: 5, active: true } }),
    );
    expect([...files.keys()]).toEqual([
      TGNET,
      XML,
      'files/account1/tgnet.dat',
      'shared_prefs/userconfig1.xml',
    ]);
    expect(again.map(({ account, session: { user } }) => [account, user!.id])).toEqual([
      [{ index: 0, active: false }, 5000801609],
      [{ index: 1, active: true }, 5],
    ]);
    expect(losses).toEqual([
      { field: 'session.state', message: expect.stringMatching(/^Account 1: How far updates/) },
    ]);
  });

  test('none, or more than the app has room for, are refused', async () => {
    await failure(() => write([], 'android'), 'CANNOT_HOLD', 'snapshots');
    const five = [1, 2, 3, 4, 5].map(() => snapshotOf(session));
    await failure(() => write(five, 'android'), 'CANNOT_HOLD', 'snapshots');
    expect((await write(five.slice(1), 'android')).files.size).toBe(8);
  });
});

describe('what the app cannot do without', () => {
  test.each<[string, string, SessionFields]>([
    ['a user', 'session.user', { user: null }],
    ['a key', 'session.dcs', { dcs: [{ id: 2, ipv4Addr: '149.154.167.51:443' }] }],
    ['its data centre', 'session.dcs', { dcs: [] }],
    [
      'an address that is known',
      'session.dcs',
      { dcs: [{ id: 77, auth }], user: { id: 1, dc: 77, bot: false } },
    ],
  ])('%s', async (_, field, { user = session.user, dcs = session.dcs }) => {
    const snapshot = snapshotOf(new Session({ user, dcs }));
    await failure(() => write([snapshot], 'android'), 'CANNOT_HOLD', field);
  });

  test('versions that are not written, and values that are none, are refused', async () => {
    await failure(() => write([snapshotOf(session)], 'android', { version: 4 }), 'UNSUPPORTED', 'version');
    const peers = [{ ...own, accessHash: 2n ** 63n }];
    await failure(
      () => write([snapshotOf(session, { peers })], 'android'),
      'INVALID_VALUE',
      'peers[0].accessHash',
    );
  });
});
