/** The parts of the files that no fixture shows: each is read, or refused by field. */

import { describe, expect, test } from 'vitest';
import { authKeyId } from '../../../src/auth-key.ts';
import { read } from '../../../src/formats/index.ts';
import { TlWriter } from '../../../src/formats/tl.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';

const family = new Family('android');
const TGNET = 'files/tgnet.dat';
const XML = 'shared_prefs/userconfing.xml';
const good = family.bytes(`user-v13/${TGNET}`);
const utf8 = (text: string) => new TextEncoder().encode(text);

async function withFiles(tgnet: Uint8Array, xml: string | Uint8Array | null) {
  const files = new Map([[TGNET, tgnet]]);
  if (xml !== null) files.set(XML, typeof xml === 'string' ? utf8(xml) : xml);
  return (await read({ files })).snapshots[0]!;
}
const withXml = (xml: string | Uint8Array) => withFiles(good, xml);
const mapOf = (content: string) => `<?xml version="1.0" encoding="UTF-8"?><map>${content}</map>`;
const userXml = (user: Uint8Array) =>
  mapOf(`<string name="user">${Buffer.from(user).toString('base64')}</string>`);
const USER = 'eku80wEJPQAAAAAA';

describe('users of all layers', () => {
  const INT = [0x22e49072, 0xd10d979a, 0x2e13f4c3, 0x938458c1];
  const LONG = [0x3ff6ecb0, 0x5d99adee];
  const FLAGS2 = [
    0x8f97c628, 0xabb5f120, 0xeb602f25, 0x215c4438, 0x4fe9cce0, 0x83314fca, 0x4b46c37e, 0x020b1422,
    0x31774388, 0xb1b8cc83,
  ];

  /** All fields up to the phone number, and something behind that no reader needs. */
  function userOf(id: number, flags = 0b11111, flags2: number | null = null): Uint8Array {
    const writer = new TlWriter().int(id).int(flags);
    if (flags2 !== null) writer.int(flags2);
    if (INT.includes(id)) writer.int(4000001);
    else writer.long(4000001n);
    if (flags & 1) writer.long(-5n);
    const texts = ['Ann', 'Other', 'ann_other', '15550001'];
    texts.forEach((text, i) => {
      if (flags & (2 << i)) writer.string(text);
    });
    return writer.int(0x12345678).done();
  }
  const everyUser = (flags: number): [string, Uint8Array][] => [
    ...[...INT, ...LONG].map((id) => [id.toString(16), userOf(id, flags)] as [string, Uint8Array]),
    ...FLAGS2.map((id) => [id.toString(16), userOf(id, flags, 0)] as [string, Uint8Array]),
  ];

  test.each(everyUser(0b11111))('user#%s with all fields', async (_, user) => {
    const { session, phone, peers, botKnown } = await withXml(userXml(user));
    expect({ ...session.user }).toEqual({ id: 4000001, dc: 2, bot: false, username: 'ann_other' });
    expect([phone, botKnown]).toEqual(['15550001', true]);
    expect(peers).toMatchObject([{ accessHash: -5n, name: 'Ann Other', usernames: ['ann_other'] }]);
  });

  test.each(everyUser(1 << 14))('user#%s of a bot with nothing else', async (_, user) => {
    const { session, phone, peers } = await withXml(userXml(user));
    expect({ ...session.user }).toEqual({ id: 4000001, dc: 2, bot: true, username: null });
    expect([phone, peers.length]).toEqual([null, 0]);
  });

  test('user#200250ba, of which only the id of 32 bits is stored', async () => {
    const user = new TlWriter().int(0x200250ba).int(4000001);
    const { session, botKnown } = await withXml(userXml(user.done()));
    expect([session.user!.id, botKnown]).toEqual([4000001, false]);
    await failure(() => withXml(userXml(user.int(0).done())), 'INVALID_VALUE', `${XML}.user`);
    const negative = new TlWriter().int(0x200250ba).int(-1);
    await failure(() => withXml(userXml(negative.done())), 'INVALID_VALUE', `${XML}.user.id`);
  });

  test('a list of usernames that was not read is noted; a partial user is said to be one', async () => {
    const { notes } = await withXml(userXml(userOf(0xb1b8cc83, 0, 1)));
    expect(notes.join()).toMatch(/a list of usernames, which was not read/);
    const { peers } = await withXml(userXml(userOf(0xb1b8cc83, 0b11111 | (1 << 20), 0)));
    expect(peers).toMatchObject([{ min: true }]);
  });

  test('one name alone, empty texts, and a phone number that is none', async () => {
    const user = (flags: number, ...texts: string[]) => {
      const writer = new TlWriter().int(0x3ff6ecb0).int(flags).long(7n);
      for (const text of texts) writer.string(text);
      return userXml(writer.done());
    };
    expect((await withXml(user(4, 'Other'))).peers).toMatchObject([{ name: 'Other', accessHash: null }]);
    expect((await withXml(user(6, 'Ann', ''))).peers).toMatchObject([{ name: 'Ann' }]);
    const { session, phone } = await withXml(user(0b11000, '', ''));
    expect([session.user!.username, phone]).toEqual([null, null]);
    await failure(() => withXml(user(16, '+7 999')), 'INVALID_VALUE', `${XML}.user.phone`);
    await failure(() => withXml(user(8, 'x'.repeat(257))), 'INVALID_VALUE', `${XML}.user.username`);
    await failure(() => withXml(user(8)), 'INVALID_VALUE', `${XML}.user.username`);
  });
});

