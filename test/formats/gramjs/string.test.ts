/** Session strings of GramJS: exact in both directions, and never mistaken for Telethon's. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  detect,
  formatGramjsString,
  formatTelethonString,
  parseGramjsString,
  parseTelethonString,
  read,
  snapshotOf,
  write,
} from '../../../src/formats/index.ts';
import { Session } from '../../../src/session.ts';
import * as arbitrary from '../../support/arbitraries.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fuzz, fuzzRuns } from '../../support/mutate.ts';

const family = new Family('gramjs');
const auth = new Uint8Array(256).map((_, i) => (i * 7 + 3) & 255);
const dcId = fc.integer({ min: 1, max: 255 });

/** A string as StringSession.save writes it, whatever it is given. */
function gramjs(id: number, address: string, port: number, key: Uint8Array = auth): string {
  const head = Buffer.alloc(3);
  head[0] = id;
  head.writeUInt16BE(address.length, 1);
  const tail = Buffer.alloc(2);
  tail.writeUInt16BE(port);
  return `1${Buffer.concat([head, Buffer.from(address), tail, key]).toString('base64')}`;
}

const session = (fields: { id?: number; ipv4Addr?: string | null; ipv6Addr?: string | null }) =>
  new Session({ dcs: [{ id: 2, auth, ...fields }] });

describe('parse and format', () => {
  test('any session comes back as it was, with the address as it is written', () => {
    fc.assert(
      fc.property(dcId, arbitrary.ipv4Addr, arbitrary.authKey, (id, ipv4Addr, key) => {
        fc.pre(Number(ipv4Addr.split(':')[1]) <= 32767);
        const any = new Session({ dcs: [{ id, ipv4Addr, auth: key }] });
        const line = formatGramjsString(any);
        expect(line).toBe(gramjs(id, ipv4Addr.split(':')[0]!, Number(ipv4Addr.split(':')[1]), key));
        expect(parseGramjsString(line).equals(any)).toBe(true);
      }),
    );
  });

  test('over IPv6 too, in any notation of more than three characters', () => {
    fc.assert(
      fc.property(dcId, arbitrary.ipv6Addr, (id, ipv6Addr) => {
        const colon = ipv6Addr.lastIndexOf(':');
        fc.pre(Number(ipv6Addr.slice(colon + 1)) <= 32767 && colon > 3);
        const any = new Session({ dcs: [{ id, ipv6Addr, auth }] });
        expect(parseGramjsString(formatGramjsString(any)).equals(any)).toBe(true);
      }),
    );
  });

  test('an address as short as ::1, which GramJS misreads, is written in its long form', () => {
    const line = formatGramjsString(session({ ipv6Addr: '::1:8443' }));
    expect(line.length).not.toBe(353);
    expect(parseGramjsString(line).dcs[0]!.ipv6Addr).toBe('0:0:0:0:0:0:0:1:8443');
  });

  test.each(
    family.fixtures
      .filter(
        ({ format, error, file }) =>
          format === 'gramjs-string' && error === undefined && !/host|352|nopad/.test(file),
      )
      .map(({ file }) => file),
  )('what the real libraries wrote is written again to the letter: %s', (file) => {
    expect(formatGramjsString(parseGramjsString(family.text(file)))).toBe(family.text(file));
  });

  test.each([
    ['the empty text', ''],
    ['another first character', `2${gramjs(2, '1.2.3.4', 443).slice(1)}`],
    ['a line break', `${gramjs(2, '1.2.3.4', 443)}\n`],
    ['half of its padding', gramjs(2, '1.2.3.4', 443).slice(0, -1)],
    ['more than its padding', `${gramjs(2, '1.2.3.4', 443)}=`],
    ['a key of 255 bytes', gramjs(2, '1.2.3.4', 443, auth.subarray(1))],
    ['a key of 257 bytes', gramjs(2, '1.2.3.4', 443, Uint8Array.from([1, ...auth]))],
    ['a key of zeros', gramjs(2, '1.2.3.4', 443, new Uint8Array(256))],
    ['no address', gramjs(2, '', 443)],
    ['an address with a port', gramjs(2, '1.2.3.4:5', 443)],
    ['a broken address', gramjs(2, '1.2.3.400', 443)],
    ['an address with a space', gramjs(2, 'a b.example', 443)],
    ['the data centre 0', gramjs(0, '1.2.3.4', 443)],
    ['the port 0', gramjs(2, '1.2.3.4', 0)],
    ['a very long text', `1${'A'.repeat(4000)}`],
  ])('%s is refused, and the message holds no part of the string', async (_, line) => {
    const error = await failure(() => parseGramjsString(line), 'INVALID_VALUE');
    expect(error.field).toMatch(/^session string/);
    if (line.length > 20) expect(error.message).not.toContain(line.slice(20, 30));
  });

  test('ports are read as unsigned, and said to be misread by GramJS', async () => {
    const line = gramjs(2, '127.0.0.1', 50000);
    expect(parseGramjsString(line).dcs[0]!.ipv4Addr).toBe('127.0.0.1:50000');
    const { snapshots } = await read({ text: line });
    expect(snapshots[0]!.notes).toEqual(['GramJS itself reads the port 50000 as a negative number.']);
  });

  test('what a string cannot hold is refused, a port above 32767 by name', async () => {
    const field = 'session string.port';
    await failure(() => formatGramjsString(session({ ipv4Addr: '1.2.3.4:50000' })), 'CANNOT_HOLD', field);
    await failure(() => formatGramjsString(session({ ipv4Addr: '1.2.3.4:32768' })), 'CANNOT_HOLD', field);
    expect(formatGramjsString(session({ ipv4Addr: '1.2.3.4:32767' }))).toBe(gramjs(2, '1.2.3.4', 32767));
    await failure(() => formatGramjsString(session({ id: 256, ipv4Addr: '1.2.3.4:5' })), 'CANNOT_HOLD');
    await failure(() => formatGramjsString(session({})), 'CANNOT_HOLD', 'session string.address');
    await failure(() => formatGramjsString(new Session()), 'CANNOT_HOLD');
    const keyless = new Session({ dcs: [{ id: 2, ipv4Addr: '1.2.3.4:5' }] });
    await failure(() => formatGramjsString(keyless), 'CANNOT_HOLD', 'session string.auth');
    keyless.dcs[0]!.auth = new Uint8Array(255);
    await failure(() => formatGramjsString(keyless), 'INVALID_VALUE', 'session string.auth');
  });
});

