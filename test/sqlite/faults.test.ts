import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { read } from '../../src/formats/index.ts';
import { SqlError, type SqlErrorKind } from '../../src/sqlite/driver.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { SessionFile } from '../../src/sqlite/session-file.ts';
import { temporaryFolder } from '../support/folder.ts';
import { hookedDriver } from '../support/hooked-driver.ts';
import { sessionOf } from '../support/numbered-session.ts';
import { FILE_OPTIONS } from '../support/session-files.ts';

/** The session stored in a file that nobody has open. */
async function storedIn(path: string) {
  const storage = new SqliteSession(path);
  const session = await storage.load();
  await storage.close();
  return session;
}

describe('a call of SQLite that fails, whichever it is', () => {
  test.each<SqlErrorKind>(['full', 'io', 'read-only', 'busy'])(
    '(%s): the session saved last is whole, and the storage can be used further',
    async (kind) => {
      let calls = Number.POSITIVE_INFINITY;
      for (let failing = 1; failing <= calls; failing++) {
        const path = join(temporaryFolder(), 'a.session');
        const first = new SqliteSession(path);
        await first.save(sessionOf(1));
        await first.close();

        let count = 0;
        const driver = await hookedDriver({
          before() {
            if (++count === failing) throw new SqlError(kind, new Error(`made to fail: ${kind}`));
          },
        });
        const where = `${kind}, call ${failing}`;
        let file: SessionFile | undefined;
        let failures = 0;
        for (let number = 2; number <= 6; number++) {
          try {
            file ??= await SessionFile.take(driver, path, FILE_OPTIONS);
            await file.save(sessionOf(number));
          } catch (error) {
            failures++;
            expect(error, where).toMatchObject({ name: 'SessionError' });
            const stored = (await read({ path })).snapshots[0]!.session;
            expect(stored.equals(sessionOf(number)) || stored.equals(sessionOf(number - 1)), where).toBe(
              true,
            );
          }
        }
        // One call failed, once: at most the save that made it failed too.
        expect(failures, where).toBeLessThanOrEqual(1);
        if (count < failing) calls = count;
        count = failing; // no further call fails
        await file!.save(sessionOf(7));
        file!.release();
        expect((await storedIn(path))?.equals(sessionOf(7)), where).toBe(true);
      }
      expect(calls).toBeGreaterThan(40);
    },
  );
});

test('a call of SQLite that fails while a session file is made leaves no file, and the next save makes it', async () => {
  let calls = Number.POSITIVE_INFINITY;
  for (let failing = 1; failing <= calls; failing++) {
    const folder = temporaryFolder();
    const path = join(folder, 'a.session');
    let count = 0;
    const driver = await hookedDriver({
      before() {
        if (++count === failing) throw new SqlError('full', new Error('made to fail'));
      },
    });
    const file = await SessionFile.take(driver, path, FILE_OPTIONS).catch(() => null);
    if (file !== null) {
      try {
        await file.save(sessionOf(1));
      } catch (error) {
        expect(error, `call ${failing}`).toMatchObject({ name: 'SessionError', code: 'IO' });
        const left = readdirSync(folder).filter((name) => !/-(lock|holder)$/.test(name));
        // After the file has its name, only what comes next can fail: then it is there, and whole.
        if (left.length > 0)
          expect((await read({ path })).snapshots[0]!.session.equals(sessionOf(1))).toBe(true);
      }
      if (count < failing) calls = count;
      count = failing;
      await file.save(sessionOf(2));
      file.release();
      expect((await storedIn(path))?.equals(sessionOf(2)), `call ${failing}`).toBe(true);
      expect(readdirSync(folder), `call ${failing}`).toEqual(['a.session']);
    }
  }
  expect(calls).toBeGreaterThan(15);
});

const HAS_STRACE = spawnSync('strace', ['-V']).status === 0;