describe('XML', () => {
  const ok = `<string name="user">${USER}</string>`;

  test.each<[string, string]>([
    [
      'as Android writes it',
      `<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<map>\n    ${ok}\n</map>\n`,
    ],
    [
      'as lxml writes it',
      `<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<map>\n  ${ok}\n</map>\n`,
    ],
    ['without a declaration', `<map>${ok}</map>`],
    [
      'with a line break in the middle',
      mapOf(`<string name="user">eku8&#10;0wEJ\nPQAA&#xA;AAAA&#10;</string>`),
    ],
    ['with a letter as a reference', mapOf(`<string name="&#117;s&#x65;r">eku&#x38;0wEJPQAAAAAA</string>`)],
    ['with quotes of the other kind', mapOf(`<string name='user'  >${USER}</string >`)],
    ['with many elements', mapOf(`<set name="s">${'<a/>'.repeat(9_900)}</set>${ok}`)],
    [
      'with other preferences',
      mapOf(`<null name="n"/><set name="s"><string>&lt;&gt;&amp;&quot;&apos;</string></set>${ok}`),
    ],
  ])('%s', async (_, xml) => {
    expect((await withXml(xml)).session.user!.id).toBe(4000001);
  });

  test('an empty map is what Android writes where there is nothing', async () => {
    const xml = "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<map />\n";
    expect((await withXml(xml)).loggedIn).toBe(false);
  });

  const deep = (levels: number) => `${'<a>'.repeat(levels)}${'</a>'.repeat(levels)}`;
  test.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['a DOCTYPE', `<!DOCTYPE map><map>${ok}</map>`],
    ['an entity of its own', mapOf(`<string name="user">&user;</string>`)],
    ['an ampersand alone', mapOf(`<string name="user">a & b</string>`)],
    ['an ampersand at the end', mapOf(`<string name="user">a&</string>`)],
    ['a reference to no character', mapOf(`<string name="user">&#0;</string>`)],
    ['a reference to half a character', mapOf(`<string name="user">&#xD800;</string>`)],
    ['a reference beyond all characters', mapOf(`<string name="user">&#x110000;</string>`)],
    ['a comment', mapOf(`<!-- -->${ok}`)],
    ['CDATA', mapOf(`<string name="user"><![CDATA[${USER}]]></string>`)],
    ['another instruction', mapOf(`<?php ?>${ok}`)],
    ['a declaration that comes late', ` ${mapOf(ok)}`],
    ['another encoding', mapOf(ok).replace('UTF-8', 'UTF-7')],
    ['tags that do not match', mapOf(`<string name="user">${USER}</strinG>`)],
    ['a tag that does not end', `<map>${ok}`],
    ['something behind the end', `${mapOf(ok)}<map/>`],
    ['an attribute twice', mapOf(`<string name="user" name="user">${USER}</string>`)],
    ['an attribute without quotes', mapOf(`<string name=user>${USER}</string>`)],
    ['a control character', mapOf(`${ok}\u0001`)],
    ['bytes that are not UTF-8', Uint8Array.of(...utf8(mapOf(ok)), 0xff)],
    ['too many levels', mapOf(deep(17))],
    ['too many elements', mapOf(`<set name="s">${'<a/>'.repeat(10_000)}</set>`)],
    ['another element around', `<maps>${ok}</maps>`],
    ['a preference without a name', mapOf('<int value="1" />')],
    ['a preference twice', mapOf(ok + ok)],
    ['more than 256 KiB', mapOf(' '.repeat(256 * 1024))],
  ])('%s is refused', async (_, xml) => {
    const { message } = await failure(() => withXml(xml), 'INVALID_VALUE', XML);
    expect(message).not.toContain(USER);
  });

  test.each([
    ['a user that is no string', 'user', '<int name="user" value="1" />'],
    ['a user with elements in it', 'user', `<string name="user">${USER}<a/></string>`],
    ['an account that is no number', 'selectedAccount', '<int name="selectedAccount" value="x" />'],
    ['an account below 0', 'selectedAccount', '<int name="selectedAccount" value="-1" />'],
    ['an account of another type', 'selectedAccount', '<long name="selectedAccount" value="1" />'],
  ])('%s is refused', async (_, field, content) => {
    await failure(() => withXml(mapOf(content)), 'INVALID_VALUE', `${XML}.${field}`);
  });

  test('a password among the preferences stays where it is', async () => {
    const snapshot = await withXml(mapOf(`<string name="tmpPassword">hunter2</string>${ok}`));
    expect(JSON.stringify({ ...snapshot, peers: [] })).not.toContain('hunter2');
  });
});

