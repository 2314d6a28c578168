/** Every file that some Telethon wrote is read exactly; every broken one is refused with the right code. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SessionErrorCode } from '../../../src/errors.ts';
import { detect, read } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { FIXTURES, type Fixture, fixture, fixtures, plain } from '../../support/telethon-fixtures.ts';

/** Reads that the notes leave open, and what we do. */
const CHOICES = {
  // The real library reads and overwrites newer schemas; we do neither.
  'v10-version-11.session': 'NEWER_VERSION',
} as Record<string, SessionErrorCode>;

/** Tolerable faults that we tolerate: then the session is that of the other file. */
const TOLERATED: Record<string, string> = { 'bad-string-newline.txt': 'string-v4.txt' };

/** Codes of broken files: when told which format it is, and when it must be found out. */
const BROKEN: Record<string, [SessionErrorCode, SessionErrorCode?, string?]> = {
  'bad-string-version-2.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT'],
  'bad-string-truncated.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT'],
  'bad-string-no-padding.txt': ['INVALID_VALUE'],
  'bad-string-long.txt': ['INVALID_VALUE'],
  'bad-string-just-1.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT'],
  'bad-string-not-base64.txt': ['INVALID_VALUE'],
  'bad-string-is-json.txt': ['INVALID_VALUE', 'UNKNOWN_FORMAT'],
  'bad-truncated.session': ['DAMAGED'],
  'bad-header-only.session': ['DAMAGED'],
  'bad-not-sqlite.session': ['NOT_SQLITE', 'UNKNOWN_FORMAT'],
  'bad-text.session': ['NOT_SQLITE', 'UNKNOWN_FORMAT'],
  'bad-version-6-in-v10.session': ['BAD_VERSION', 'BAD_VERSION', 'version.version'],
  'bad-version-9.session': ['BAD_VERSION', 'BAD_VERSION', 'version.version'],
  'bad-version-empty.session': ['BAD_VERSION', 'BAD_VERSION', 'version.version'],
  'bad-version-text.session': ['BAD_VERSION', 'BAD_VERSION', 'version.version'],
  'bad-key-255.session': ['INVALID_VALUE', 'INVALID_VALUE', 'datacenter[2].auth'],
  'bad-key-257.session': ['INVALID_VALUE', 'INVALID_VALUE', 'datacenter[2].auth'],
  'bad-key-text.session': ['INVALID_VALUE', 'INVALID_VALUE', 'datacenter[2].auth'],
  'bad-missing-table.session': ['DAMAGED', 'DAMAGED', 'channelstate'],
  'bad-extra-column.session': ['DAMAGED', 'DAMAGED', 'datacenter'],
  'bad-version-7-without-tables.session': ['BAD_VERSION', 'BAD_VERSION', 'version.version'],
  'bad-v7-key-128.session': ['INVALID_VALUE', 'INVALID_VALUE', 'sessions[2].auth_key'],
  'bad-other-sqlite.session': ['FOREIGN_DATABASE'],
};

const good = fixtures.filter(({ error, file }) => error === undefined && !(file in CHOICES));
const broken = fixtures.filter(({ error, file }) => error !== undefined && !(file in TOLERATED));

/** Our name of a format: the fixtures put the schema number behind it. */
function formatOf({ format }: Fixture): string {
  return format === 'other' ? 'telethon-v2-sqlite' : format.replace(/-v\d$/, '');
}

/** What expected.json says, with the own user of newer v1 files, which DESIGN decides to recover. */
function expectedSession({ session, extra, format }: Fixture) {
  const expected = structuredClone(session)!;
  expected.dcs.sort((a, b) => a.id - b.id);
  const channels = expected.state?.channels;
  if (Array.isArray(channels)) channels.sort((a, b) => a.id - b.id);
  if (format.startsWith('telethon-v1') && typeof extra?.selfUserId === 'number') {
    const username = (extra.selfUsername ?? null) as string | null;
    expected.user = { id: extra.selfUserId, dc: expected.dcs[0]!.id, bot: false, username };
  }
  return expected;
}

