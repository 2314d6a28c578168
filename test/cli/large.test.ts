/** Converting files that are too large to be made in memory. */

import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { read, snapshotOf, write } from '../../src/formats/index.ts';
import type { Peer } from '../../src/peers.ts';
import { tgsession } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { fullSession } from '../support/sessions.ts';

const COUNT = 25_000;
let bytes: Uint8Array;

beforeAll(async () => {
  const peers = Array.from(
    { length: COUNT },
    (_, i): Peer => ({
      kind: 'user',
      id: i + 1,
      accessHash: BigInt(i),
      usernames: i % 2 ? [`user_${i}`] : [],
      phone: null,
      name: null,
      seen: 5,
    }),
  );
  bytes = (await write([snapshotOf(fullSession(), { peers })], 'pyrogram-sqlite')).files.get('')!;
});

function folderWithFile(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'large.session'), bytes, { mode: 0o600 });
  return folder;
}

const TO = ['--to', 'telethon-v2-sqlite'];

describe('tgsession convert of a large file', () => {
  test('puts one whole file in its place, for its owner alone, and leaves nothing beside it', async () => {
    const folder = folderWithFile();
    expect(tgsession(folder, ['convert', 'large.session', ...TO, '-o', 'deep/new.session']).err).toBe('');
    expect(readdirSync(join(folder, 'deep'))).toEqual(['new.session']);
    const path = join(folder, 'deep/new.session');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { session, peers } = (await read({ path })).snapshots[0]!;
    expect(session.user!.id).toBe(fullSession().user!.id);
    expect(peers).toHaveLength(COUNT);
  });

  test('replaces a file only with --force, and is not made at all with --dry-run', async () => {
    const folder = folderWithFile();
    const target = join(folder, 'new.session');
    copyFileSync(join(folder, 'large.session'), target);
    const refused = tgsession(folder, ['convert', 'large.session', ...TO, '-o', 'new.session']);
    expect(refused.code).not.toBe(0);
    expect(refused.err).toMatch(/new\.session exists/);
    expect(readFileSync(target).equals(bytes)).toBe(true);
    expect(
      tgsession(folder, ['convert', 'large.session', ...TO, '-o', 'dry.session', '--dry-run']).code,
    ).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['large.session', 'new.session']);
    expect(tgsession(folder, ['convert', 'large.session', ...TO, '-o', 'new.session', '--force']).code).toBe(
      0,
    );
    expect((await read({ path: target })).format).toBe('telethon-v2-sqlite');
    expect(readdirSync(folder).sort()).toEqual(['large.session', 'new.session']);
  });

  test('goes into formats that are small, or made in memory all the same', async () => {
    const folder = folderWithFile();
    for (const format of ['telethon-string', 'tgsession-string', 'tgsession-json']) {
      const args = ['convert', 'large.session', '--to', format, '-o', `as/${format}`];
      expect(tgsession(folder, args)).toMatchObject({ code: 0, err: '' });
      expect(tgsession(folder, args).err).toMatch(/exists/);
      expect(tgsession(folder, [...args, '--force']).code).toBe(0);
      const { snapshots } = await read({ path: join(folder, 'as', format) });
      expect(snapshots[0]!.peers).toHaveLength(format === 'telethon-string' ? 0 : COUNT);
      expect(statSync(join(folder, 'as', format)).mode & 0o777).toBe(0o600);
    }
    expect(readdirSync(join(folder, 'as'))).toHaveLength(3);
  });

  test('is done for each of a folder', async () => {
    const folder = folderWithFile();
    copyFileSync(join(folder, 'large.session'), join(folder, 'other.session'));
    const { code } = tgsession(folder, ['convert', '.', ...TO, '-o', 'all']);
    expect(code).toBe(0);
    expect(readdirSync(join(folder, 'all')).sort()).toEqual(['large.session', 'other.session']);
    const { peers } = (await read({ path: join(folder, 'all/other.session') })).snapshots[0]!;
    expect(peers).toHaveLength(COUNT);
  });
});
