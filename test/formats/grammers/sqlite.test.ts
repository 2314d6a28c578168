/** Session files of grammers: its tables to the letter, everything in them, and what makes grammers panic refused. */

import { describe, expect, test } from 'vitest';
import { detect, read, type Snapshot, snapshotOf, write } from '../../../src/formats/index.ts';
import { Session } from '../../../src/session.ts';
import { nodeDriver } from '../../../src/sqlite/driver-node.ts';
import { changedDatabase } from '../../support/changed-database.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { peerOf } from '../../support/peer.ts';
import { testKey } from '../../support/sessions.ts';
import { expectRoundTrips } from '../../support/through-format.ts';

const NAME = 'grammers-sqlite';
const family = new Family('grammers');
const good = family.fixtures.filter(({ format, error }) => format === NAME && error === undefined);
const auth = testKey(5);
const MAX_COUNTER = 2 ** 31 - 1;

/** A fixture with some SQL run on it. */
function changed(sql: string, file = 'user.session'): string {
  return changedDatabase(family.path(file), sql);
}

const readFile = async (path: string) => (await read({ path })).snapshots[0]!;

/** What a query gives in a file. */
function rows(bytes: Uint8Array, sql: string): unknown[][] {
  const db = nodeDriver.openImage(bytes);
  const result = db.prepare(sql, { bigint: true }).all();
  db.close();
  return result;
}

async function through(snapshot: Snapshot) {
  const { files, losses, notes } = await write([snapshot], NAME);
  const bytes = files.get('')!;
  const { snapshots } = await read({ bytes });
  return { bytes, notes, losses, again: snapshots[0]!, lost: losses.map(({ field }) => field).sort() };
}

