/** Auth strings of MTKruto: exact in both directions, strict and bounded. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatMtkrutoString,
  type MtkrutoLayout,
  parseMtkrutoString,
  read,
  snapshotOf,
  write,
} from '../../../src/formats/index.ts';
import { decodeRle, encodeRle } from '../../../src/formats/mtkruto/rle.ts';
import { Session } from '../../../src/session.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { testKey } from '../../support/sessions.ts';

const family = new Family('mtkruto');
const auth = testKey('mtkruto');
const user = { id: 5000801609, dc: 2, bot: false };

/** The run-length coding as MTKruto has it, byte by byte. */
function coded(bytes: Uint8Array): Buffer {
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 0) out.push(bytes[i]!);
    else if (out.at(-2) === 0 && out.at(-1)! < 255 && bytes[i - 1] === 0) out[out.length - 1]!++;
    else out.push(0, 1);
  }
  return Buffer.from(out);
}

/** A string of any bytes before they are coded. */
const stringOf = (...parts: Uint8Array[]) => coded(Buffer.concat(parts)).toString('base64url');

/** Bytes of TL as MTKruto writes them. */
function tl(content: Uint8Array): Uint8Array {
  const { length } = content;
  const head = length < 254 ? [length] : [254, length & 255, (length >> 8) & 255, length >> 16];
  return Buffer.concat([Buffer.from(head), content, Buffer.alloc(-(head.length + length) & 3)]);
}

const name = (text: string) => tl(Buffer.from(text));
const tail = (apiId: number, isBot: number, userId: bigint) => {
  const bytes = Buffer.alloc(13);
  bytes.writeInt32LE(apiId);
  bytes[4] = isBot;
  bytes.writeBigInt64LE(userId, 5);
  return bytes;
};

