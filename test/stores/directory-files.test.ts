/** What DirectorySessions makes of files: those of others, damaged ones, notes, names, crashes. */

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loginOf } from '../../src/login.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { checkClaimOptions } from '../../src/stores/checks.ts';
import { claimIn } from '../../src/stores/directory/claim.ts';
import { otherCaseOf } from '../../src/stores/directory/folder.ts';
import { DirectorySessions, type SkippedFile } from '../../src/stores/directory/index.ts';
import { notesFromText, notesToText } from '../../src/stores/notes.ts';
import { sampleSession } from '../../src/testing/index.ts';
import { failure } from '../support/errors.ts';
import { stateOf, temporaryFolder } from '../support/folder.ts';
import { startChild } from '../support/process.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');

async function put(store: DirectorySessions, name: string, seed = 1): Promise<void> {
  const storage = store.session(name);
  await storage.load();
  await storage.save(sampleSession(seed));
  await storage.close();
}

const namesIn = async (store: DirectorySessions) => (await store.list()).map(({ name }) => name);

describe('a list', () => {
  test('leaves out what is no session, says so once, and fails for none of it', async () => {
    const folder = temporaryFolder();
    const skipped: SkippedFile[] = [];
    const store = new DirectorySessions(folder, { onSkipped: (one) => skipped.push(one) });
    await put(store, 'alice');
    const whole = readFileSync(join(folder, 'alice.session'));
    writeFileSync(join(folder, 'cut.session'), whole.subarray(0, 5000));
    writeFileSync(join(folder, 'text.session'), 'not a database, whatever its name may say'.repeat(9));
    writeFileSync(join(folder, 'empty.session'), '');
    writeFileSync(join(folder, 'other.txt'), 'x');
    mkdirSync(join(folder, 'folder.session'));
    copyFileSync(join(FIXTURES, 'telethon/v7-1.37.0-self.session'), join(folder, 'old.session'));
    writeFileSync(join(folder, '-rf.session'), whole);
    expect(await namesIn(store)).toEqual(['alice']);
    const told = skipped.map(({ path, error }) => [path.slice(folder.length + 1), error.code]).sort();
    expect(told).toEqual([
      ['-rf.session', 'INVALID_VALUE'],
      ['cut.session', 'DAMAGED'],
      ['folder.session', 'IO'],
      ['old.session', 'NEEDS_MIGRATION'],
      ['text.session', 'NOT_SQLITE'],
    ]);
    skipped.length = 0;
    expect(await namesIn(store)).toEqual(['alice']);
    expect(skipped.map(({ path }) => path)).toEqual([join(folder, '-rf.session')]);
    await failure(() => store.info('cut'), 'DAMAGED');
    expect(await store.info('empty')).toBeNull();
    expect((await store.claim({ limit: 9 })).map(({ name }) => name)).toEqual(['alice']);
    await failure(() => store.delete('text'), 'NOT_SQLITE');
    expect(existsSync(join(folder, 'text.session'))).toBe(true);
  });

  test('with migrate has the sessions of Telethon v1 too, and hands them out', async () => {
    const folder = temporaryFolder();
    copyFileSync(join(FIXTURES, 'telethon/v7-1.37.0-self.session'), join(folder, 'old.session'));
    const store = new DirectorySessions(folder, { migrate: true });
    expect(await namesIn(store)).toEqual(['old']);
    const [old] = await store.claim();
    expect((await old!.load())?.user?.id).toBe((await store.info('old'))?.user?.id);
    await old!.close();
  });

  test('changes nothing in the folder, not even a time, and works where nothing may be written', async () => {
    const folder = temporaryFolder();
    const store = new DirectorySessions(folder);
    for (const name of ['a', 'b', 'c']) await put(store, name);
    await store.describe('b', { label: 'x' });
    const before = stateOf(folder);
    for (let i = 0; i < 3; i++) expect(await namesIn(store)).toEqual(['a', 'b', 'c']);
    expect((await store.info('b'))?.label).toBe('x');
    expect(stateOf(folder)).toEqual(before);
    chmodSync(folder, 0o500);
    expect(await namesIn(new DirectorySessions(folder))).toEqual(['a', 'b', 'c']);
    chmodSync(folder, 0o700);
  });

  test('of a session that another process holds tells the holder, and after a crash that nobody does', async () => {
    const folder = temporaryFolder();
    const store = new DirectorySessions(folder);
    await put(store, 'alice');
    for (const save of [false, true]) {
      const child = startChild('holder.ts', [join(folder, 'alice'), JSON.stringify({ label: 'bot' })]);
      child.send('load');
      await child.line();
      if (save) {
        child.send('save 5');
        await child.line();
      }
      const [held] = await store.list();
      expect(held?.holder).toMatchObject({ pid: child.process.pid, label: 'bot', expires: null });
      await failure(() => store.session('alice').load(), 'HELD');
      expect(await store.claim()).toEqual([]);
      await store.setStatus('alice', 'suspected', 'while another process holds it');
      await store.setStatus('alice', 'ok');
      await child.kill();
      expect((await store.info('alice'))?.holder).toBeNull();
      const claimed = await store.claim();
      expect(claimed.map(({ name }) => name)).toEqual(['alice']);
      await claimed[0]!.close();
    }
  });

  test('sees what was saved a moment ago, also twice in the same instant', async () => {
    const store = new DirectorySessions(temporaryFolder());
    const alice = store.session('alice');
    for (let seed = 1; seed <= 40; seed++) {
      await alice.save(sampleSession(seed));
      expect((await store.info('alice'))?.user?.id).toBe(sampleSession(seed).user!.id);
    }
    await alice.close();
  });
});

