/** Files of grammers before 0.8: one object of TL, read to its last byte. */

import { describe, expect, test } from 'vitest';
import { detect, read, write } from '../../../src/formats/index.ts';
import { TlWriter } from '../../../src/formats/tl.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { testKey } from '../../support/sessions.ts';

const NAME = 'grammers-tl';
const family = new Family('grammers');
const auth = testKey(9);
const [SESSION, VECTOR, DC, WS] = [0xa73eb8ce, 0x1cb5c415, 0x756d16b6, 0x72490a88];
const [USER, STATE, CHANNEL] = [0x672f428d, 0xd0cadcc1, 0xc2b0f8cd];

/** The begin of a file, up to its data centres. */
const head = (flags: number, count: number) => new TlWriter().int(SESSION).int(flags).int(VECTOR).int(count);
const readBytes = async (writer: TlWriter) =>
  (await read({ bytes: writer.done() }, { from: NAME })).snapshots[0]!;

describe('reading', () => {
  test('one port serves both addresses, the octets are in the order of the wire', async () => {
    const { session } = (await read({ path: family.path('tl-channels-two-families.bin') })).snapshots[0]!;
    expect(session.dcs[1]).toMatchObject({
      ipv4Addr: '149.154.167.51:443',
      ipv6Addr: '2001:67c:4e8:f002::a:443',
    });
  });

  test('a data centre that is given by a URL has no address: the URL is kept beside, and noted', async () => {
    const { session, extra, notes } = (await read({ path: family.path('tl-websocket.bin') })).snapshots[0]!;
    expect(session.dcs).toMatchObject([{ id: 4, ipv4Addr: null, ipv6Addr: null }]);
    expect(session.dcs[0]!.auth).toHaveLength(256);
    expect(extra.webSockets).toEqual({ 4: 'wss://vesta.web.telegram.org/apiws' });
    expect(notes.join()).toMatch(/URL of a WebSocket/);
  });

  test('channels of the old kind, with ids of 32 bits, are read too', async () => {
    const writer = head(2, 0).int(STATE).int(1).int(2).int(3).int(4).int(VECTOR).int(2);
    writer.int(0xcb8f443f).int(5).int(6).int(CHANNEL).long(7n).int(8);
    const { session, notes } = await readBytes(writer);
    expect(session.state!.channels).toMatchObject([
      { id: 5, pts: 6 },
      { id: 7, pts: 8 },
    ]);
    expect(notes.join()).toMatch(/before December 2021/);
  });

  test('test servers are told by the address', async () => {
    const writer = head(0, 1).int(DC).int(5).int(2).raw(149, 154, 167, 40).int(80).bytes(auth);
    expect((await readBytes(writer)).testMode).toBe(true);
  });

  const dc = (flags = 5, id = 2) => head(0, 1).int(DC).int(flags).int(id).raw(149, 154, 167, 51).int(443);
  const user = (id: bigint, dcId: number) => head(1, 0).int(USER).long(id).int(dcId).bool(false);
  const state = (pts: number) => head(2, 0).int(STATE).int(pts).int(0).int(0).int(0).int(VECTOR);
  test.each<[string, string, TlWriter]>([
    ['an unknown flag of the session', 'session.flags', head(4, 0)],
    ['no list', 'session.dcs', new TlWriter().int(SESSION).int(0).int(SESSION).int(0)],
    ['more data centres than bytes', 'session.dcs', head(0, 9).int(DC)],
    ['an unknown kind of data centre', 'session.dcs[0]', head(0, 1).int(0x2164452d).int(0).int(0).int(0)],
    ['an unknown flag of a data centre', 'session.dcs[0].flags', dc(13).bytes(auth)],
    [
      'an unknown flag of one with a URL',
      'session.dcs[0].flags',
      head(0, 1).int(WS).int(2).int(1).string(''),
    ],
    ['the data centre 0', 'session.dcs[0].id', dc(5, 0).bytes(auth)],
    ['a key cut off', 'session.dcs[0].auth', dc().raw(0xfe, 0, 1, 0, 1)],
    ['a key of no bytes', 'session.dcs[0].auth', dc().bytes(new Uint8Array())],
    ['a key of zeros', 'session.dcs[0].auth', dc().bytes(new Uint8Array(256))],
    ['a key of 257 bytes', 'session.dcs[0].auth', dc().bytes(new Uint8Array(257))],
    [
      'a data centre twice',
      'session.dcs[1].id',
      head(0, 2).int(DC).int(0).int(2).int(443).int(DC).int(0).int(2).int(443),
    ],
    ['the port 0', 'session.dcs[0].port', head(0, 1).int(DC).int(0).int(2).int(0)],
    ['the user 0', 'session.user.id', user(0n, 2)],
    ['a user beyond 2^53', 'session.user.id', user(2n ** 53n, 2)],
    ['a user without a data centre', 'session.user.dc', user(5n, 0)],
    ['a negative pts', 'session.state.pts', state(-1).int(0)],
    ['more channels than bytes', 'session.state.channels', state(1).int(1000)],
    [
      'a channel twice',
      'session.state.channels[1].id',
      state(1).int(2).int(CHANNEL).long(7n).int(8).int(CHANNEL).long(7n).int(8),
    ],
    [
      'a channel beyond 2^53',
      'session.state.channels[0].id',
      state(1)
        .int(1)
        .int(CHANNEL)
        .long(2n ** 53n)
        .int(8),
    ],
  ])('%s is refused by field', async (_, field, writer) => {
    await failure(() => readBytes(writer), 'INVALID_VALUE', field);
  });

  test('every cut of a file is refused', async () => {
    const bytes = family.bytes('tl-channels-two-families.bin');
    for (let length = 1; length < bytes.length; length++) {
      await failure(() => read({ bytes: bytes.slice(0, length) }, { from: NAME }), 'INVALID_VALUE');
    }
  });

  test('it is only known by the begin of a session with its list', async () => {
    for (const bytes of [
      head(0, 0).done().slice(0, 8),
      new TlWriter().int(SESSION).int(0).int(0).int(0).done(),
    ]) {
      expect(await detect({ bytes })).toEqual([]);
    }
    expect(await detect({ bytes: head(0, 0).done() })).toMatchObject([{ format: NAME, version: null }]);
  });
});

test('it is read only, and becomes a file of today', async () => {
  const { snapshots } = await read({ path: family.path('tl-user.bin') });
  await failure(() => write(snapshots, NAME), 'UNSUPPORTED');
  const { files, losses } = await write(snapshots, 'grammers-sqlite');
  expect(losses).toEqual([]);
  const again = (await read({ bytes: files.get('')! })).snapshots[0]!;
  expect(again.session.equals(snapshots[0]!.session)).toBe(true);
});
