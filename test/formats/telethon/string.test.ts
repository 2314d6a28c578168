/** Session strings of Telethon v1: exact in both directions, and never mistaken for GramJS's. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  detect,
  formatTelethonString,
  parseTelethonString,
  read,
  snapshotOf,
  write,
} from '../../../src/formats/index.ts';
import { Session } from '../../../src/session.ts';
import { failure } from '../../support/errors.ts';
import { fixture } from '../../support/telethon-fixtures.ts';

const text = (file: string) => Buffer.from(fixture(file)).toString('latin1');
const key = fc
  .uint8Array({ minLength: 256, maxLength: 256 })
  .filter((bytes) => bytes.some((byte) => byte !== 0));
const ipv4 = fc.ipV4();
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.flatMap((group) => [group >> 8, group & 255]));
const port = fc.integer({ min: 1, max: 65535 });
const dcId = fc.integer({ min: 1, max: 255 });

/** A GramJS string, as its StringSession.save writes it. */
function gramjs(id: number, address: string, tcpPort: number, auth: Uint8Array): string {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(address.length);
  const portBytes = Buffer.alloc(2);
  portBytes.writeUInt16BE(tcpPort);
  return `1${Buffer.concat([Buffer.of(id), length, Buffer.from(address), portBytes, auth]).toString('base64')}`;
}

describe('parse and format', () => {
  test('any session over IPv4 comes back as it was', () => {
    fc.assert(
      fc.property(dcId, ipv4, port, key, (id, ip, tcpPort, auth) => {
        const session = new Session({ dcs: [{ id, ipv4Addr: `${ip}:${tcpPort}`, auth }] });
        const line = formatTelethonString(session);
        expect(line).toMatch(/^1[\w-]{351}=$/);
        expect(parseTelethonString(line).equals(session)).toBe(true);
      }),
    );
  });

  test('any session over IPv6 comes back with the same address, in its short form', () => {
    fc.assert(
      fc.property(dcId, ipv6, port, key, (id, bytes, tcpPort, auth) => {
        const groups = Array.from({ length: 8 }, (_, i) =>
          Buffer.from(bytes)
            .readUInt16BE(2 * i)
            .toString(16),
        );
        // The URL parser of the runtime knows the short form as well.
        const short = new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
        const session = new Session({ dcs: [{ id, ipv6Addr: `${groups.join(':')}:${tcpPort}`, auth }] });
        fc.pre(!(bytes[0] === 0 && bytes[1] === 14));
        const line = formatTelethonString(session);
        expect(line).toMatch(/^1[\w-]{367}=$/);
        expect(parseTelethonString(line).dcs[0]!.ipv6Addr).toBe(`${short}:${tcpPort}`);
        expect(formatTelethonString(parseTelethonString(line))).toBe(line);
      }),
    );
  });

  test.each(['string-v4.txt', 'string-v6.txt', 'string-debian.txt', 'string-dc203-port-65535.txt'])(
    'what the real Telethon wrote is written again to the letter: %s',
    (file) => {
      expect(formatTelethonString(parseTelethonString(text(file)))).toBe(text(file));
    },
  );

  test.each([
    ['the empty text', ''],
    ['another first character', text('string-v4.txt').replace(/^1/, '2')],
    ['no padding', text('string-v4.txt').slice(0, -1)],
    ['a line break', `${text('string-v4.txt')}\n`],
    ['a space before', ` ${text('string-v4.txt')}`],
    ['bits that no encoder sets', text('string-v4.txt').replace(/.=$/, 'B=')],
    ['a character that is not ASCII', text('string-v4.txt').replace(/.(?=.$)/, 'é')],
    ['a character of a code above 255', text('string-v4.txt').replace(/.(?=.$)/, 'Ā')],
    ['padding inside', `${text('string-v4.txt').slice(0, 100)}====${text('string-v4.txt').slice(104)}`],
    ['only the first character', '1'],
  ])('%s is refused, and the message holds no part of the string', async (_, line) => {
    const error = await failure(() => parseTelethonString(line), 'INVALID_VALUE', 'session string');
    if (line.length > 20) expect(error.message).not.toContain(line.slice(2, 10));
  });

  test('port 0 and data centre 0 are refused', async () => {
    const bytes = (at: number) => {
      const raw = Buffer.from(text('string-v4.txt').slice(1), 'base64url').fill(0, at, at === 0 ? 1 : at + 2);
      return `1${raw.toString('base64url')}=`;
    };
    await failure(() => parseTelethonString(bytes(0)), 'INVALID_VALUE', 'session string.id');
    await failure(() => parseTelethonString(bytes(5)), 'INVALID_VALUE', 'session string.ipv4Addr');
  });

  test('what a string cannot hold is refused', async () => {
    const auth = new Uint8Array(256).fill(1);
    const ipv4Addr = '1.2.3.4:5';
    const formats: [string, Session][] = [
      ['no data centre', new Session()],
      ['no key', new Session({ dcs: [{ id: 2, ipv4Addr }] })],
      ['no address', new Session({ dcs: [{ id: 2, auth }] })],
      ['a number above 255', new Session({ dcs: [{ id: 256, ipv4Addr, auth }] })],
      [
        'two keys, and no word of which',
        new Session({
          dcs: [
            { id: 2, ipv4Addr, auth },
            { id: 4, ipv4Addr, auth },
          ],
        }),
      ],
    ];
    for (const [, session] of formats) await failure(() => formatTelethonString(session), 'CANNOT_HOLD');
    const changed = new Session({ dcs: [{ id: 2, ipv4Addr, auth }] });
    changed.dcs[0]!.auth = new Uint8Array(255);
    await failure(() => formatTelethonString(changed), 'INVALID_VALUE', 'session string.auth');
  });
});