describe('files that some Telethon wrote', () => {
  test('all of expected.json is tested here', () => {
    expect(good.length + broken.length + Object.keys({ ...CHOICES, ...TOLERATED }).length).toBe(
      fixtures.length,
    );
    expect(Object.keys(BROKEN).sort()).toEqual(broken.map(({ file }) => file).sort());
  });

  test.each(good.map((one) => [one.file, one] as const))('%s is read exactly', async (file, one) => {
    const { format, snapshots } = await read({ path: join(FIXTURES, file) });
    expect(format).toBe(formatOf(one));
    expect(snapshots).toHaveLength(1);
    const session = plain(snapshots[0]!.session);
    const expected = expectedSession(one);
    const channels = session.state?.channels;
    const wanted = expected.state?.channels;
    if (Array.isArray(channels) && wanted !== undefined && !Array.isArray(wanted)) {
      expect(channels).toHaveLength(wanted.count);
      const json = JSON.stringify(channels.map(({ id, pts }) => [id, pts]));
      const objects = JSON.stringify(channels);
      expect([json, objects].map(sha256)).toContain(wanted.sha256OfJson);
      expected.state!.channels = channels;
    }
    expect(session).toEqual(expected);
  });

  test.each(good.filter(({ extra }) => extra !== undefined).map((one) => [one.file, one] as const))(
    '%s gives up everything else that it holds',
    async (file, one) => {
      const { snapshots } = await read({ path: join(FIXTURES, file) });
      const { sessionWithoutWal: _, ...extra } = one.extra!;
      if (one.format === 'telethon-json' && Array.isArray(extra.entities)) {
        // Integers of 64 bits are text in ours.
        extra.entities = extra.entities.map((row) => [
          (row as unknown[])[0],
          String((row as unknown[])[1]),
        ]) as never;
      }
      const ours = snapshots[0]!.extra;
      for (const [key, value] of Object.entries(extra)) {
        expect({ [key]: inOrder(ours[key]) }).toEqual({ [key]: inOrder(value) });
      }
    },
  );

  test.each(good.map((one) => [one.file, one] as const))(
    '%s is detected as one format',
    async (file, one) => {
      const detections = await detect({ path: join(FIXTURES, file) });
      expect(detections.map(({ format }) => format)).toEqual([formatOf(one)]);
    },
  );

  test('a database whose newest data is in the log beside it says so if only its bytes are given', async () => {
    const one = fixtures.find(({ file }) => file === 'v10-wal-uncheckpointed.session')!;
    const { snapshots } = await read({ bytes: fixture(one.file) });
    expect(plain(snapshots[0]!.session)).toEqual(one.extra!.sessionWithoutWal);
    expect(snapshots[0]!.notes.join()).toMatch(/newer data may stand in the -wal file/);
  });

  test.each(Object.entries(CHOICES))('%s is refused: %s', async (file, code) => {
    await failure(() => read({ path: join(FIXTURES, file) }), code);
  });
});

describe('broken files', () => {
  test.each(broken.map((one) => [one.file, one] as const))('%s is refused', async (file, one) => {
    const [forced, found = forced, field] = BROKEN[file]!;
    const path = join(FIXTURES, file);
    const first = await failure(() => read({ path }, { from: formatOf(one) }), forced, field);
    const second = await failure(() => read({ path }), found, field);
    await failure(() => read({ bytes: fixture(file) }, { from: formatOf(one) }), forced, field);
    for (const error of [first, second]) {
      // No part of what could be a key: the content of a string is never repeated.
      const content = Buffer.from(fixture(file)).toString('latin1');
      if (file.endsWith('.txt') && content.length > 20)
        expect(error.message).not.toContain(content.slice(1, 12));
    }
  });

  test.each(Object.entries(TOLERATED))('%s is tolerated: it reads like %s', async (file, same) => {
    const { snapshots } = await read({ path: join(FIXTURES, file) });
    const wanted = await read({ path: join(FIXTURES, same) });
    expect(snapshots[0]!.session.equals(wanted.snapshots[0]!.session)).toBe(true);
    expect(snapshots[0]!.notes).toEqual([]);
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Lists of objects with ids mean sets. */
function inOrder(value: unknown): unknown {
  if (!Array.isArray(value) || typeof value[0]?.id !== 'number') return value;
  return [...value].sort((a, b) => a.id - b.id);
}
