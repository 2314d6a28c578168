/** The rules of a binlog: which events count, what the settings mean, and what is refused. */

import { describe, expect, test } from 'vitest';
import { authKeyId } from '../../../src/auth-key.ts';
import { read, type Snapshot } from '../../../src/formats/index.ts';
import {
  type BinlogEvent,
  binlogOf,
  EMPTY,
  erased,
  int,
  OPTION,
  PARTIAL,
  REWRITE,
  setting,
  tl,
} from '../../support/binlog.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';

const family = new Family('tdlib');
const keyOf = (n: number) => Uint8Array.from({ length: 256 }, (_, i) => (i * 37 + n) & 255);

/** A record of a key. */
function record(key: Uint8Array, flags = 1, more = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from(authKeyId(key), 'hex'), int(flags), tl(key), more]);
}

/** One address in a list. */
function option(flags: number, dc: number, ip: string, port: number): Buffer {
  return Buffer.concat([int(flags), int(dc), tl(ip), int(port)]);
}

const LOGIN: [string, string | Uint8Array][] = [
  ['auth2', record(keyOf(1))],
  ['auth', 'ok'],
  ['my_id', '5'],
  ['main_dc_id', '2'],
];

/** Settings, those given in place of those of the same name; null takes one away. */
function login(changes: Record<string, string | Uint8Array | null> = {}): BinlogEvent[] {
  const values = Object.entries({ ...Object.fromEntries(LOGIN), ...changes });
  return values.flatMap(([name, value], i) => (value === null ? [] : [setting(i + 1, name, value)]));
}

async function readEvents(events: readonly BinlogEvent[], name = 'td.binlog'): Promise<Snapshot> {
  const { format, snapshots } = await read({ bytes: binlogOf(events), name });
  expect(format).toBe('tdlib-binlog');
  return snapshots[0]!;
}

describe('events', () => {
  test('of a setting that was written again or taken away, the last state counts', async () => {
    const { session } = await readEvents([
      ...login(),
      setting(10, 'auth4', record(keyOf(2))),
      setting(11, 'auth5', record(keyOf(3))),
      setting(1, 'auth2', record(keyOf(4)), REWRITE),
      erased(10),
      // The name is free again, under a new id.
      setting(12, 'auth4', record(keyOf(5))),
      erased(11),
    ]);
    expect(session.dcs.map(({ id, auth }) => [id, auth && [...auth]])).toEqual([
      [2, [...keyOf(4)]],
      [4, [...keyOf(5)]],
    ]);
  });

  test('a change of several events counts when the last of them is there', async () => {
    const events = [...login(), setting(10, 'auth4', record(keyOf(2)), PARTIAL)];
    const unfinished = await readEvents(events);
    expect(unfinished.session.dcs.map(({ id }) => id)).toEqual([2]);
    expect(unfinished.notes.join()).toMatch(/The last 1 events belong to a change that was never finished/);
    const finished = await readEvents([...events, setting(11, 'x', 'y')]);
    expect(finished.session.dcs.map(({ id }) => id)).toEqual([2, 4]);
    expect(finished.notes.join()).not.toMatch(/never finished/);
  });

  test('options and requests are no settings; requests are counted', async () => {
    const snapshot = await readEvents([
      ...login(),
      { ...setting(10, 'my_id', 'I6'), type: OPTION },
      { id: 11, type: 0x100, flags: 0, data: Buffer.from('message.') },
    ]);
    expect(snapshot.session.user!.id).toBe(5);
    expect(snapshot.extra.pmcKeys).toEqual(['auth', 'auth2', 'main_dc_id', 'my_id']);
    expect(snapshot.notes.join()).toMatch(
      /has yet to finish, such as messages to be sent, were left out: 1\./,
    );
  });

  test('events that are about the file itself are passed over', async () => {
    const service = [-1, -2, -4].map((type) => ({ id: 0, type, flags: 0, data: Buffer.alloc(0) }));
    expect((await readEvents([...service, ...login()])).session.user!.id).toBe(5);
  });

  test.each<[string, BinlogEvent[], string]>([
    ['an id a second time', [...login(), setting(4, 'x', 'y')], 'events[4].id'],
    ['an id that goes back', [...login(), setting(9, 'x', 'y'), setting(8, 'x', 'y')], 'events[5].id'],
    ['the erasing of what was erased', [...login(), erased(2), erased(2)], 'events[5].id'],
    ['a change of what was erased', [...login(), erased(2), setting(2, 'x', 'y', REWRITE)], 'events[5].id'],
    ['an unknown service event', [...login(), { ...erased(9), type: -5, flags: 0 }], 'events[4].type'],
    ['encryption in the middle', [...login(), { ...erased(9), type: -3, flags: 0 }], 'events[4].type'],
    ['an unknown flag', [...login(), setting(9, 'x', 'y', 4)], 'events[4].flags'],
    ['an id beyond 2^53', [...login(), setting(2 ** 53, 'x', 'y')], 'events[4].id'],
    ['erasing without an id', [...login(), { ...erased(0), type: EMPTY }], 'events[4].id'],
  ])('%s is refused, where TDLib would stop or cut the file', async (_, events, field) => {
    await failure(() => readEvents(events), 'DAMAGED', field);
  });

  test('an event that is cut off anywhere is left out, anything else behind the end is refused', async () => {
    const name = 'td.binlog';
    const bytes = binlogOf([...login(), setting(9, 'x', 'y')]);
    for (let cut = 1; cut < 40; cut++) {
      const { snapshots } = await read({ bytes: bytes.subarray(0, bytes.length - cut), name });
      expect(snapshots[0]!.session.user!.id).toBe(5);
      expect(snapshots[0]!.notes.join()).toMatch(/last event is cut off/);
    }
    for (const more of [Buffer.alloc(4), Buffer.alloc(64), Buffer.from([33, 0, 0, 0]), Buffer.from('text')]) {
      const longer = new Uint8Array(Buffer.concat([bytes, more]));
      await failure(() => read({ bytes: longer, name }), 'DAMAGED', 'events[5].size');
    }
  });

  test.each([
    ['a length that reaches beyond the event', Buffer.of(200, 1, 2, 3), 'events[4].name'],
    ['a name without a value', tl('abc'), 'events[4].value'],
    ['more behind the value', Buffer.concat([tl('abc'), tl('d'), int(0)]), 'events[4]'],
    ['no name', Buffer.concat([tl(''), tl('d')]), 'events[4].name'],
    ['padding that is not zero', Buffer.concat([Buffer.of(1, 97, 0, 1), tl('d')]), 'events[4].name'],
  ])('a setting with %s is refused', async (_, data, field) => {
    await failure(() => readEvents([...login(), { ...setting(9, 'x', 'y'), data }]), 'INVALID_VALUE', field);
  });
});

