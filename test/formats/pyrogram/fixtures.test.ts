/** Every file that some member of Pyrogram's family wrote is read exactly; every broken one is refused. */

import { describe, expect, test } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors.ts';
import { detect, read, write } from '../../../src/formats/index.ts';
import { ipv6Bytes } from '../../../src/formats/ip.ts';
import { failure } from '../../support/errors.ts';
import { Family, type FormatFixture } from '../../support/format-fixtures.ts';
import { plain } from '../../support/telethon-fixtures.ts';

const family = new Family('pyrogram');

/** What is compared of a fixture by itself. */
type Extra = FormatFixture['extra'] & { fork?: string; derivedAddress?: { ipv4: string; ipv6: string } };

/** Tolerable faults that we tolerate, as the real library does: then the session is that of the other file. */
const TOLERATED: Record<string, string> = {
  'bad-string-364-padded.txt': 'string-362-pyrogram-2.txt',
  'bad-string-newline.txt': 'string-362-pyrogram-2.txt',
};

/** A key of zeros is none; the rest of the string counts. */
const WITHOUT_KEY = 'bad-string-zero-key.txt';

/** Codes of broken files: when told which format it is, and when it must be found out. */
const BROKEN: Record<string, [SessionErrorCode, (SessionErrorCode | undefined)?, string?]> = {
  'bad-string-truncated.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT', 'session string'],
  'bad-string-361.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT', 'session string'],
  'bad-string-not-base64.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT', 'session string'],
  'bad-string-telethon.txt': ['INVALID_VALUE', undefined, 'session string'],
  'bad-string-key-short.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT', 'session string'],
  // Tolerable: the real library takes 2 for true. No library writes it, so we do not.
  'bad-string-bool-2.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT', 'session string.bot'],
  'bad-truncated.session': ['DAMAGED', 'DAMAGED'],
  'bad-key-255.session': ['INVALID_VALUE', 'INVALID_VALUE', 'sessions.auth_key'],
  'bad-key-text.session': ['INVALID_VALUE', 'INVALID_VALUE', 'sessions.auth_key'],
  'bad-no-sessions-row.session': ['DAMAGED', 'DAMAGED', 'sessions'],
  'bad-no-sessions-table.session': ['DAMAGED', 'DAMAGED', 'sessions'],
  'bad-version-empty.session': ['BAD_VERSION', 'BAD_VERSION', 'version.number'],
  // Tolerable: the real library reads any number as its own. With Pyrogram's tables, nobody writes such a one.
  'bad-version-99.session': ['NEWER_VERSION', 'NEWER_VERSION', 'version.number'],
  'bad-json-no-key.session': ['INVALID_VALUE', 'INVALID_VALUE', 'auth_key'],
  'bad-json-short-key.session': ['INVALID_VALUE', 'INVALID_VALUE', 'auth_key'],
};

const good = family.fixtures.filter(({ error }) => error === undefined);
const broken = family.fixtures.filter(
  ({ error, file }) => error !== undefined && !(file in TOLERATED) && file !== WITHOUT_KEY,
);

/** Our name of a format, its version and fork: the fixtures have all of it in one word. */
function nameOf({ format, extra }: FormatFixture) {
  const [, fork, kind, version] = /^([a-z]+)-([a-z]+)(?:-v?(\d+))?$/.exec(format)!;
  return {
    format: `pyrogram-${kind}`,
    // PyroTGFork counts up at every open, which the name of the fixture passes over.
    version: (extra?.schemaVersion as number | undefined) ?? (version === undefined ? null : Number(version)),
    // Hydrogram's files are Pyrogram's to the letter.
    fork: fork === 'pyrogram' || fork === 'hydrogram' ? undefined : fork,
  };
}

/** IPv6 addresses are the same however they are written. */
const canonical = (address: string | null | undefined) => {
  if (typeof address !== 'string') return address ?? null;
  const colon = address.lastIndexOf(':');
  return `${ipv6Bytes(address.slice(0, colon)).join('.')}:${address.slice(colon + 1)}`;
};

/** What expected.json says, with the usual addresses where none is stored, and the own username (DESIGN section 7). */
function expectedSession({ session, extra }: FormatFixture) {
  const expected = structuredClone(session)!;
  const [dc] = expected.dcs;
  const derived = (extra as Extra | undefined)?.derivedAddress;
  if (derived !== undefined) {
    dc!.ipv4Addr = derived.ipv4;
    dc!.ipv6Addr = derived.ipv6;
  }
  dc!.ipv6Addr = canonical(dc!.ipv6Addr) as string | null;
  const channels = expected.state?.channels;
  if (Array.isArray(channels)) channels.sort((a, b) => a.id - b.id);
  if (expected.user !== null) expected.user.username = (extra?.selfUsername ?? null) as string | null;
  return expected;
}