describe('notes', () => {
  test('stand beside the session, for their owner alone, and go with it', async () => {
    const folder = temporaryFolder();
    const store = new DirectorySessions(pathToFileURL(join(folder, 'new/deep')));
    await put(store, 'alice');
    await store.describe('alice', { phone: '12025550123' });
    expect(readdirSync(store.folder)).toEqual(['alice.session', 'alice.session-notes']);
    for (const name of readdirSync(store.folder)) {
      expect(statSync(join(store.folder, name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(store.folder).mode & 0o777).toBe(0o700);
    await store.delete('alice');
    expect(readdirSync(store.folder)).toEqual([]);
  });

  test('that are damaged keep a session from being handed out: it may be dead', async () => {
    const folder = temporaryFolder();
    const warnings: string[] = [];
    const store = new DirectorySessions(folder, { logger: { warn: (text) => warnings.push(text) } });
    await put(store, 'alice');
    for (const text of ['', '{', '[]', 'null', '{"status":"ok"}', '{"status":"gone","tags":[]}']) {
      writeFileSync(join(folder, 'alice.session-notes'), text);
      await failure(() => store.session('alice').load(), 'INVALID_VALUE');
      await failure(() => store.info('alice'), 'INVALID_VALUE');
      expect(await store.claim()).toEqual([]);
      expect(await store.list()).toEqual([]);
    }
    expect(warnings.join()).toContain('alice.session-notes');
  });

  test('of a session whose file is gone are not those of the next one of its name', async () => {
    const folder = temporaryFolder();
    const store = new DirectorySessions(folder);
    await put(store, 'alice');
    await store.setStatus('alice', 'suspected', 'old');
    await new SqliteSession(join(folder, 'alice')).delete();
    expect(existsSync(join(folder, 'alice.session-notes'))).toBe(true);
    await put(store, 'alice', 2);
    expect(await store.info('alice')).toMatchObject({ status: 'ok', reason: null });
  });

  test('are read as they were written, and anything else is INVALID_VALUE', () => {
    const text = fc.string({ minLength: 1, maxLength: 30 }).filter((one) => !one.includes('\0'));
    const notes = fc.record({
      status: fc.constantFrom('ok' as const, 'suspected' as const, 'dead' as const),
      reason: fc.option(text),
      statusSince: fc.option(fc.date({ min: new Date(0), noInvalidDate: true })),
      phone: fc.option(fc.stringMatching(/^\d{1,20}$/)),
      label: fc.option(text),
      tags: fc.uniqueArray(text, { maxLength: 5 }).map((tags) => tags.sort()),
    });
    fc.assert(
      fc.property(notes, (one) => {
        expect(notesFromText('x', notesToText(one))).toEqual(one);
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (one) => {
        try {
          notesFromText('x', one);
        } catch (error) {
          expect((error as { code?: string }).code).toBe('INVALID_VALUE');
        }
      }),
    );
  });
});

describe('what Telegram said of a session', () => {
  test('becomes its status', async () => {
    const store = new DirectorySessions(temporaryFolder());
    await put(store, 'alice');
    const alice = store.session('alice');
    await alice.load();
    const found = { reason: 'SESSION_REVOKED', keyId: '0123456789abcdef', userId: 1, dc: 2, at: new Date(5) };
    await alice.status!.put({ ...found, status: 'revoked' });
    expect(await alice.status!.get()).toEqual({ ...found, status: 'revoked' });
    await alice.close();
    expect(await store.info('alice')).toMatchObject({ status: 'dead', reason: 'SESSION_REVOKED' });
    await failure(() => store.session('alice').load(), 'DEAD');
  });

  test('counts also where it stands in the file alone, as long as it is newer, and of the key that is there', async () => {
    const folder = temporaryFolder();
    const store = new DirectorySessions(folder);
    await put(store, 'alice', 1);
    const file = new SqliteSession(join(folder, 'alice'));
    const keyId = loginOf(sampleSession(1))!.keyId;
    const say = async (status: 'alive' | 'revoked', at: number, of = keyId) => {
      await file.load();
      await file.status.put({
        status,
        reason: status === 'alive' ? null : 'X',
        keyId: of,
        userId: 1,
        dc: 2,
        at: new Date(at),
      });
      await file.close();
    };
    const status = async () => (await store.info('alice'))?.status;
    await say('revoked', Date.now());
    expect(await status()).toBe('dead');
    await failure(() => store.session('alice').load(), 'DEAD');
    expect(await store.claim()).toEqual([]);
    await store.setStatus('alice', 'ok');
    expect(await status()).toBe('ok');
    await (await store.claim())[0]!.close();
    await store.setStatus('alice', 'dead', 'by hand');
    await say('alive', Date.now() - 60_000);
    expect(await status()).toBe('dead');
    await say('alive', Date.now() + 60_000);
    expect(await status()).toBe('ok');
    const alice = store.session('alice');
    expect((await alice.load())?.equals(sampleSession(1))).toBe(true);
    await alice.close();
    // Of another key: it says nothing, and what was said before is gone, so that what was noted counts.
    await say('revoked', Date.now() + 90_000, '0123456789abcdef');
    expect((await store.info('alice'))?.reason).toBe('by hand');
  });
});

describe('a claim', () => {
  test('gives back what is not wanted any more once it is taken', async () => {
    const folder = temporaryFolder();
    const store = new DirectorySessions(folder);
    await put(store, 'alice');
    // Somebody changes the session between the look and the hold.
    const looks = [true, false];
    const claimed = await claimIn(folder, checkClaimOptions(), {
      open: (name) => store.session(name),
      fits: async () => looks.shift()!,
      passedOver: () => expect.unreachable(),
    });
    expect([claimed, looks]).toEqual([[], []]);
    expect((await store.info('alice'))?.holder).toBeNull();
  });
});

describe('on a file system that does not tell upper from lower case', () => {
  // None is at hand here, so the two questions that are asked of it are answered as it would.
  const names = (...written: string[]) => ({
    identity: (path: string) => {
      const found = written.findIndex((name) => path.toLowerCase().endsWith(`/${name.toLowerCase()}`));
      return found < 0 ? null : String(found);
    },
    list: () => written,
  });

  test('a name that means the file of another one is found out', () => {
    expect(otherCaseOf('/f', 'alice', names('Alice.session'))).toBe('Alice');
    expect(otherCaseOf('/f', 'Alice', names('Alice.session'))).toBeNull();
    expect(otherCaseOf('/f', 'bob', names('Alice.session'))).toBeNull();
    expect(otherCaseOf('/f', '12', names('12.session'))).toBeNull();
    expect(otherCaseOf('/f', 'éa', names('ÉA.session'))).toBe('ÉA');
  });
});

describe('a path', () => {
  test('that is none is refused, and a file in its place is an error', async () => {
    for (const bad of ['', 'a\0b', new URL('https://example.org')]) {
      await failure(() => new DirectorySessions(bad), 'INVALID_PATH');
    }
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), 'x');
    await failure(() => new DirectorySessions(join(folder, 'file')).list(), 'IO');
    expect(await new DirectorySessions(join(folder, 'none')).list()).toEqual([]);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