describe('reading', () => {
  test('peers come with their types as far as grammers knows them, and with hashes of 64 bits', async () => {
    const { peers, notes } = await readFile(family.path('user.session'));
    expect([...peers]).toEqual([
      peerOf({ kind: 'channel', id: 1500000000, accessHash: 6n }),
      peerOf({ kind: 'channel', id: 1400000000, accessHash: 5n, megagroup: true }),
      peerOf({ kind: 'channel', id: 1300000000, accessHash: null, megagroup: true }),
      peerOf({ kind: 'channel', id: 1234567890, accessHash: 987654321n, megagroup: false }),
      // Small groups need no access hash; grammers writes 0.
      peerOf({ kind: 'chat', id: 55, accessHash: null }),
      peerOf({ id: 777000, accessHash: 12345n }),
      peerOf({ id: 3000001, accessHash: -8123456789012345678n, bot: false }),
      peerOf({ id: 93372553, accessHash: null, bot: true }),
    ]);
    expect(notes).toEqual(['1 peers are gigagroups: taken for supergroups.']);
  });

  test('monoforums are channels with ids of their own', async () => {
    const { peers } = await readFile(family.path('monoforum.session'));
    expect([...peers].map(({ kind, id }) => [kind, id])).toEqual([
      ['channel', 3000000000000],
      ['channel', 1002147483649],
      ['user', 3000004],
    ]);
  });

  test('the account itself, without an access hash, is the user and no peer', async () => {
    const path = changed('UPDATE peer_info SET hash = NULL WHERE peer_id = 3000001');
    const { session, peers } = await readFile(path);
    expect(session.user!.id).toBe(3000001);
    expect([...peers].map(({ id }) => id)).not.toContain(3000001);
  });

  test('without the mark on a peer nothing is said of a login, as grammers may lose it', async () => {
    const path = changed('UPDATE peer_info SET subtype = NULL WHERE peer_id = 3000001');
    const { session, loggedIn, notes, mainDc } = await readFile(path);
    expect([session.user, loggedIn, mainDc]).toEqual([null, null, 4]);
    expect(notes.join()).toMatch(/No peer is marked/);
  });

  test('an account that nobody told to move lives on data centre 2', async () => {
    const { session, mainDc, notes } = await readFile(changed('DELETE FROM dc_home', 'bot.session'));
    expect([session.user!.dc, mainDc]).toEqual([2, 2]);
    expect(notes.join()).toMatch(/does not say where the account lives/);
    const sql = 'DELETE FROM dc_home; DELETE FROM dc_option WHERE dc_id = 2';
    await failure(() => readFile(changed(sql)), 'DAMAGED', 'dc_home');
    const fresh = await readFile(changed('INSERT INTO dc_home VALUES (4)', 'fresh.session'));
    expect(fresh.mainDc).toBe(4);
  });

  test('channel states without a state of the account mean zeros, as for grammers', async () => {
    const { session, notes } = await readFile(changed('DELETE FROM update_state'));
    expect(session.state).toMatchObject({ pts: 0, qts: 0, date: 0, seq: 0 });
    expect(session.state!.channels).toHaveLength(2);
    expect(notes.join()).toMatch(/all zeros/);
  });

  test('an IPv4 address in the form of IPv6 is an address; what stands for none is none', async () => {
    const mapped = await readFile(family.path('ipv4-mapped.session'));
    expect(mapped.session.dcs[0]!.ipv6Addr).toBe('::ffff:149.154.167.41:443');
    expect(mapped.notes.join()).toMatch(/in the form of IPv6/);
    // The second is what grammers itself wrote until February 2026, in either spelling.
    for (const ipv6 of ['[::ffff:959a:a729]:443', '[::959a:a729]:443', '[::149.154.167.41]:443', '[::]:0']) {
      const { session, notes } = await readFile(
        changed(`UPDATE dc_option SET ipv6 = '${ipv6}'`, 'bot.session'),
      );
      expect(session.dcs[0]).toMatchObject({ ipv4Addr: '149.154.167.41:443', ipv6Addr: null });
      expect(notes).toEqual([]);
    }
    // Another port, or another address, says something.
    for (const ipv6 of ['::ffff:959a:a729:80', '::959a:a729:80', '::959a:a72a:443']) {
      const value = `[${ipv6.slice(0, ipv6.lastIndexOf(':'))}]${ipv6.slice(ipv6.lastIndexOf(':'))}`;
      const path = changed(`UPDATE dc_option SET ipv6 = '${value}'`, 'bot.session');
      expect((await readFile(path)).session.dcs[0]!.ipv6Addr).toBe(ipv6);
    }
    const none = await readFile(changed("UPDATE dc_option SET ipv4 = '0.0.0.0:0'", 'bot.session'));
    expect(none.session.dcs[0]).toMatchObject({ ipv4Addr: null, ipv6Addr: '2001:67c:4e8:f002::a:443' });
  });

  test('test servers are told by the address', async () => {
    const path = changed("UPDATE dc_option SET ipv4 = '149.154.167.40:443'", 'bot.session');
    expect((await readFile(path)).testMode).toBe(true);
    expect((await readFile(family.path('bot.session'))).testMode).toBe(false);
  });

  test.each([
    ['UPDATE dc_home SET dc_id = 0', 'dc_home.dc_id'],
    ['UPDATE dc_option SET dc_id = -1 WHERE dc_id = 2', 'dc_option[-1].dc_id'],
    ["UPDATE dc_option SET auth_key = x'' WHERE dc_id = 2", 'dc_option[2].auth_key'],
    ['UPDATE dc_option SET auth_key = zeroblob(256) WHERE dc_id = 2', 'dc_option[2].auth_key'],
    ["UPDATE dc_option SET ipv4 = '149.154.167.41:0' WHERE dc_id = 2", 'dc_option[2].ipv4'],
    ["UPDATE dc_option SET ipv4 = '' WHERE dc_id = 2", 'dc_option[2].ipv4'],
    ["UPDATE dc_option SET ipv6 = '[149.154.167.41]:443' WHERE dc_id = 2", 'dc_option[2].ipv6'],
    ["UPDATE dc_option SET ipv6 = '[fe80::1%1]:443' WHERE dc_id = 2", 'dc_option[2].ipv6'],
    ["UPDATE dc_option SET ipv6 = '[::1]:99999' WHERE dc_id = 2", 'dc_option[2].ipv6'],
    ["UPDATE dc_option SET ipv6 = x'00' WHERE dc_id = 2", 'dc_option[2].ipv6'],
    ["UPDATE peer_info SET hash = 'x' WHERE peer_id = 777000", 'peer_info[777000].hash'],
    ['UPDATE peer_info SET hash = 1.5 WHERE peer_id = 777000', 'peer_info[777000].hash'],
    ['UPDATE peer_info SET subtype = 4 WHERE peer_id = 777000', 'peer_info[777000].subtype'],
    ['UPDATE peer_info SET subtype = 16 WHERE peer_id = 777000', 'peer_info[777000].subtype'],
    ['UPDATE peer_info SET subtype = 1.5 WHERE peer_id = 777000', 'peer_info[777000].subtype'],
    ['UPDATE peer_info SET subtype = 4 WHERE peer_id = -55', 'peer_info[-55].subtype'],
    ['UPDATE peer_info SET subtype = 1 WHERE peer_id = -1001500000000', 'peer_info[-1001500000000].subtype'],
    ['UPDATE peer_info SET peer_id = 0 WHERE peer_id = 777000', 'peer_info[0].peer_id'],
    [
      'UPDATE peer_info SET peer_id = 1099511627776 WHERE peer_id = 777000',
      'peer_info[1099511627776].peer_id',
    ],
    [
      'UPDATE peer_info SET peer_id = -1000000000000 WHERE peer_id = -55',
      'peer_info[-1000000000000].peer_id',
    ],
    [
      'UPDATE peer_info SET peer_id = -1997852516353 WHERE peer_id = -55',
      'peer_info[-1997852516353].peer_id',
    ],
    [
      'UPDATE peer_info SET peer_id = -4000000000001 WHERE peer_id = -55',
      'peer_info[-4000000000001].peer_id',
    ],
    ['UPDATE update_state SET pts = 2147483648', 'update_state.pts'],
    ['UPDATE update_state SET qts = -1', 'update_state.qts'],
    ["UPDATE update_state SET date = 'now'", 'update_state.date'],
    ['UPDATE update_state SET seq = 9007199254740993', 'update_state.seq'],
    ['UPDATE channel_state SET pts = 2147483648 WHERE peer_id = 1400000000', 'channel_state[1400000000].pts'],
    // The column has the name of that of the peers, but holds bare ids.
    [
      'UPDATE channel_state SET peer_id = -1001400000000 WHERE peer_id = 1400000000',
      'channel_state[-1001400000000].peer_id',
    ],
    [
      'UPDATE channel_state SET peer_id = 1000000000000 WHERE peer_id = 1400000000',
      'channel_state[1000000000000].peer_id',
    ],
  ])('%s is refused by field', async (sql, field) => {
    await failure(() => readFile(changed(sql)), 'INVALID_VALUE', field);
  });

  test('a missing table or column is named; a version that never was, or is yet to be, is refused', async () => {
    for (const table of ['dc_home', 'dc_option', 'peer_info', 'update_state', 'channel_state']) {
      await failure(() => readFile(changed(`DROP TABLE ${table}`)), 'DAMAGED', table);
    }
    const renamed = changed('ALTER TABLE dc_option RENAME COLUMN ipv6 TO ip6');
    await failure(() => readFile(renamed), 'DAMAGED', 'dc_option');
    const three = 'DROP TABLE dc_home; DROP TABLE dc_option; DROP TABLE peer_info';
    await failure(() => readFile(changed(three)), 'FOREIGN_DATABASE');
    for (const [version, code] of [
      [0, 'BAD_VERSION'],
      [-1, 'BAD_VERSION'],
      [3, 'NEWER_VERSION'],
    ] as const) {
      const path = changed(`PRAGMA user_version = ${version}`);
      await failure(() => readFile(path), code, 'user_version');
      expect(await detect({ path })).toMatchObject([{ format: NAME, version }]);
    }
  });

  test('a view in place of a table is refused', async () => {
    const endless =
      'WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i AS peer_id, i AS pts FROM c';
    const path = changed(`DROP TABLE channel_state; CREATE VIEW channel_state AS ${endless}`);
    await failure(() => readFile(path), 'DAMAGED', 'channel_state');
  });
});