describe.skipIf(!HAS_STRACE)('a call of the system that fails, whichever it is (strace)', () => {
  let template: string;
  beforeAll(() => {
    expect(HAS_STRACE).toBe(true);
  });

  // Every n-th call of these, on the session's own files, from opening to closing.
  test.each([
    ['pwrite64', 'ENOSPC'],
    ['pwrite64', 'EIO'],
    ['fsync', 'EIO'],
    ['fdatasync', 'EIO'],
    ['ftruncate', 'EIO'],
    ['unlink', 'EACCES'],
  ])('%s -> %s: an acknowledged save is there, whole, and the next process goes on', async (call, error) => {
    template = temporaryFolder();
    const storage = new SqliteSession(join(template, 'a'));
    await storage.save(sessionOf(1));
    await storage.close();
    const script = join(import.meta.dirname, '../support/faulty-saver.ts');
    let injected = 0;
    for (let nth = 1; nth <= 40; nth++) {
      const folder = join(temporaryFolder(), 'copy');
      mkdirSync(folder);
      cpSync(template, folder, { recursive: true });
      const path = join(folder, 'a.session');
      const trace = ['-f', '-qq', '-o', join(folder, 'trace'), '-e', `trace=${call}`];
      const inject = ['-P', path, ...['-wal', '-shm', '-journal'].flatMap((suffix) => ['-P', path + suffix])];
      const { stdout, status } = spawnSync(
        'strace',
        [
          ...trace,
          ...inject,
          '-e',
          `inject=${call}:error=${error}:when=${nth}`,
          process.execPath,
          script,
          path,
          '2',
        ],
        { encoding: 'utf8' },
      );
      const where = `${call} ${error} no. ${nth}: ${stdout.replaceAll('\n', ' ')}`;
      expect(status, where).toBe(0);
      const lines = stdout.trim().split('\n');
      const acknowledged = lines.filter((line) => /^\d+$/.test(line)).map(Number);
      for (const line of lines) expect(line, where).toMatch(/^(\d+|loaded|closed|IO|LOCKED|DAMAGED)$/);
      const last = acknowledged.at(-1) ?? 1;
      const stranger = (await read({ path })).snapshots[0]!.session;
      const session = (await storedIn(path))!;
      // A save that was not acknowledged may be there, but then it is whole.
      const number = session.state!.pts;
      expect(number, where).toBeGreaterThanOrEqual(last);
      expect(session.equals(sessionOf(number)), where).toBe(true);
      expect(stranger.equals(session), where).toBe(true);
      const wasInjected = existsSync(join(folder, 'trace')) && lines.length < 6 + 0;
      if (acknowledged.length < 4) injected++;
      else if (!wasInjected && nth > 20) break;
    }
    if (call === 'pwrite64') expect(injected).toBeGreaterThan(3);
    expect(readdirSync(template)).toEqual(['a.session']);
  });

  test.each([
    ['link', 'EACCES'],
    ['fsync', 'EIO'],
    ['unlink', 'EACCES'],
    ['pwrite64', 'ENOSPC'],
  ])('%s -> %s while the file is made: it is there whole, or not at all', (call, error) => {
    const script = join(import.meta.dirname, '../support/faulty-saver.ts');
    for (let nth = 1; nth <= 8; nth++) {
      const folder = temporaryFolder();
      const path = join(folder, 'a.session');
      const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${nth}`];
      const command = ['-f', '-qq', '-o', '/dev/null', ...inject, process.execPath, script, path, '1'];
      const { stdout, status } = spawnSync('strace', command, { encoding: 'utf8' });
      const where = `${call} ${error} no. ${nth}: ${stdout.replaceAll('\n', ' ')}`;
      expect(status, where).toBe(0);
      const lines = stdout.trim().split('\n');
      for (const line of lines) expect(line, where).toMatch(/^(\d+|loaded|closed|IO|LOCKED)$/);
      // Four saves; at most one of them met the failing call.
      expect(lines.filter((line) => /^\d+$/.test(line)).length, where).toBeGreaterThanOrEqual(3);
      expect(lines, where).toContain('4');
    }
  });
});