describe('who is logged in', () => {
  test('old versions wrote the id of the user behind five characters', async () => {
    expect((await readEvents(login({ my_id: 'user 5000801609' }))).session.user!.id).toBe(5000801609);
  });

  test('without "ok" nobody is, whatever else is there, and what TDLib will do is said', async () => {
    for (const [auth, note] of [
      [null, null],
      ['logout', /told to log out/],
      ['destroy', /told to destroy its keys/],
    ] as const) {
      const { session, loggedIn, notes, authorizedDcs } = await readEvents(login({ auth }));
      expect([session.user, loggedIn, authorizedDcs]).toEqual([null, false, [2]]);
      if (note !== null) expect(notes.join()).toMatch(note);
    }
  });

  test('a key that is not logged in counts for more than "ok": TDLib itself logs out then', async () => {
    const snapshot = await readEvents(login({ auth2: record(keyOf(1), 0) }));
    expect(snapshot).toMatchObject({ loggedIn: false, authorizedDcs: [], session: { user: null } });
    expect(snapshot.notes.join()).toMatch(/key of data centre 2 is not logged in/);
  });

  test('that nothing says who it is, is told apart from nobody', async () => {
    const snapshot = await readEvents(login({ my_id: null }));
    expect(snapshot).toMatchObject({ loggedIn: true, mainDc: 2, session: { user: null } });
    expect(snapshot.notes.join()).toMatch(/does not say who/);
  });

  test('without main_dc_id it is data centre 1, with which TDLib begins', async () => {
    const key = record(keyOf(1));
    const snapshot = await readEvents(login({ main_dc_id: null, auth2: null, auth1: key }));
    expect(snapshot).toMatchObject({ mainDc: 1, session: { user: { id: 5, dc: 1 } } });
    expect(snapshot.notes.join()).toMatch(/no main_dc_id/);
    await failure(() => readEvents(login({ main_dc_id: null })), 'INVALID_VALUE', 'auth1');
  });

  test('keys of all forms are read; one that was removed is none', async () => {
    const times = Buffer.alloc(24);
    const { session, extra } = await readEvents(
      login({
        auth1: record(keyOf(2), 1 | 2),
        auth3: record(keyOf(3), 4 | 8, times),
        auth4: Buffer.concat([Buffer.alloc(8), int(1), tl('')]),
        auth5: '',
      }),
    );
    expect(session.dcs.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(extra.authorized).toEqual({ 1: true, 2: true, 3: false });
  });

  test.each<[Record<string, string | Uint8Array | null>, string]>([
    [{ auth: 'yes' }, 'auth'],
    [{ auth_is_bot: 'false' }, 'auth_is_bot'],
    [{ my_id: '0' }, 'my_id'],
    [{ my_id: '-5' }, 'my_id'],
    [{ my_id: '9007199254740992' }, 'my_id'],
    [{ my_id: 'a user 5' }, 'my_id'],
    [{ main_dc_id: '1001' }, 'main_dc_id'],
    [{ main_dc_id: '02' }, 'main_dc_id'],
    [{ main_dc_id: ' 2' }, 'main_dc_id'],
    [{ auth02: record(keyOf(2)) }, 'auth02.dc'],
    [{ auth1001: record(keyOf(2)) }, 'auth1001.dc'],
    [{ auth4: record(keyOf(2), 16) }, 'auth4.flags'],
    [{ auth4: Buffer.concat([Buffer.alloc(8), int(1), tl(Buffer.alloc(256))]) }, 'auth4.key'],
    [{ auth4: record(keyOf(2), 4, Buffer.alloc(7)) }, 'auth4.createdAt'],
    [{ auth4: record(keyOf(2), 8, Buffer.alloc(8)) }, 'auth4.expiresAt'],
    [{ 'updates.pts': '2147483648' }, 'updates.pts'],
    [{ 'updates.qts': '-1' }, 'updates.qts'],
    [{ 'updates.date': '1e3' }, 'updates.date'],
  ])('%j is refused', async (changes, field) => {
    const { message } = await failure(() => readEvents(login(changes)), 'INVALID_VALUE', field);
    expect(message).not.toMatch(/a user 5|yes|1e3/);
  });
});

describe('addresses', () => {
  const list = (...options: Buffer[]) => Buffer.concat([int(options.length), ...options]);

  test('the first usable one of each kind wins, and the list from the server wins over updates', async () => {
    const { session, mediaDc } = await readEvents(
      login({
        dc_options: list(
          option(2, 2, '149.154.167.151', 443),
          option(4, 2, '10.0.0.1', 443),
          option(8, 2, '10.0.0.2', 443),
          Buffer.concat([option(32, 2, '10.0.0.3', 443), tl('secret')]),
          option(16, 2, '149.154.167.50', 443),
          option(0, 2, '149.154.167.51', 443),
          option(3, 2, '2001:67c:4e8:f002::b', 443),
          option(2, 4, '149.154.165.120', 443),
        ),
        dc_options_update: Buffer.concat([
          int(99),
          list(
            option(0, 2, '10.0.0.4', 80),
            option(1, 2, '2001:67c:4e8:f002::a', 80),
            option(0, 3, '10.0.0.5', 1),
          ),
        ]),
      }),
    );
    expect(session.dcs.map(({ id, ipv4Addr, ipv6Addr }) => [id, ipv4Addr, ipv6Addr])).toEqual([
      [2, '149.154.167.50:443', '2001:67c:4e8:f002::a:80'],
      [3, '10.0.0.5:1', null],
    ]);
    expect(mediaDc).toEqual({
      id: 2,
      ipv4Addr: '149.154.167.151:443',
      ipv6Addr: '2001:67c:4e8:f002::b:443',
      mediaOnly: true,
    });
  });

  test.each([
    [list(option(0, 2, '::1', 443)), 'dc_options.options[0].ip'],
    [list(option(1, 2, '10.0.0.1', 443)), 'dc_options.options[0].ip'],
    [list(option(0, 2, '', 443)), 'dc_options.options[0].ip'],
    [list(option(0, 2, '10.0.0.1', 443), option(0, 2, '10.0.0.1', 0)), 'dc_options.options[1].port'],
    [list(option(0, 0, '10.0.0.1', 443)), 'dc_options.options[0].id'],
    [list(option(0, 1001, '10.0.0.1', 443)), 'dc_options.options[0].id'],
    [list(option(64, 2, '10.0.0.1', 443)), 'dc_options.options[0].flags'],
    [list(option(32, 2, '10.0.0.1', 443)), 'dc_options.options[0].secret'],
    [int(1), 'dc_options.count'],
    [int(-1), 'dc_options.count'],
    [Buffer.concat([int(10_001), Buffer.alloc(16 * 10_001)]), 'dc_options.count'],
    [Buffer.concat([list(), int(0)]), 'dc_options'],
    [Buffer.alloc(3), 'dc_options.count'],
  ])('a list that TDLib does not write is refused (%#)', async (dc_options, field) => {
    await failure(() => readEvents(login({ dc_options })), 'INVALID_VALUE', field);
  });

  test('the test servers are told by the name of the file, or else by the address', async () => {
    const events = login({ dc_options: list(option(0, 2, '149.154.167.40', 443)) });
    expect((await readEvents(events, 'td_test.binlog')).testMode).toBe(true);
    expect((await readEvents(events, 'td.binlog')).testMode).toBe(false);
    expect((await readEvents(events, 'copy.binlog')).testMode).toBe(true);
    expect((await readEvents(login(), 'copy.binlog')).testMode).toBeNull();
    const filled = await readEvents(login(), 'td_test.binlog');
    expect(filled.session.dcs[0]!.ipv4Addr).toBe('149.154.167.40:80');
  });
});

describe('the update state', () => {
  test('begins with pts; what is missing beside it counts as 0', async () => {
    const { session } = await readEvents(login({ 'updates.pts': '12' }));
    expect(session.state).toMatchObject({ pts: 12, qts: 0, date: 0, seq: 0, channels: [] });
    const none = await readEvents(login({ 'updates.qts': '12', 'updates.date': '1720000000' }));
    expect(none.session.state).toBeNull();
  });
});

describe('a folder', () => {
  const production = family.bytes('user-dc2/td.binlog');
  const test_ = family.bytes('test-dc/td_test.binlog');

  test('with both files has two accounts', async () => {
    const files = new Map([
      ['td_test.binlog', test_],
      ['td.binlog', production],
      ['db.sqlite', Uint8Array.of(1)],
    ]);
    const { snapshots } = await read({ files });
    expect(snapshots.map(({ account, testMode, session }) => [account, testMode, session.user!.id])).toEqual([
      [{ index: 0, active: null }, false, 2000001],
      [{ index: 1, active: null }, true, 2000004],
    ]);
    const one = await read({ files }, { account: 1 });
    expect(one.snapshots.map(({ testMode }) => testMode)).toEqual([true]);
    await failure(() => read({ files }, { account: 2 }), 'NOT_FOUND');
  });

  test('with one damaged file still gives the other, and says so', async () => {
    const files = new Map([
      ['td.binlog', family.bytes('err-crc/td.binlog')],
      ['td_test.binlog', test_],
    ]);
    const { snapshots } = await read({ files });
    expect(snapshots.map(({ session }) => session.user!.id)).toEqual([2000004]);
    expect(snapshots[0]!.notes.join()).toMatch(
      /Another binlog in the folder cannot be read: .*td\.binlog.*crc32/,
    );
  });

  test('whose file was being written anew is read as TDLib would, if the old one is gone', async () => {
    const files = new Map([['td.binlog.new', production]]);
    const { snapshots } = await read({ files });
    expect(snapshots[0]!.session.user!.id).toBe(2000001);
    expect(snapshots[0]!.notes.join()).toMatch(/td\.binlog\.new/);
    files.set('td.binlog', family.bytes('user-minimal/td.binlog'));
    expect((await read({ files })).snapshots[0]!.session.user!.id).toBe(5002000000);
  });

  test('without any is refused by name', async () => {
    const files = new Map([['sub/td.binlog', production]]);
    await failure(() => read({ files }, { from: 'tdlib-binlog' }), 'UNKNOWN_FORMAT');
    await failure(() => read({ files }), 'UNKNOWN_FORMAT');
  });
});

describe('keys', () => {
  test('must be bytes; an empty one stands for TDLib’s own, and one for a plain file is not needed', async () => {
    const path = family.path('user-dc2/td.binlog');
    const wrong = { databaseEncryptionKey: 'text' as never };
    await failure(() => read({ path }, wrong), 'INVALID_VALUE', 'options.databaseEncryptionKey');
    const { snapshots } = await read({ path }, { databaseEncryptionKey: new Uint8Array(0) });
    expect(snapshots[0]!.session.user!.id).toBe(2000001);
    const plain = await read(
      { path: family.path('plain/td.binlog') },
      { databaseEncryptionKey: new Uint8Array(5) },
    );
    expect(plain.snapshots[0]!.notes.join()).toMatch(/not encrypted/);
  });

  test('of the wrong kind are told from keys that are missing', async () => {
    const path = family.path('own-key/td.binlog');
    await failure(() => read({ path }), 'NEEDS_SECRET', 'databaseEncryptionKey');
    const databaseEncryptionKey = new TextEncoder().encode('hunter3');
    const { message } = await failure(() => read({ path }, { databaseEncryptionKey }), 'WRONG_SECRET');
    expect(message).not.toMatch(/own key fits/);
  });

  test('an encryption event of another shape is refused', async () => {
    const shape = (flags: number, ...parts: number[]) => ({
      id: 0,
      type: -3,
      flags: 0,
      data: Buffer.concat([int(flags), ...parts.map((size) => tl(Buffer.alloc(size)))]),
    });
    for (const [event, field] of [
      [shape(1, 32, 16, 32), 'events[0].flags'],
      [shape(0, 31, 16, 32), 'events[0].salt'],
      [shape(0, 32, 15, 32), 'events[0].iv'],
      [shape(0, 32, 16, 33), 'events[0].keyHash'],
      [shape(0, 32, 16, 32, 0), 'events[0]'],
    ] as const) {
      await failure(() => readEvents([event]), 'INVALID_VALUE', field);
    }
  });
});