describe('parse and format', () => {
  const anyKey = fc
    // Keys with many zeros, in runs of every length.
    .array(fc.tuple(fc.nat(255), fc.oneof(fc.constant(1), fc.nat(256))), { minLength: 1, maxLength: 40 })
    .map((runs) => {
      const key = new Uint8Array(256).fill(7);
      let at = 0;
      for (const [byte, length] of runs) {
        key.fill(byte % 3 === 0 ? 0 : byte, at, at + length);
        at += length;
      }
      return key;
    })
    .filter((key) => key.some((byte) => byte !== 0));

  test('any account comes back as it was', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(['1', 1], ['2', 2], ['3', 3], ['4', 4], ['5', 5], ['1-test', 1], ['3-test', 3]),
        anyKey,
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        fc.boolean(),
        ([dc, id], key, apiId, userId, bot) => {
          const testMode = String(dc).endsWith('-test');
          const session = new Session({
            dcs: [{ id: Number(id), auth: key }],
            user: { id: userId, dc: Number(id), bot },
          });
          const line = formatMtkrutoString({ session, testMode, apiId });
          expect(line).toBe(stringOf(name(String(dc)), tl(key), tail(apiId, bot ? 1 : 0, BigInt(userId))));
          const again = parseMtkrutoString(line);
          expect(again.session.dcs[0]!.auth).toEqual(session.dcs[0]!.auth);
          expect(again.session.user!.equals(session.user!)).toBe(true);
          expect(again).toMatchObject({ testMode, apiId, mainDc: Number(id), origin: { version: 3 } });
          expect(again.extra.dc).toBe(dc);
        },
      ),
    );
  });

  test.each(
    family.fixtures
      .filter(({ error, file }) => error === undefined && /^(?!key-300).*\.txt$/.test(file))
      .map(({ file, extra }) => [file, extra!.layout as MtkrutoLayout] as const),
  )('what MTKruto wrote is written again to the letter: %s', (file, layout) => {
    const text = family.text(file).trim();
    expect(formatMtkrutoString(parseMtkrutoString(text), layout)).toBe(text);
  });

  test('base64 is read in both alphabets, padded and not', () => {
    const key = Uint8Array.from({ length: 256 }, (_, i) => 255 - (i % 6));
    const line = formatMtkrutoString({ session: new Session({ dcs: [{ id: 2, auth: key }], user }) });
    const standard = Buffer.from(line, 'base64url').toString('base64');
    expect(standard).toMatch(/[+/]/);
    for (const other of [standard, standard.replaceAll('=', ''), `${line}${'='.repeat(-line.length & 3)}`]) {
      expect(parseMtkrutoString(other).session.dcs[0]!.auth).toEqual(
        parseMtkrutoString(line).session.dcs[0]!.auth,
      );
    }
  });

  test.each<[string, string, string]>([
    ['the empty text', '', 'auth string'],
    ['text of a thousand and more characters', 'A'.repeat(1025), 'auth string'],
    ['a line break', `${stringOf(name('2'), tl(auth))}\n`, 'auth string'],
    ['the name -test', stringOf(name('-test'), tl(auth)), 'auth string.dc'],
    ['the name 0', stringOf(name('0'), tl(auth)), 'auth string.dc'],
    ['the name 02', stringOf(name('02'), tl(auth)), 'auth string.dc'],
    ['the name 2-TEST', stringOf(name('2-TEST'), tl(auth)), 'auth string.dc'],
    ['the name 9999999999', stringOf(name('9999999999'), tl(auth)), 'auth string.dc'],
    ['a name that is no UTF-8', stringOf(tl(Buffer.from([0xff])), tl(auth)), 'auth string.dc'],
    ['padding that is not zero', stringOf(Buffer.from([1, 0x32, 0, 9]), tl(auth)), 'auth string.dc'],
    ['a key of 255 bytes', stringOf(name('2'), tl(auth.subarray(1))), 'auth string.auth'],
    [
      'a key of 257 bytes',
      stringOf(name('2'), tl(Buffer.concat([auth, auth.subarray(0, 1)]))),
      'auth string.auth',
    ],
    ['no key', stringOf(name('2'), tl(new Uint8Array())), 'auth string.auth'],
    ['a key of zeros', stringOf(name('2'), tl(new Uint8Array(256))), 'auth string.auth'],
    ['one byte behind the key', stringOf(name('2'), tl(auth), Buffer.from([1])), 'auth string'],
    ['five bytes behind it', stringOf(name('2'), tl(auth), tail(5, 1, 1n).subarray(0, 5)), 'auth string'],
    ['fourteen', stringOf(name('2'), tl(auth), tail(5, 1, 1n), Buffer.from([0])), 'auth string'],
    ['a negative api id', stringOf(name('2'), tl(auth), tail(-1, 0, 1n)), 'auth string.apiId'],
    ['neither bot nor not', stringOf(name('2'), tl(auth), tail(1, 2, 1n)), 'auth string.isBot'],
    ['a negative user id', stringOf(name('2'), tl(auth), tail(1, 0, -1n)), 'auth string.userId'],
    ['a user id of 2^53', stringOf(name('2'), tl(auth), tail(1, 0, 2n ** 53n)), 'auth string.userId'],
    [
      'a user id of 2^53 + 1',
      stringOf(name('2'), tl(auth), tail(1, 0, 2n ** 53n + 1n)),
      'auth string.userId',
    ],
  ])('%s is refused by field, without a part of the string', async (_, line, field) => {
    const error = await failure(() => parseMtkrutoString(line), 'INVALID_VALUE', field);
    if (line.length > 40) expect(error.message).not.toContain(line.slice(20, 30));
  });

  test('a user id of 0 is nobody that is known; MTKruto imports such strings', () => {
    const { session, loggedIn, notes } = parseMtkrutoString(stringOf(name('2'), tl(auth), tail(0, 0, 0n)));
    expect({ user: session.user, loggedIn }).toEqual({ user: null, loggedIn: null });
    expect(notes.join()).toMatch(/who is logged in/);
  });

  test('what a string cannot hold is refused, and why', async () => {
    const format = (
      fields: ConstructorParameters<typeof Session>[0],
      layout?: MtkrutoLayout,
      testMode = false,
    ) => formatMtkrutoString({ session: new Session(fields), testMode }, layout);
    const dcs = [{ id: 2, auth }];
    const error = await failure(() => format({ dcs }), 'CANNOT_HOLD', 'session.user');
    expect(error.message).toMatch(/user.*not known.*layouts 1 and 2/);
    expect(parseMtkrutoString(format({ dcs }, 2)).origin.version).toBe(1);
    expect(parseMtkrutoString(format({ dcs }, 1)).origin.version).toBe(1);
    await failure(() => format({ dcs: [{ id: 2 }], user }), 'CANNOT_HOLD', 'session.dcs');
    await failure(() => format({ dcs: [{ id: 203, auth }] }, 1), 'CANNOT_HOLD', 'session.dcs');
    await failure(() => format({ dcs: [{ id: 4, auth }] }, 1, true), 'CANNOT_HOLD', 'session.dcs');
    await failure(() => format({}), 'CANNOT_HOLD', 'session.dcs');
    await failure(() => format({ dcs, user }, 4 as never), 'INVALID_VALUE', 'auth string.layout');
    const session = new Session({ dcs, user });
    await failure(() => formatMtkrutoString({ session, apiId: 2 ** 31 }), 'INVALID_VALUE', 'snapshot.apiId');
    session.dcs[0]!.auth = new Uint8Array(255);
    await failure(() => formatMtkrutoString({ session }), 'INVALID_VALUE', 'auth string.auth');
  });
});