describe('GramJS strings', () => {
  const auth = new Uint8Array(256).map((_, i) => (i * 7 + 3) & 255);
  const addresses = [
    '149.154.167.51',
    '91.108.56.130',
    '149.154.175.100',
    'venus.web.telegram.org',
    '1.2.3.4',
    'x',
  ];

  test.each(addresses)('with the address %s are not taken for Telethon’s', async (address) => {
    const line = gramjs(2, address, 443, auth);
    expect((await detect({ text: line })).map(({ format }) => format)).not.toContain('telethon-string');
    const error = await failure(() => read({ text: line }, { from: 'telethon-string' }), 'UNKNOWN_FORMAT');
    expect(error.message).toMatch(/GramJS/);
  });

  test('Telethon strings whose bytes look like theirs at first are still Telethon’s', () => {
    const session = new Session({ dcs: [{ id: 2, ipv6Addr: '2001:67c:4e8:f002::a:443', auth }] });
    expect(parseTelethonString(formatTelethonString(session)).equals(session)).toBe(true);
  });
});

describe('the codec', () => {
  test('a line break behind the string is not part of it', async () => {
    for (const end of ['\n', '\r\n', '']) {
      const { snapshots } = await read({ bytes: Buffer.from(text('string-v4.txt') + end) });
      expect(snapshots[0]!.notes).toEqual([]);
    }
    await failure(() => read({ text: `${text('string-v4.txt')}\n\n` }), 'UNKNOWN_FORMAT');
  });

  test('writing says all that is lost, and what was assumed', async () => {
    const auth = new Uint8Array(256).fill(1);
    const session = new Session({
      dcs: [
        { id: 2, auth },
        { id: 4, ipv4Addr: '149.154.167.91:443', auth },
      ],
      user: { id: 5, dc: 2, bot: true, username: 'alice' },
      state: { pts: 1, qts: 2, date: 3, seq: 4, channels: [{ id: 1, pts: 1 }] },
    });
    const peers = [
      { kind: 'user', id: 5, accessHash: 1n, usernames: [], phone: null, name: null, seen: null } as const,
    ];
    const snapshot = snapshotOf(session, {
      peers: peers.map((peer) => ({ ...peer, usernames: [] })),
      phone: '7999',
      apiId: 6,
      takeoutId: 1n,
    });
    const { files, losses, notes } = await write([snapshot], 'telethon-string');
    expect(losses.map(({ field }) => field).sort()).toEqual(
      ['apiId', 'peers', 'phone', 'session.dcs[1]', 'session.state', 'session.user', 'takeoutId'].sort(),
    );
    expect(notes).toEqual(['Data centre 2 had no address: its usual one, 149.154.167.51:443, was written.']);
    const again = parseTelethonString(Buffer.from(files.get('')!).toString());
    expect(again.dcs[0]).toMatchObject({ id: 2, ipv4Addr: '149.154.167.51:443' });
  });

  test('test servers are told by their address', async () => {
    const auth = new Uint8Array(256).fill(1);
    const session = new Session({ dcs: [{ id: 2, ipv4Addr: '149.154.167.40:80', auth }] });
    const { snapshots } = await read({ text: formatTelethonString(session) });
    expect(snapshots[0]).toMatchObject({ testMode: true, mainDc: 2 });
    expect(snapshots[0]!.notes).toHaveLength(1);
  });
});
