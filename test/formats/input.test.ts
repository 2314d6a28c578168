/** Whatever a caller gives, in whichever way: the same result, and nothing of it is touched. */

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { detect, read } from '../../src/formats/index.ts';
import { markHeld } from '../../src/sqlite/held-here.ts';
import { failure } from '../support/errors.ts';
import { fixture, fixtures, inFolder, stateOf } from '../support/telethon-fixtures.ts';

describe('ways to give an input', () => {
  test('a path, a URL, a link and bytes are read alike', async () => {
    await inFolder(['v10-full.session', 'string-v4.txt'], async (folder) => {
      for (const file of ['v10-full.session', 'string-v4.txt']) {
        const path = join(folder, file);
        symlinkSync(path, `${path}-link`);
        const results = [
          await read({ path }),
          await read({ path: pathToFileURL(path) }),
          await read({ path: `${path}-link` }),
          await read({ bytes: fixture(file), name: file }),
        ];
        for (const { format, snapshots } of results) {
          expect(format).toBe(results[0]!.format);
          expect(snapshots[0]!.session.equals(results[0]!.snapshots[0]!.session)).toBe(true);
        }
      }
    });
  });

  test('a string is read as text', async () => {
    const text = Buffer.from(fixture('string-v4.txt')).toString();
    expect((await read({ text })).format).toBe('telethon-string');
    expect((await read({ text: '' })).format).toBe('empty');
  });

  test('what is not there, no file, or no source is named', async () => {
    await inFolder([], async (folder) => {
      await failure(() => read({ path: join(folder, 'none') }), 'NOT_FOUND');
      await failure(() => read({ path: folder }), 'UNKNOWN_FORMAT');
      await failure(() => read({ path: '' }), 'INVALID_PATH');
      await failure(() => read({ path: 'a\0b' }), 'INVALID_PATH');
      await failure(() => read({ path: new URL('https://example.org/a') }), 'INVALID_PATH');
      await failure(() => read({ bytes: 'x' as never }), 'INVALID_VALUE');
      await failure(() => read({ text: 5 as never }), 'INVALID_VALUE');
      writeFileSync(join(folder, 'file'), '');
      await failure(() => read({ path: join(folder, 'file', 'in-a-file') }), 'IO');
    });
  });

  test('a pickle is never unpickled', async () => {
    const error = await failure(() => read({ bytes: Uint8Array.of(0x80, 3, 0x63) }), 'UNSUPPORTED');
    expect(error.message).toMatch(/never unpickled/);
  });

  test('an SQLite database of another program is called so, and one without tables is empty', async () => {
    await failure(() => read({ bytes: fixture('bad-other-sqlite.session') }), 'FOREIGN_DATABASE');
    await inFolder([], async (folder) => {
      const db = new DatabaseSync(join(folder, 'x'));
      db.exec('PRAGMA user_version = 1');
      db.close();
      expect((await read({ path: join(folder, 'x') })).format).toBe('empty');
    });
  });

  test('a format that does not fit is refused when it is demanded', async () => {
    const v1 = { bytes: fixture('v7-bare.session') };
    await failure(() => read(v1, { from: 'telethon-v2-sqlite' }), 'UNKNOWN_FORMAT');
    await failure(() => read(v1, { from: 'telethon-alpha-sqlite' }), 'UNKNOWN_FORMAT');
    await failure(() => read(v1, { from: 'empty' }), 'UNKNOWN_FORMAT');
    await failure(() => read(v1, { from: 'telethon-string' }), 'INVALID_VALUE');
    await failure(() => read(v1, { from: 'telethon-json' }), 'INVALID_VALUE');
    await failure(() => read({ text: '' }, { from: 'telethon-v2-sqlite' }), 'NOT_SQLITE');
    await failure(() => read({ text: '' }, { from: 'telethon-json' }), 'INVALID_VALUE');
  });
});

describe('nothing is touched', () => {
  test('by reading or detecting any fixture: no byte, no time, no file more or less', async () => {
    const files = fixtures.flatMap(({ file, companions = [] }) => [file, ...companions]);
    await inFolder(files, async (folder) => {
      const before = stateOf(folder);
      for (const { file } of fixtures) {
        await detect({ path: join(folder, file) });
        await read({ path: join(folder, file) }).catch(() => {});
      }
      expect(stateOf(folder)).toEqual(before);
    });
  });

  test('in a folder that may not be written to', async () => {
    await inFolder(['v10-wal-header.session', 'v10-full.session'], async (folder) => {
      const { chmodSync } = await import('node:fs');
      chmodSync(folder, 0o500);
      try {
        for (const file of ['v10-wal-header.session', 'v10-full.session']) {
          expect((await read({ path: join(folder, file) })).format).toBe('telethon-v2-sqlite');
        }
      } finally {
        chmodSync(folder, 0o700);
      }
    });
  });

  test('a session that this process holds can be read, its newest save included', async () => {
    await inFolder(['v10-full.session'], async (folder) => {
      const path = join(folder, 'v10-full.session');
      const db = new DatabaseSync(path);
      db.exec('PRAGMA journal_mode = WAL; UPDATE state SET seq = 4242; BEGIN IMMEDIATE');
      const unmark = markHeld(path);
      const { snapshots } = await read({ path });
      expect(snapshots[0]!.session.state!.seq).toBe(4242);
      unmark();
      db.close();
    });
  });

  test('a session that another holds is read, its newest save included', async () => {
    await inFolder(['v10-full.session'], async (folder) => {
      const path = join(folder, 'v10-full.session');
      const db = new DatabaseSync(path);
      db.exec('PRAGMA journal_mode = WAL; UPDATE state SET seq = 4242; BEGIN IMMEDIATE');
      const { snapshots } = await read({ path });
      expect(snapshots[0]!.session.state!.seq).toBe(4242);
      db.close();
    });
  });
});

test('a folder of the name is told from a file', async () => {
  await inFolder([], async (folder) => {
    mkdirSync(join(folder, 'alice.session'));
    const error = await failure(() => read({ path: join(folder, 'alice.session') }), 'UNKNOWN_FORMAT');
    expect(error.message).toMatch(/folder/);
  });
});
