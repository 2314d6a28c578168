/** A database is read as SQLite itself would recover it, whatever stands beside it, and nothing is touched. */

import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { SessionError } from '../../src/errors.ts';
import { nodeDriver } from '../../src/sqlite/driver-node.ts';
import { toRollbackFormat } from '../../src/sqlite/header.ts';
import { hasSideFiles, readImage } from '../../src/sqlite/image.ts';
import { rollBack } from '../../src/sqlite/journal.ts';
import { applyWal } from '../../src/sqlite/wal.ts';
import { failure } from '../support/errors.ts';
import { fuzz, fuzzRuns, randomFrom } from '../support/mutate.ts';
import { inFolder, stateOf } from '../support/telethon-fixtures.ts';

const ROWS = 3000;

/** A database with some pages, and a transaction that is still open and has already changed the file. */
function interruptedWriter(folder: string, journalMode: string, pageSize = 4096): string {
  const live = join(folder, 'live.db');
  const db = new DatabaseSync(live);
  db.exec(`PRAGMA page_size = ${pageSize}; PRAGMA cache_size = 4; PRAGMA journal_mode = ${journalMode}`);
  db.exec('PRAGMA wal_autocheckpoint = 0');
  db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, filler BLOB)');
  db.exec(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${ROWS})
    INSERT INTO t SELECT i, 1, randomblob(60) FROM c`);
  db.exec('UPDATE t SET n = 2 WHERE id % 3 = 0');
  // With a cache this small the pages go to the file before the commit, which never comes.
  db.exec('BEGIN; UPDATE t SET n = 3, filler = randomblob(60)');
  db.exec('INSERT INTO t SELECT id + 100000, 3, randomblob(60) FROM t');
  const copy = join(folder, 'copy.db');
  copyFileSync(live, copy);
  for (const suffix of ['-journal', '-wal']) {
    if (statSync(live + suffix, { throwIfNoEntry: false })) copyFileSync(live + suffix, copy + suffix);
  }
  db.exec('ROLLBACK');
  db.close();
  return copy;
}

/** The file after SQLite recovered it, in rollback format. */
function recovered(folder: string, path: string): Uint8Array {
  const copy = join(folder, 'recovered.db');
  for (const suffix of ['', '-journal', '-wal', '-shm']) {
    rmSync(copy + suffix, { force: true });
    if (suffix !== '-shm' && existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
  }
  const db = new DatabaseSync(copy);
  try {
    db.prepare('SELECT count(*) FROM sqlite_master').all();
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // A torn file without its journal is damaged; it is the bytes that count here.
  }
  db.close();
  return toRollbackFormat(new Uint8Array(readFileSync(copy)));
}

function contentOf(image: Uint8Array): unknown {
  const db = nodeDriver.openImage(image);
  try {
    const integrity = db.prepare('PRAGMA integrity_check').all();
    return { integrity, rows: db.prepare('SELECT n, count(*), sum(id) FROM t GROUP BY n').all() };
  } finally {
    db.close();
  }
}

describe('what an interrupted writer left', () => {
  test.each([
    ['DELETE', 4096],
    ['PERSIST', 512],
    ['TRUNCATE', 65536],
    ['WAL', 4096],
    ['WAL', 512],
    ['WAL', 65536],
  ])('a %s database with pages of %i bytes is read as SQLite recovers it', async (mode, pageSize) => {
    await inFolder([], async (folder) => {
      const path = interruptedWriter(folder, mode, pageSize);
      expect(hasSideFiles(path)).toBe(true);
      const before = stateOf(folder);
      const image = readImage(path);
      expect(stateOf(folder)).toEqual(before);
      expect(contentOf(image)).toEqual({
        integrity: [['ok']],
        rows: [
          [1, 2000, 3000000],
          [2, 1000, 1501500],
        ],
      });
      expect(Buffer.compare(image, recovered(folder, path))).toBe(0);
      // The proof that there was something to do: the main file alone says something else.
      expect(Buffer.compare(image, readFileSync(path))).not.toBe(0);
    });
  });

  test('a log cut off at any place gives the last commit before it', async () => {
    await inFolder([], async (folder) => {
      const path = interruptedWriter(folder, 'WAL', 4096);
      const wal = new Uint8Array(readFileSync(`${path}-wal`));
      for (let length = wal.length; length > 0; length = Math.floor(length * 0.8)) {
        truncateSync(`${path}-wal`, length);
        expect(Buffer.compare(readImage(path), recovered(folder, path))).toBe(0);
      }
    });
  });

  test('a journal cut off at any place gives what SQLite makes of it', async () => {
    await inFolder([], async (folder) => {
      const path = interruptedWriter(folder, 'DELETE', 4096);
      const journal = new Uint8Array(readFileSync(`${path}-journal`));
      for (const length of [journal.length - 1, journal.length - 5000, 9000, 4700, 600, 512, 511, 28, 8, 1]) {
        writeFileSync(`${path}-journal`, journal.subarray(0, length));
        expect(Buffer.compare(readImage(path), recovered(folder, path))).toBe(0);
      }
    });
  });

  test('frames of an earlier run behind the newest ones do not count', async () => {
    await inFolder([], async (folder) => {
      const live = join(folder, 'live.db');
      const db = new DatabaseSync(live);
      db.exec(
        'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t(id INTEGER, n INTEGER)',
      );
      for (let i = 0; i < 20; i++) db.exec(`INSERT INTO t VALUES (${i}, 1)`);
      db.exec('PRAGMA wal_checkpoint(RESTART); UPDATE t SET n = 2');
      const path = join(folder, 'copy.db');
      copyFileSync(live, path);
      copyFileSync(`${live}-wal`, `${path}-wal`);
      db.close();
      expect(statSync(`${path}-wal`).size).toBeGreaterThan(10 * 4096);
      expect(contentOf(readImage(path))).toMatchObject({ rows: [[2, 20, 190]] });
      expect(Buffer.compare(readImage(path), recovered(folder, path))).toBe(0);
    });
  });

  test.each(['WAL', 'DELETE'])(
    'a %s database with faults anywhere is recovered as SQLite does it',
    async (mode) => {
      await inFolder([], async (folder) => {
        const path = interruptedWriter(folder, mode, 1024);
        const side = path + (mode === 'WAL' ? '-wal' : '-journal');
        const bytes = new Uint8Array(readFileSync(side));
        const random = randomFrom(7);
        // The first record of a journal follows a header that fills a sector; a log's first frame its header.
        const first = mode === 'WAL' ? 32 : new DataView(bytes.buffer).getUint32(20);
        const length = mode === 'WAL' ? 24 + 1024 : 4 + 1024 + 4;
        const sum = mode === 'WAL' ? 16 : 4 + 1024;
        for (let i = 0; i < 60; i++) {
          const mutant = bytes.slice();
          // Mostly in the headers of frames and records: it is there that something is decided.
          const record = first + length * Math.floor(random() ** 3 * 100);
          const where = random();
          const within = where < 0.5 ? sum : Math.floor(random() ** 3 * length);
          const at = where < 0.2 ? Math.floor(random() * first) : record + within;
          mutant[at]! ^= 1 << Math.floor(random() * 8);
          writeFileSync(side, mutant);
          let ours: Uint8Array;
          try {
            ours = readImage(path);
          } catch (error) {
            // Sizes that no real file has: SQLite believes them.
            expect(error).toMatchObject({ code: 'DAMAGED' });
            continue;
          }
          expect([i, at, Buffer.compare(ours, recovered(folder, path))]).toEqual([i, at, 0]);
        }
      });
    },
  );

  test('a journal whose header is wiped, or that is empty, is not hot', async () => {
    await inFolder([], async (folder) => {
      const path = interruptedWriter(folder, 'DELETE', 4096);
      const main = new Uint8Array(readFileSync(path));
      const journal = new Uint8Array(readFileSync(`${path}-journal`));
      expect(rollBack(main, journal.slice().fill(0, 0, 28))).toBe(main);
      expect(rollBack(main, new Uint8Array(0))).toBe(main);
    });
  });

  test('a journal of a transaction over several databases is refused', async () => {
    await inFolder([], async (folder) => {
      const path = interruptedWriter(folder, 'DELETE', 4096);
      const name = Buffer.from('/tmp/other-mj0123');
      const tail = Buffer.alloc(16);
      tail.writeUInt32BE(name.length, 0);
      tail.writeUInt32BE(
        name.reduce((sum, byte) => sum + byte, 0),
        4,
      );
      Buffer.from('d9d505f920a163d7', 'hex').copy(tail, 8);
      const journal = Buffer.concat([readFileSync(`${path}-journal`), name, tail]);
      writeFileSync(`${path}-journal`, journal);
      const error = await failure(() => readImage(path), 'DAMAGED');
      expect(error.message).toMatch(/several databases/);
    });
  });

  test('a log or journal of another database is refused', async () => {
    await inFolder([], async (folder) => {
      const path = interruptedWriter(folder, 'WAL', 4096);
      const wal = new Uint8Array(readFileSync(`${path}-wal`));
      const main = new Uint8Array(readFileSync(path));
      main.set([0x02, 0x00], 16);
      await failure(() => applyWal(main, wal), 'DAMAGED');
    });
  });
});

describe('a writer at work', () => {
  test.each(['DELETE', 'TRUNCATE', 'PERSIST', 'WAL'])(
    'in %s mode never gives half a transaction',
    async (mode) => {
      await inFolder([], async (folder) => {
        const path = join(folder, 'busy.db');
        const script = `
        const { DatabaseSync } = require('node:sqlite');
        const db = new DatabaseSync(${JSON.stringify(path)});
        db.exec('PRAGMA journal_mode = ${mode}; PRAGMA cache_size = 4; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 20');
        db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, filler BLOB)');
        for (let i = 1; i <= 400; i++) db.exec('INSERT INTO t VALUES (' + i + ', 0, randomblob(200))');
        console.log('ready');
        const pause = new Int32Array(new SharedArrayBuffer(4));
        for (;;) { db.exec('UPDATE t SET n = n + 1'); Atomics.wait(pause, 0, 0, 2); }`;
        const writer = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
        try {
          await new Promise((resolve) => writer.stdout.once('data', resolve));
          let read = 0;
          for (let i = 0; i < 60; i++) {
            await new Promise((resolve) => setTimeout(resolve, 3));
            try {
              const db = nodeDriver.openImage(readImage(path));
              expect(db.prepare('SELECT count(DISTINCT n), count(*) FROM t').all()).toEqual([[1, 400]]);
              db.close();
              read++;
            } catch (error) {
              if (!(error instanceof SessionError) || error.code !== 'LOCKED') throw error;
            }
          }
          expect(read).toBeGreaterThan(10);
        } finally {
          writer.kill('SIGKILL');
        }
      });
    },
  );
});

describe('hostile side files', () => {
  test('a mutated log or journal ends in an image or a typed error, and takes no more memory than the files', async () => {
    for (const mode of ['WAL', 'DELETE']) {
      await inFolder([], async (folder) => {
        const path = interruptedWriter(folder, mode, 512);
        const main = new Uint8Array(readFileSync(path)).slice(0, 20_000);
        const side = new Uint8Array(readFileSync(path + (mode === 'WAL' ? '-wal' : '-journal'))).slice(
          0,
          30_000,
        );
        const apply = mode === 'WAL' ? applyWal : rollBack;
        await fuzz([side], { runs: fuzzRuns(1500), seed: 1, limitMs: 2000 }, (mutant) => {
          const image = apply(main, mutant);
          expect(image.length).toBeLessThanOrEqual(main.length + mutant.length);
        });
      });
    }
  });
});

test('a missing file, and a file too large, are named', async () => {
  await inFolder([], async (folder) => {
    await failure(() => readImage(join(folder, 'none')), 'NOT_FOUND');
    const large = join(folder, 'large');
    writeFileSync(large, '');
    truncateSync(large, 256 * 1024 * 1024 + 1);
    await failure(() => readImage(large), 'INVALID_VALUE');
  });
});