describe('the run-length coding', () => {
  test('any bytes come back, and are coded as MTKruto codes them', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.nat(1200).map((length) => new Uint8Array(length)),
      fc.array(fc.constantFrom(0, 0, 0, 1), { maxLength: 900 }).map((list) => Uint8Array.from(list)),
    );
    fc.assert(
      fc.property(bytes, (any) => {
        const encoded = encodeRle(any);
        expect(Buffer.from(encoded)).toEqual(coded(any));
        expect(decodeRle('x', encoded, 1200)).toEqual(any);
      }),
    );
  });

  test.each([[[0]], [[1, 2, 0]], [[0, 0]], [[0, 0, 5]], [[0, 5, 0]]])(
    'a zero without the length of its run is refused: %j',
    async (bytes) => {
      await failure(() => decodeRle('x', Uint8Array.from(bytes), 1000), 'INVALID_VALUE', 'x');
    },
  );

  test('a bomb is refused before anything of its size is made', async () => {
    const bomb = Buffer.alloc(64 * 1024 * 1024).fill(Buffer.from([0, 255]));
    const before = process.memoryUsage().arrayBuffers;
    const error = await failure(() => decodeRle('x', bomb, 1024), 'INVALID_VALUE', 'x');
    expect(error.found).toMatch(/^8556380160 bytes/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
    const line = Buffer.alloc(700)
      .fill(Buffer.from([0, 255]))
      .toString('base64url');
    await failure(() => parseMtkrutoString(line), 'INVALID_VALUE', 'auth string');
  });
});

describe('the codec', () => {
  const full = new Session({
    dcs: [
      { id: 2, ipv4Addr: '149.154.167.41:443', ipv6Addr: '2001:67c:4e8:f002::a:443', auth },
      { id: 4, ipv4Addr: '149.154.167.91:443', auth },
    ],
    user: { ...user, bot: true, username: 'alice' },
    state: { pts: 1, qts: 2, date: 3, seq: 4 },
  });

  test('writing says all that is lost, in each layout', async () => {
    const snapshot = snapshotOf(full, { phone: '7999', apiId: 6, takeoutId: 1n, usernames: ['alice', 'b'] });
    const lostIn = async (version?: number) => {
      const { losses } = await write([snapshot], 'mtkruto-string', version === undefined ? {} : { version });
      return losses.map(({ field }) => field).sort();
    };
    const always = [
      'phone',
      'session.dcs[0].ipv4Addr',
      'session.dcs[1]',
      'session.state',
      'takeoutId',
      'usernames',
    ];
    expect(await lostIn()).toEqual([...always, 'session.user.username'].sort());
    expect(await lostIn(2)).toEqual([...always, 'session.user'].sort());
    expect(await lostIn(1)).toEqual([...always, 'session.user', 'apiId'].sort());
    await failure(() => lostIn(4), 'UNSUPPORTED', 'version');
  });

  test('without an application id, MTKruto must be given one; the test servers are told by the address', async () => {
    const session = full.with({ dcs: [{ id: 2, ipv4Addr: '149.154.167.40:80', auth }] });
    const { files, notes } = await write([snapshotOf(session)], 'mtkruto-string');
    expect(notes).toEqual(['The application id is not known: 0 was written. Give MTKruto yours as apiId.']);
    const { snapshots } = await read({ bytes: files.get('')! });
    expect(snapshots[0]).toMatchObject({ testMode: true, apiId: null });
    const unknown = await write([snapshotOf(full.with({ dcs: [{ id: 2, auth }] }))], 'mtkruto-string', {
      version: 1,
    });
    expect(unknown.notes).toEqual([
      'Nothing says whether the session belongs to the test servers: taken for "no".',
      'MTKruto since March 2024 does not read layout 1.',
    ]);
  });

  test('a line break behind the string is not part of it', async () => {
    const line = family.text('prod-user.txt').trim();
    expect((await read({ text: `${line}\r\n` })).format).toBe('mtkruto-string');
  });
});