describe('files that some Pyrogram wrote', () => {
  test('all of expected.json is tested here', () => {
    expect(good.length + broken.length + Object.keys(TOLERATED).length + 1).toBe(family.fixtures.length);
    expect(Object.keys(BROKEN).sort()).toEqual(broken.map(({ file }) => file).sort());
  });

  test.each(good.map((one) => [one.file, one] as const))('%s is read exactly', async (file, one) => {
    const { format, version, snapshots } = await read({ path: family.path(file) });
    const [snapshot] = snapshots;
    expect({ format, version, fork: snapshot!.origin.fork }).toEqual(nameOf(one));
    expect(snapshots).toHaveLength(1);
    const session = plain(snapshot!.session);
    session.dcs[0]!.ipv6Addr = canonical(session.dcs[0]!.ipv6Addr) as string | null;
    const expected = expectedSession(one);
    // The account is among the peers of this file, by the name of alice.
    if (file === 'json-0.12.0-peers.session') expected.user!.username = 'alice';
    expect(session).toEqual(expected);
    expect(snapshot!.mainDc).toBe(expected.dcs[0]!.id);
    if (one.extra?.testMode !== undefined) expect(snapshot!.testMode).toBe(one.extra.testMode);
    expect(snapshot!.apiId).toBe(one.extra?.apiId ?? null);
  });

  test.each(good.map((one) => [one.file, one] as const))(
    '%s gives up everything else that it holds',
    async (file, one) => {
      const { snapshots } = await read({ path: family.path(file) });
      const extra = structuredClone(snapshots[0]!.extra) as Extra;
      const expected = structuredClone(one.extra!) as Extra;
      for (const each of [extra, expected]) {
        if (each.derivedAddress !== undefined)
          each.derivedAddress.ipv6 = canonical(each.derivedAddress.ipv6) as string;
      }
      // Ours are by peer.
      if (Array.isArray(expected.usernames)) {
        expected.usernames.sort(
          (a, b) => (a as { peerId: number }).peerId - (b as { peerId: number }).peerId,
        );
      }
      const fork = nameOf(one).fork;
      expect(extra).toEqual(fork === undefined ? expected : { ...expected, fork });
    },
  );

  test.each(good.map((one) => [one.file, one] as const))('%s says what was assumed', async (file, one) => {
    const { snapshots } = await read({ path: family.path(file) });
    const notes = snapshots[0]!.notes.join('\n');
    const { session, extra } = one;
    expect(/usual ones/.test(notes)).toBe(extra?.derivedAddress !== undefined);
    expect(/test servers/.test(notes)).toBe(extra?.testMode === true && extra.derivedAddress !== undefined);
    const hasKey = session!.dcs[0]!.authSha256 !== null;
    expect(/nobody is logged in/.test(notes)).toBe(!hasKey);
    expect(/does not say whose/.test(notes)).toBe(hasKey && session!.user === null);
    expect(/whether the account is a bot/.test(notes)).toBe(/^json-0\.[48]/.test(file));
  });

  test.each(good.map((one) => [one.file, one] as const))('%s is told from all others', async (file, one) => {
    const detections = await detect({ path: family.path(file) });
    const { format, version } = nameOf(one);
    expect(detections.map((detection) => [detection.format, detection.version])).toEqual([[format, version]]);
    expect(detections[0]!.reason).toMatch(/^It is .*\.$/);
  });

  test('a file whose newest data stand in a -wal file beside it is read with them, or says so', async () => {
    const bytes = family.bytes('v3-hydrogram.session');
    expect([...bytes.subarray(18, 20)]).toEqual([2, 2]);
    const { snapshots } = await read({ bytes });
    expect(snapshots[0]!.notes.join()).toMatch(/-wal/);
    const fromPath = await read({ path: family.path('v3-hydrogram.session') });
    expect(fromPath.snapshots[0]!.notes.join()).not.toMatch(/-wal/);
  });
});

describe('broken files', () => {
  test.each(broken.map(({ file, format }) => [file, format] as const))(
    '%s is refused',
    async (file, format) => {
      const [told, found, field] = BROKEN[file]!;
      const from = format.replace(/-v?\d+$/, '');
      await failure(() => read({ path: family.path(file) }, { from }), told, field);
      if (found !== undefined) await failure(() => read({ path: family.path(file) }), found);
    },
  );

  test('the Telethon string among them is read as what it is', async () => {
    const { format } = await read({ path: family.path('bad-string-telethon.txt') });
    expect(format).toBe('telethon-string');
  });

  test.each(Object.entries(TOLERATED))('%s is read as %s', async (file, as) => {
    const [one, other] = await Promise.all([file, as].map((name) => read({ path: family.path(name) })));
    expect(one!.snapshots[0]!.session.equals(other!.snapshots[0]!.session)).toBe(true);
    expect(one!.snapshots[0]!.extra).toEqual(other!.snapshots[0]!.extra);
  });

  test('a key of zeros is no key, and said to be none', async () => {
    const { snapshots } = await read({ path: family.path(WITHOUT_KEY) });
    const { session, notes } = snapshots[0]!;
    expect(session.dcs).toHaveLength(1);
    expect(session.dcs[0]).toMatchObject({ id: 4, auth: null, ipv4Addr: null });
    expect(session.user!.id).toBe(6544072926);
    expect(notes.join()).toMatch(/no key/);
    await failure(() => write(snapshots, 'pyrogram-string'), 'CANNOT_HOLD');
  });
});