describe('tgnet.dat', () => {
  /** The file with bytes changed at an offset. */
  const changed = (at: number, ...bytes: number[]) => {
    const copy = good.slice();
    copy.set(bytes, at);
    return copy;
  };
  /** Offsets in user-v13: the head has 60 bytes and the count, its first data centre begins there. */
  const COUNT = 60;
  const DC = COUNT + 4;

  test.each<[string, string, Uint8Array]>([
    ['version 0', 'version', changed(4, 0)],
    ['a Bool that is none', 'clientBlocked', changed(12, 0)],
    ['the data centre 0', 'currentDatacenterId', changed(28, 0)],
    ['a data centre id of 32 bits', 'datacenters[0].id', changed(DC + 4, 2, 0, 0, 0x80)],
    ['more data centres than there are', 'datacenters[3].version', changed(COUNT, 4)],
    [
      'an absurd count of addresses',
      'datacenters[0].addressesIpv4',
      changed(DC + 16, 0xff, 0xff, 0xff, 0x7f),
    ],
    ['an address that is none', 'datacenters[0].addressesIpv4[0].address', changed(DC + 21, 0x78)],
    ['the port 0', 'datacenters[0].addressesIpv4[0].port', changed(DC + 36, 0, 0)],
    ['a port of 17 bits', 'datacenters[0].addressesIpv4[0].port', changed(DC + 38, 1)],
  ])('%s is refused by field', async (_, field, tgnet) => {
    const code = field === 'version' ? 'BAD_VERSION' : 'INVALID_VALUE';
    await failure(() => withFiles(tgnet, null), code, `${TGNET}.${field}`);
  });
});

describe('addresses', () => {
  type Address = [ip: string, flags: number, secret: Uint8Array | string];

  /** A file with one data centre, of a version, that has these addresses and, in the second list, those. */
  async function withAddresses(version: number, first: Address[], second: Address[] = []) {
    const writer = new TlWriter().int(0).int(1).bool(false).bool(true).int(2).int(0).int(0).long(0n).int(0);
    writer.int(1).int(version).int(2).int(0);
    if (version >= 10) writer.int(0);
    for (const list of version >= 5 ? [first, second, [], []] : [first]) {
      writer.int(list.length);
      for (const [ip, flags, secret] of list) {
        writer.string(ip).int(443);
        if (version >= 7) writer.int(flags);
        if (version >= 9) writer.bytes(typeof secret === 'string' ? utf8(secret) : secret);
      }
    }
    if (version >= 6) writer.bool(false);
    const id = Buffer.from(authKeyId(auth), 'hex');
    writer
      .int(auth.length)
      .raw(...auth)
      .raw(...id);
    if (version >= 8) writer.int(0).long(0n);
    if (version >= 12) writer.int(0).long(0n);
    writer.int(0).int(0);
    if (version >= 13) writer.int(0);
    const tgnet = writer.done();
    new DataView(tgnet.buffer).setUint32(0, tgnet.length - 4, true);
    const { session, extra } = await withFiles(tgnet, null);
    const { ipv4Addr, ipv6Addr } = session.dcs[0]!;
    return { ipv4Addr, ipv6Addr, others: (extra.otherAddresses as { 2?: string[] })[2] ?? [] };
  }
  const auth = new Uint8Array(256).fill(7);
  const RAW = Uint8Array.of(0xc8, 0xc9, 0xff);

  test('one with a secret is not taken, in hexadecimal digits or as it is', async () => {
    for (const [version, secret] of [
      [9, 'c8C9'],
      [10, 'c8c9'],
      [11, RAW],
      [11, 'xyz'],
      [13, RAW],
    ] as const) {
      expect(
        await withAddresses(version, [
          ['1.2.3.4', 0, secret],
          ['5.6.7.8', 16, ''],
        ]),
      ).toEqual({ ipv4Addr: '5.6.7.8:443', ipv6Addr: null, others: ['1.2.3.4:443'] });
    }
    for (const [version, secret] of [
      [9, 'c8c'],
      [9, 'xyzw'],
      [10, RAW],
      [10, 'xyzw'],
    ] as const) {
      const field = `${TGNET}.datacenters[0].addressesIpv4[0].secret`;
      await failure(() => withAddresses(version, [['1.2.3.4', 0, secret]]), 'INVALID_VALUE', field);
    }
  });

  test('one for the obfuscated way alone is not taken; the text tells the family', async () => {
    const found = await withAddresses(
      13,
      [
        ['1.2.3.4', 4, ''],
        ['2001:db8::1', 0, ''],
        ['5.6.7.8', 0, ''],
      ],
      [['2001:db8::2', 1, '']],
    );
    expect(found).toEqual({
      ipv4Addr: '5.6.7.8:443',
      ipv6Addr: '2001:db8::1:443',
      others: ['1.2.3.4:443', '2001:db8::2:443'],
    });
  });

  test('the main data centre without one gets its usual ones', async () => {
    for (const version of [4, 6, 13]) {
      expect((await withAddresses(version, [])).ipv4Addr).toBe('149.154.167.51:443');
    }
  });
});
