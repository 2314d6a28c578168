/** Session strings of mtcute: exact in both directions, strict where mtcute is not. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  detect,
  formatMtcuteString,
  type MediaDc,
  parseMtcuteString,
  read,
  type Snapshot,
  snapshotOf,
  write,
} from '../../../src/formats/index.ts';
import { Session } from '../../../src/session.ts';
import * as arbitrary from '../../support/arbitraries.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fuzz, fuzzRuns } from '../../support/mutate.ts';
import { expectRoundTrips } from '../../support/through-format.ts';

const family = new Family('mtcute');
const auth = new Uint8Array(256).map((_, i) => (i * 7 + 3) & 255);
const session = new Session({
  dcs: [{ id: 2, ipv4Addr: '149.154.167.50:443', auth }],
  user: { id: 5000801609, dc: 2, bot: true },
});
const mediaDc: MediaDc = { id: 2, ipv4Addr: '149.154.167.222:443', ipv6Addr: null, mediaOnly: true };

/** The bytes of a string, changed. */
function changed(line: string, change: (bytes: Buffer) => Buffer): string {
  return change(Buffer.from(line, 'base64url')).toString('base64url');
}

const oneAddress = fc.oneof(
  arbitrary.ipv4Addr.map((ipv4Addr) => ({ ipv4Addr, ipv6Addr: null })),
  arbitrary.ipv6Addr.map((ipv6Addr) => ({ ipv4Addr: null, ipv6Addr })),
);
const dcId = fc.integer({ min: 1, max: 255 });
const anyFields = fc
  .record({
    dc: fc
      .tuple(dcId, oneAddress, arbitrary.authKey)
      .map(([id, address, key]) => ({ id, ...address, auth: key })),
    user: fc.option(fc.record({ id: arbitrary.id, bot: fc.boolean() })),
    mediaDc: fc.option(
      fc
        .tuple(dcId, oneAddress, fc.boolean())
        .map(([id, address, mediaOnly]) => ({ id, ...address, mediaOnly })),
    ),
    testMode: fc.boolean(),
  })
  .map(({ dc, user, ...rest }) => ({
    session: new Session({ dcs: [dc], user: user && { ...user, dc: dc.id } }),
    ...rest,
  }));

describe('parse and format', () => {
  test('any session comes back as it was, with its media data centre and test flag', () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        const line = formatMtcuteString(fields);
        expect(line).toMatch(/^[\w-]+$/);
        const again = parseMtcuteString(line);
        expect(again.session.equals(fields.session)).toBe(true);
        expect(again.mediaDc).toEqual(fields.mediaDc);
        expect(again.testMode).toBe(fields.testMode);
        expect(formatMtcuteString(again)).toBe(line);
      }),
    );
  });

  test.each(
    family.fixtures
      .filter(({ file, error }) => /^v3-(?!oldflag)/.test(file) && error === undefined)
      .map(({ file }) => file),
  )('what mtcute wrote is written again to the letter: %s', (file) => {
    expect(formatMtcuteString(parseMtcuteString(family.text(file)))).toBe(family.text(file));
  });

  test.each(['v1-user.txt', 'v1-2021-int32-user.txt', 'v2-test-nouser.txt', 'v3-oldflag-test.txt'])(
    'an older string becomes one of today with the same content: %s',
    (file) => {
      const old = parseMtcuteString(family.text(file));
      const again = parseMtcuteString(formatMtcuteString(old));
      expect(again.session.equals(old.session)).toBe(true);
      expect([again.mediaDc, again.testMode]).toEqual([old.mediaDc, old.testMode]);
    },
  );

  test('a media data centre that the flags of version 2 do not tell of is found, and noted', () => {
    for (const file of ['v2-prod-user.txt', 'v2-test-nouser.txt']) {
      const line = changed(family.text(file), (bytes) => {
        bytes[1]! &= ~4;
        return bytes;
      });
      const [old, broken] = [parseMtcuteString(family.text(file)), parseMtcuteString(line)];
      expect(broken.session.equals(old.session)).toBe(true);
      expect(broken.mediaDc).toEqual(old.mediaDc);
      expect(broken.notes).toHaveLength(1);
    }
  });

  test('padding and the standard alphabet are read too', () => {
    const line = family.text('v3-prod-user.txt');
    const standard = Buffer.from(line, 'base64url').toString('base64');
    expect(parseMtcuteString(standard).session.equals(parseMtcuteString(line).session)).toBe(true);
  });

  const good = () => formatMtcuteString({ session, mediaDc });
  test.each<[string, string | null, (bytes: Buffer) => Buffer]>([
    ['a byte behind the end', '', (bytes) => Buffer.concat([bytes, Buffer.of(0)])],
    ['a key cut off', '.auth', (bytes) => bytes.subarray(0, -1)],
    ['an unknown flag', '.flags', (bytes) => bytes.fill(8, 1, 2)],
    ['version 0', '.version', (bytes) => bytes.fill(0, 0, 1)],
    ['a longer data centre than is used', null, (bytes) => bytes.fill(24, 5, 6)],
    ['an unknown flag of a data centre', '.mainDc.flags', (bytes) => bytes.fill(8, 8, 9)],
    ['the data centre 0', '.mainDc.id', (bytes) => bytes.fill(0, 7, 8)],
    ['a broken address', '.mainDc.serverAddress', (bytes) => bytes.fill('x', 10, 12).fill('.', 12, 15)],
    ['the port 0', '.mainDc.port', (bytes) => bytes.fill(0, 25, 29)],
    ['a media data centre of the test servers alone', '.mediaDc', (bytes) => bytes.fill(6, 32, 33)],
    ['the user 0', '.user.id', (bytes) => bytes.fill(0, 53, 61)],
    ['a user beyond 2^53', '.user.id', (bytes) => bytes.fill(0x7f, 53, 61)],
    ['a Bool that is none', '.user.bot', (bytes) => bytes.fill(1, 61, 65)],
    ['padding that is not zero', '.mainDc.serverAddress', (bytes) => bytes.fill(1, 24, 25)],
    ['a length of TL that is reserved', '.mainDc', (bytes) => bytes.fill(255, 5, 6)],
    ['an absurd length', '.mainDc', (bytes) => bytes.fill(0xfe, 5, 6).fill(0xff, 6, 9)],
    ['a key of zeros', '.auth', (bytes) => bytes.fill(0, bytes.length - 256)],
  ])('%s is refused by field', async (_, field, change) => {
    const error = await failure(() => parseMtcuteString(changed(good(), change)), 'INVALID_VALUE');
    if (field !== null) expect(error.field).toBe(`session string${field}`);
    expect(error.message).not.toContain(good().slice(-20, -10));
  });

  test('what a string cannot hold is refused', async () => {
    const dcs = (fields: object) => ({ session: new Session({ dcs: [{ id: 2, ...fields }] }) });
    await failure(
      () => formatMtcuteString(dcs({ ipv4Addr: '1.2.3.4:5' })),
      'CANNOT_HOLD',
      'session string.auth',
    );
    await failure(() => formatMtcuteString(dcs({ auth })), 'CANNOT_HOLD', 'session string.mainDc');
    const large = dcs({ id: 256, ipv4Addr: '1.2.3.4:5', auth });
    await failure(() => formatMtcuteString(large), 'CANNOT_HOLD', 'session string.mainDc');
    await failure(() => formatMtcuteString({ session: new Session() }), 'CANNOT_HOLD');
    const wrong = { ...mediaDc, ipv4Addr: 'nowhere' };
    await failure(
      () => formatMtcuteString({ session, mediaDc: wrong }),
      'INVALID_VALUE',
      'session string.mediaDc.ipv4Addr',
    );
  });
});