describe('strings of Telethon and GramJS', () => {
  test.each([
    '149.154.167.51',
    '2001:db8::1:22',
    'abc.tgserv.org',
    '91.108.56.130',
    '1.2.3.4',
    'x.y',
    'localhost',
  ])('one of GramJS with the address %s is GramJS’s alone', async (address) => {
    const line = gramjs(2, address, 443);
    expect((await detect({ text: line })).map(({ format }) => format)).toEqual(['gramjs-string']);
    await failure(() => parseTelethonString(line), 'UNKNOWN_FORMAT');
    parseGramjsString(line);
  });

  test('any string of Telethon with an address that a server can have is Telethon’s alone', async () => {
    const ipv6 = fc
      .array(fc.nat(0xffff), { minLength: 8, maxLength: 8 })
      .filter(([first]) => first === 0 || (first! > 100 && first! < 0xff00))
      .map((groups) => `${groups.map((group) => group.toString(16)).join(':')}:443`);
    const ipv4 = arbitrary.ipv4Addr.filter((text) => !text.startsWith('0.'));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          ipv4.map((at) => [at, null]),
          ipv6.map((at) => [null, at]),
        ),
        async ([v4, v6]) => {
          const line = formatTelethonString(session({ ipv4Addr: v4!, ipv6Addr: v6! }));
          expect((await detect({ text: line })).map(({ format }) => format)).toEqual(['telethon-string']);
          await failure(() => parseGramjsString(line), 'UNKNOWN_FORMAT');
        },
      ),
    );
  });

  test('the NAT64 prefix 64:ff9b: begins like a length of 100, and is an address', async () => {
    const line = formatTelethonString(session({ ipv6Addr: '64:ff9b::959a:a733:443' }));
    expect((await read({ text: line })).format).toBe('telethon-string');
  });

  test.each(['my-dc-server01', 'ab'])(
    'the name %s without a dot settles nothing: both are named',
    async (name) => {
      const line = gramjs(2, name, 443);
      const error = await failure(() => read({ text: line }), 'AMBIGUOUS_FORMAT');
      expect(error.message).toMatch(/telethon-string, gramjs-string/);
      const asGramjs = await read({ text: line }, { from: 'gramjs-string' });
      expect(asGramjs.snapshots[0]!.extra.serverAddress).toBe(name);
      expect((await read({ text: line }, { from: 'telethon-string' })).snapshots).toHaveLength(1);
    },
  );
});

describe('the codec', () => {
  test('a line break behind the string is not part of it', async () => {
    const { snapshots } = await read({ text: `${gramjs(2, '149.154.167.51', 443)}\r\n` });
    expect(snapshots[0]!.notes).toEqual([]);
  });

  test('writing says all that is lost, and what was assumed', async () => {
    const full = new Session({
      dcs: [
        { id: 2, auth },
        { id: 4, ipv4Addr: '149.154.167.91:443', auth },
      ],
      user: { id: 5, dc: 2, bot: true, username: 'alice' },
      state: { pts: 1, qts: 2, date: 3, seq: 4 },
    });
    const mediaDc = { id: 2, ipv4Addr: '149.154.167.222:443', ipv6Addr: null, mediaOnly: true };
    const snapshot = snapshotOf(full, { phone: '7999', apiId: 6, takeoutId: 1n, mediaDc });
    const { files, losses, notes } = await write([snapshot], 'gramjs-string');
    expect(losses.map(({ field }) => field).sort()).toEqual(
      ['apiId', 'mediaDc', 'phone', 'session.dcs[1]', 'session.state', 'session.user', 'takeoutId'].sort(),
    );
    expect(notes).toHaveLength(1);
    const again = parseGramjsString(Buffer.from(files.get('')!).toString());
    expect(again.dcs[0]!.ipv4Addr).toBe('149.154.167.51:443');
  });

  test('mutants are read or refused', async () => {
    const inputs = family.fixtures
      .filter(({ format, file }) => format === 'gramjs-string' && !file.startsWith('peer'))
      .map(({ file }) => family.bytes(file));
    const options = { runs: fuzzRuns(3000), seed: 7, limitMs: 1000 };
    const result = await fuzz(inputs, options, async (bytes) => {
      const { snapshots } = await read({ bytes }, { from: 'gramjs-string' });
      expect(snapshots[0]!.session.dcs[0]!.auth).toHaveLength(256);
    });
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
    await fuzz(inputs, options, (bytes) => parseGramjsString(Buffer.from(bytes).toString('latin1')));
    await fuzz(inputs, options, (bytes) => read({ bytes }));
  });
});