describe('writing', () => {
  test.each(good.map(({ file }) => file))(
    '%s is written again: the same tables to the letter, and the same rows',
    async (file) => {
      const { snapshots } = await read({ path: family.path(file) });
      const { files, losses } = await write(snapshots, NAME);
      expect(losses).toEqual([]);
      const [ours, theirs] = [files.get('')!, family.bytes(file)];
      for (const sql of [
        'SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master ORDER BY rowid',
        'PRAGMA user_version',
        'PRAGMA application_id',
        'PRAGMA encoding',
        'PRAGMA page_size',
        'PRAGMA auto_vacuum',
        'SELECT * FROM dc_home',
        'SELECT dc_id, ipv4, ipv6, hex(auth_key), typeof(auth_key) FROM dc_option ORDER BY dc_id',
        // A gigagroup becomes a supergroup, which reading said; and of the account we know that it is no bot.
        'SELECT peer_id, hash, CASE subtype WHEN 12 THEN 4 ELSE subtype END FROM peer_info ORDER BY peer_id',
        'SELECT * FROM update_state',
        'SELECT * FROM channel_state ORDER BY peer_id',
      ]) {
        expect(rows(ours, sql), sql).toEqual(rows(theirs, sql));
      }
      // Bytes 18 and 19: the rollback format. 44 to 47: the schema's, 56 to 59: UTF-8; 60 to 63: the version.
      for (const [from, to] of [
        [0, 24],
        [40, 68],
      ] as const) {
        expect(Buffer.from(ours.subarray(from, to)).equals(Buffer.from(theirs.subarray(from, to)))).toBe(
          true,
        );
      }
      const again = (await read({ bytes: ours })).snapshots[0]!;
      expect(again.session.equals(snapshots[0]!.session)).toBe(true);
      expect([...again.peers]).toEqual([...snapshots[0]!.peers]);
    },
  );

  test('a missing IPv6 address is the IPv4 address in a form that is known again', async () => {
    const dcs = [
      { id: 2, ipv4Addr: '149.154.167.41:443', auth },
      { id: 4, ipv4Addr: '10.0.0.5:65535' },
    ];
    const session = new Session({ dcs });
    const { bytes, again, notes, lost } = await through(snapshotOf(session, { mainDc: 2 }));
    expect(rows(bytes, 'SELECT ipv6 FROM dc_option ORDER BY dc_id')).toEqual([
      ['[::ffff:959a:a729]:443'],
      ['[::ffff:a00:5]:65535'],
    ]);
    expect(notes).toEqual([
      'Of 2 data centres no IPv6 address is known: the IPv4 address stands in its place, in the form of IPv6.',
    ]);
    expect(lost).toEqual([]);
    expect(again.session.equals(session)).toBe(true);
  });

  test('an IPv6 address that is the IPv4 address in another form is lost, and that is said', async () => {
    for (const ipv6Addr of ['::149.154.167.41:443', '::ffff:959a:a729:443']) {
      const dcs = [{ id: 2, ipv4Addr: '149.154.167.41:443', ipv6Addr, auth }];
      const { again, lost } = await through(snapshotOf(new Session({ dcs })));
      expect(lost).toEqual(['session.dcs[0].ipv6Addr']);
      expect(again.session.dcs[0]!.ipv6Addr).toBeNull();
    }
  });

  test('no column of an address is ever empty: the usual IPv4 address, or what grammers has for none', async () => {
    const dcs = [
      { id: 2, auth },
      { id: 4, ipv6Addr: '2001:67c:4e8:f004::a:443', auth },
      { id: 77, ipv6Addr: '2001:db8::1:443' },
      { id: 78, auth },
    ];
    const { bytes, again, notes, lost } = await through(snapshotOf(new Session({ dcs }), { mainDc: 2 }));
    expect(rows(bytes, 'SELECT ipv4, ipv6 FROM dc_option ORDER BY dc_id')).toEqual([
      ['149.154.167.51:443', '[::ffff:959a:a733]:443'],
      ['149.154.167.91:443', '[2001:67c:4e8:f004::a]:443'],
      ['0.0.0.0:0', '[2001:db8::1]:443'],
      ['0.0.0.0:0', '[::]:0'],
    ]);
    expect(notes).toHaveLength(5);
    expect(lost).toEqual([]);
    const [first, second, ...others] = dcs;
    const filled = [
      { ...first!, ipv4Addr: '149.154.167.51:443' },
      { ...second!, ipv4Addr: '149.154.167.91:443' },
    ];
    expect(again.session.equals(new Session({ dcs: [...filled, ...others] }))).toBe(true);
    const unknown = new Session({ dcs: [{ id: 77, auth }] });
    await failure(() => write([snapshotOf(unknown)], NAME), 'CANNOT_HOLD', 'session.dcs');
  });

  test('the account is marked, whether it is among the peers or not', async () => {
    const user = { id: 5, dc: 2, bot: true };
    const session = new Session({ dcs: [{ id: 2, ipv4Addr: '149.154.167.41:443', auth }], user });
    const alone = await through(snapshotOf(session));
    expect(rows(alone.bytes, 'SELECT * FROM peer_info')).toEqual([[5n, null, 3n]]);
    expect([...alone.again.peers]).toEqual([]);
    expect(alone.again.session.equals(session)).toBe(true);
    const peers = [peerOf({ id: 5, accessHash: -7n }), peerOf({ id: 6, bot: false }), peerOf({ id: 7 })];
    const among = await through(snapshotOf(session, { peers }));
    // 0: known to be no bot, which grammers reads but does not write.
    expect(rows(among.bytes, 'SELECT * FROM peer_info')).toEqual([
      [5n, -7n, 3n],
      [6n, 1n, 0n],
      [7n, 1n, null],
    ]);
    expect([...among.again.peers]).toEqual([{ ...peers[0]!, bot: true }, peers[1], peers[2]]);
    expect(among.lost).toEqual([]);
  });

  test('types of peers and unknown hashes come back', async () => {
    const peers = [
      peerOf({ kind: 'channel', id: 3_000_000_000_000, accessHash: null }),
      peerOf({ kind: 'channel', id: 30, megagroup: true, accessHash: 2n ** 63n - 1n }),
      peerOf({ kind: 'channel', id: 20, megagroup: false, accessHash: -(2n ** 63n) }),
      peerOf({ kind: 'chat', id: 999_999_999_999, accessHash: null }),
      peerOf({ id: 9, accessHash: 0n, bot: true }),
      peerOf({ id: 2 ** 40 - 1, accessHash: null, bot: false }),
    ];
    const session = new Session({ dcs: [{ id: 2, ipv4Addr: '149.154.167.41:443', auth }] });
    const { again, losses } = await through(snapshotOf(session, { peers }));
    // They stand in the order of their marked ids, as they do here.
    expect([...again.peers]).toEqual(peers);
    expect(losses).toEqual([]);
  });

  test('all that is lost is said', async () => {
    const session = new Session({
      dcs: [{ id: 2, ipv4Addr: '149.154.167.41:443', ipv6Addr: '2001:67c:4e8:f002::a:443', auth }],
      user: { id: 5, dc: 4, bot: false, username: 'alice' },
      state: {
        pts: 1,
        qts: 2,
        date: 3,
        seq: 4,
        channels: [
          { id: 1, pts: MAX_COUNTER },
          { id: 2, pts: MAX_COUNTER + 1 },
          { id: 1_000_000_000_000, pts: 1 },
        ],
      },
    });
    const whole = { usernames: ['a'], phone: '7', name: 'A', seen: 1 };
    const peers = [
      peerOf({ id: 6, ...whole }),
      peerOf({ id: 6 }),
      peerOf({ id: 2 ** 40 }),
      peerOf({ id: 5, accessHash: null }),
      peerOf({ id: 8, min: true }),
    ];
    const more = {
      mainDc: 2,
      peers,
      phone: '7',
      apiId: 6,
      takeoutId: 1n,
      testMode: true,
      usernames: ['alice', 'b'],
    };
    const { again, lost, losses } = await through(snapshotOf(session, more));
    expect(lost).toEqual(
      [
        'apiId',
        'peers',
        'peers',
        'peers',
        'peers',
        'peers.name',
        'peers.phone',
        'peers.seen',
        'peers.usernames',
        'phone',
        'session.state.channels',
        'session.user.dc',
        'session.user.username',
        'takeoutId',
        'testMode',
        'usernames',
      ].sort(),
    );
    expect(losses.every(({ message }) => /^[A-Z0-9].*\.$/.test(message))).toBe(true);
    expect(again.session.state!.channels).toMatchObject([{ id: 1, pts: MAX_COUNTER }]);
    expect([...again.peers].map(({ id }) => id)).toEqual([6]);
  });

  test('which of the keys are logged in is lost, if not all of them are', async () => {
    const address = { ipv4Addr: '149.154.167.41:443', ipv6Addr: '2001:67c:4e8:f002::a:443' };
    const dcs = [2, 4].map((id) => ({ id, ...address, auth: testKey(id) }));
    const lostOf = async (authorizedDcs: number[]) =>
      (await through(snapshotOf(new Session({ dcs }), { mainDc: 2, authorizedDcs }))).lost;
    expect(await lostOf([2, 4])).toEqual([]);
    expect(await lostOf([2])).toEqual(['authorizedDcs']);
  });

  test('a state beyond 32 bits, and a user that grammers would panic at, are lost as a whole', async () => {
    const session = new Session({
      dcs: [{ id: 2, ipv4Addr: '149.154.167.41:443', auth }],
      user: { id: 2 ** 40, dc: 2, bot: false },
      state: { pts: 2 ** 31, qts: 0, date: 0, seq: 0, channels: [{ id: 1, pts: 1 }] },
    });
    const { again, lost } = await through(snapshotOf(session));
    expect(lost).toEqual(['session.state', 'session.user']);
    expect([again.session.user, again.session.state, again.mainDc]).toEqual([null, null, 2]);
  });

  test('a session that is yet to be becomes a new file; one that does not say where it lives, none', async () => {
    const { bytes, again } = await through(snapshotOf(new Session()));
    expect(again.session.equals(new Session())).toBe(true);
    expect(again.mainDc).toBeNull();
    expect(rows(bytes, 'SELECT count(*) FROM dc_home')).toEqual([[0n]]);
    const addresses = [1, 4].map((id) => ({ id, ipv4Addr: `10.0.0.${id}:443`, ipv6Addr: '2001:db8::1:443' }));
    const unused = await through(snapshotOf(new Session({ dcs: addresses })));
    expect(unused.again.session.equals(new Session({ dcs: addresses }))).toBe(true);
    expect([unused.again.mainDc, unused.lost, unused.notes]).toEqual([null, [], []]);
    const two = new Session({
      dcs: [
        { id: 1, auth },
        { id: 2, auth: testKey(6) },
      ],
    });
    await failure(() => write([snapshotOf(two)], NAME), 'CANNOT_HOLD');
  });

  test('a bot flag that is not known is written as "no", and noted', async () => {
    const dcs = [{ id: 2, ipv4Addr: '149.154.167.41:443', ipv6Addr: '2001:67c:4e8:f002::a:443', auth }];
    const session = new Session({ dcs, user: { id: 5, dc: 2, bot: false } });
    expect((await through(snapshotOf(session, { botKnown: false }))).notes).toEqual([
      'It is not known whether the account is a bot: "no" was written.',
    ]);
  });

  test('any snapshot comes back, but for exactly what was reported as lost', async () => {
    expect(await expectRoundTrips(NAME, 300)).toBeGreaterThan(50);
  });
});