describe('the codec', () => {
  const through = async (snapshot: Snapshot) => {
    const written = await write([snapshot], 'mtcute-string');
    const { snapshots } = await read({ bytes: written.files.get('')! });
    return { ...written, again: snapshots[0]!, lost: written.losses.map(({ field }) => field).sort() };
  };

  test('writing says all that is lost, and what was assumed', async () => {
    const full = session.with({
      dcs: [
        { id: 2, auth },
        { id: 4, ipv4Addr: '149.154.167.91:443', auth },
      ],
      user: { id: 5, dc: 4, bot: true, username: 'alice' },
      state: { pts: 1, qts: 2, date: 3, seq: 4 },
    });
    const both = { ...mediaDc, ipv6Addr: '2001:67c:4e8:f002::b:443' };
    const snapshot = snapshotOf(full, { mainDc: 2, mediaDc: both, phone: '7999', apiId: 6, takeoutId: 1n });
    const { again, lost, notes } = await through(snapshot);
    expect(lost).toEqual(
      [
        'apiId',
        'mediaDc.ipv6Addr',
        'phone',
        'session.dcs[1]',
        'session.state',
        'session.user.dc',
        'session.user.username',
        'takeoutId',
      ].sort(),
    );
    expect(notes).toEqual(['Data centre 2 had no address: its usual one, 149.154.167.51:443, was written.']);
    expect(again.mediaDc).toEqual(mediaDc);
  });

  test('a test flag that nobody knows comes from the address, or is noted', async () => {
    const at = (ipv4Addr: string) => snapshotOf(new Session({ dcs: [{ id: 2, ipv4Addr, auth }] }));
    expect((await through(at('149.154.167.40:80'))).again.testMode).toBe(true);
    expect((await through(at('149.154.167.50:443'))).notes).toEqual([]);
    expect((await through(at('10.0.0.1:443'))).notes.join()).toMatch(/taken for "no"/);
  });

  test('strings of other libraries are not taken for mtcute’s', async () => {
    for (const { file, format } of family.fixtures) {
      if (!file.startsWith('convert-') || format === 'tdata') continue;
      const found = await detect({ path: family.path(file) });
      expect(found.map((one) => one.format)).not.toContain('mtcute-string');
    }
  });

  test('any snapshot comes back, but for exactly what was reported as lost', async () => {
    expect(await expectRoundTrips('mtcute-string', 500)).toBeGreaterThan(50);
  });

  test('mutants are read or refused', async () => {
    const inputs = family.fixtures
      .filter(({ format, file }) => format.startsWith('mtcute-string') && file !== 'err-empty.txt')
      .map(({ file }) => family.bytes(file));
    const options = { runs: fuzzRuns(3000), seed: 11, limitMs: 1000 };
    const result = await fuzz(inputs, options, async (bytes) => {
      const { snapshots } = await read({ bytes }, { from: 'mtcute-string' });
      expect(snapshots[0]!.session.dcs[0]!.auth).toHaveLength(256);
    });
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
    // Damage under the base64 reaches deeper.
    const raw = inputs.map(
      (bytes) => new Uint8Array(Buffer.from(Buffer.from(bytes).toString(), 'base64url')),
    );
    const deep = await fuzz(raw, options, (bytes) =>
      parseMtcuteString(Buffer.from(bytes).toString('base64url')),
    );
    expect(deep.read).toBeGreaterThan(0);
    await fuzz(inputs, options, (bytes) => read({ bytes }));
  });
});
