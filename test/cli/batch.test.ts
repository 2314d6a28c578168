/** Converting all sessions in a folder. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { read } from '../../src/formats/index.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { COMMAND, tgsession } from '../support/cli.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { stateOf, temporaryFolder } from '../support/folder.ts';
import { Family } from '../support/format-fixtures.ts';
import { keysOfTests, printedKeys } from '../support/printed-keys.ts';
import { startChild } from '../support/process.ts';
import { fullSession } from '../support/sessions.ts';

const gramjs = new Family('gramjs');
const TO_TEXT = ['convert', 'in', '--to', 'telethon-string', '-o', 'out'];

/** A folder with a folder `in` in it. */
function folderWith(files: Record<string, string>): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'in'));
  for (const [name, fixture] of Object.entries(files)) {
    mkdirSync(join(folder, 'in', name, '..'), { recursive: true });
    copyFileSync(join(FIXTURES, fixture), join(folder, 'in', name));
  }
  return folder;
}

/** A folder of so many small sessions, and one that is damaged in the middle of them. */
function folderOfMany(count: number): string {
  const folder = folderWith({ 'u00500-bad.session': 'bad-truncated.session' });
  const bytes = readFileSync(join(FIXTURES, 'v10-full.session'));
  for (let i = 0; i < count; i++) {
    writeFileSync(join(folder, 'in', `u${`${i}`.padStart(5, '0')}.session`), bytes);
  }
  return folder;
}

function storeFolder(path: string, ...fixtures: string[]): void {
  mkdirSync(path, { recursive: true });
  for (const fixture of fixtures) {
    for (const [name, bytes] of gramjs.files(fixture)) writeFileSync(join(path, name), bytes);
  }
}

const filesIn = (path: string) =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(path, name)).isFile())
    .map((name) => name.replaceAll('\\', '/'))
    .sort();

/** The lines of JSON that a run printed: one for each source, and the summary. */
function linesOf({ out }: { out: string }) {
  const lines = out
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  const { summary } = lines.pop();
  return { summary, bySource: Object.fromEntries(lines.map((line) => [line.source, line])) };
}

describe('tgsession convert of a folder', () => {
  test('converts files and folders, also those below it; one that is bad stops no other', async () => {
    const folder = folderWith({
      'a.session': 'v10-full.session',
      'bad.session': 'bad-truncated.session',
      'c.txt': 'string-v4.txt',
      'team/d.session': 'v7-1.37.0-self.session',
    });
    storeFolder(join(folder, 'in/team/acct'), 'store-gramjs/acct');
    writeFileSync(join(folder, 'in/readme.txt'), 'These are mine.');
    const before = stateOf(join(folder, 'in'));
    const { code, out, err } = tgsession(folder, TO_TEXT);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    const files = filesIn(join(folder, 'out'));
    expect(files).toEqual(['a.txt', 'c.txt', 'team/acct.txt', 'team/d.txt']);
    for (const name of files) expect(statSync(join(folder, 'out', name)).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'out/team')).mode & 0o777).toBe(0o700);
    expect(stateOf(join(folder, 'in'))).toEqual(before);
    expect(out).toMatch(/^failed {2}DAMAGED {2}\S*in\/bad\.session is damaged/);
    expect(out).toMatch(/ 4 {2}converted\n +1 {2}failed\n +1 {2}no sessions/);
    expect(out).toMatch(/1 {2}DAMAGED/);
    expect(out).toMatch(/\d {2}session\.state\n/);
    const { snapshots } = await read({ path: join(folder, 'out/a.txt') });
    const original = await read({ path: join(folder, 'in/a.session') });
    const keyOf = (snapshot: (typeof snapshots)[0]) =>
      snapshot.session.dcs.find(({ id }) => id === original.snapshots[0]!.session.user!.dc)?.authKeyId;
    expect(keyOf(snapshots[0]!)).toBe(keyOf(original.snapshots[0]!));
  });

  test('--json prints a line for each source and the sums, the same with one worker and with several', () => {
    const results = ['1', '3'].map((workers) => {
      const folder = folderWith({
        'a.session': 'v10-full.session',
        'bad.session': 'bad-key-255.session',
        'c.txt': 'string-v4.txt',
        'empty.session': 'empty.session',
      });
      const run = tgsession(folder, [...TO_TEXT, '--json', '--workers', workers]);
      expect(run.code).toBe(1);
      return linesOf(run);
    });
    expect(results[1]).toEqual(results[0]);
    const { summary, bySource } = results[0]!;
    expect(Object.keys(bySource).sort()).toEqual(
      ['a.session', 'bad.session', 'c.txt', 'empty.session'].map((name) => join('in', name)),
    );
    expect(bySource['in/a.session']).toEqual({
      source: 'in/a.session',
      status: 'converted',
      format: 'telethon-v2-sqlite',
      version: 10,
      outputs: [
        {
          output: 'out/a.txt',
          account: null,
          status: 'converted',
          losses: expect.arrayContaining([{ field: 'session.user', message: expect.any(String) }]),
          notes: [],
          error: null,
        },
      ],
      notes: [],
      older: false,
      error: null,
    });
    expect(bySource['in/bad.session']).toMatchObject({
      status: 'failed',
      outputs: [],
      error: { code: 'INVALID_VALUE', message: expect.stringContaining('255 bytes') },
    });
    expect(bySource['in/empty.session']).toMatchObject({ status: 'ignored', error: { code: 'EMPTY' } });
    expect(summary).toMatchObject({
      to: 'telethon-string',
      total: 4,
      converted: 2,
      there: 0,
      failed: 1,
      ignored: 1,
      written: 2,
      stopped: false,
      errors: { INVALID_VALUE: 1 },
    });
    expect(summary.losses['session.state']).toBe(1);
  });

  test('a second run leaves alone what is there, does what is new, and --force makes all anew', () => {
    const folder = folderWith({ 'a.session': 'v10-full.session', 'b.session': 'v7-1.17.0.session' });
    expect(tgsession(folder, TO_TEXT).code).toBe(0);
    const before = stateOf(join(folder, 'out'));
    copyFileSync(join(FIXTURES, 'string-v4.txt'), join(folder, 'in/c.txt'));
    const second = tgsession(folder, TO_TEXT);
    expect(second.code).toBe(0);
    expect(second.out).toMatch(/1 {2}converted\n +2 {2}already there\n/);
    expect(stateOf(join(folder, 'out')).slice(0, 2)).toEqual(before);
    const { summary } = linesOf(tgsession(folder, [...TO_TEXT, '--force', '--json']));
    expect(summary).toMatchObject({ converted: 3, there: 0 });
    expect(stateOf(join(folder, 'out')).slice(0, 2)).not.toEqual(before);
  });

  test('says that a source was saved since its target was made', () => {
    const folder = folderWith({ 'a.session': 'v10-full.session' });
    tgsession(folder, TO_TEXT);
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(folder, 'in/a.session'), later, later);
    const { code, out } = tgsession(folder, TO_TEXT);
    expect(code).toBe(0);
    expect(out).toContain('already there, 1 of them older than the source');
    expect(out).toContain('--force');
  });

  test('never writes over what is something else, also if it has the name of a target', () => {
    const folder = folderWith({ 'a.session': 'v10-full.session', 'b.session': 'v7-1.17.0.session' });
    mkdirSync(join(folder, 'out/b.txt'), { recursive: true });
    writeFileSync(join(folder, 'out/a.txt'), 'precious');
    const { code, out } = tgsession(folder, TO_TEXT);
    expect(code).toBe(1);
    expect(out.match(/failed {2}EXISTS/g)).toHaveLength(2);
    expect(readFileSync(join(folder, 'out/a.txt'), 'utf8')).toBe('precious');
    // Nor what an earlier run made of the same sources for another library.
    const other = ['convert', 'in', '--to', 'telethon-v2-sqlite', '-o', 'more'];
    expect(tgsession(folder, other).code).toBe(0);
    expect(tgsession(folder, [...other.with(3, 'mtcute-sqlite')]).code).toBe(1);
  });

  test('gives several accounts of one source targets of their own, numbered', async () => {
    const folder = temporaryFolder();
    storeFolder(join(folder, 'in/store'), 'store-gramjs/acct', 'store-teleproto/tacct');
    const { summary, bySource } = linesOf(tgsession(folder, [...TO_TEXT, '--json']));
    expect(filesIn(join(folder, 'out'))).toEqual(['store.0.txt', 'store.1.txt']);
    expect(summary).toMatchObject({ converted: 1, written: 2 });
    expect(bySource['in/store'].outputs.map(({ account }: { account: number }) => account)).toEqual([0, 1]);
    const second = linesOf(tgsession(folder, [...TO_TEXT, '--json']));
    expect(second.summary).toMatchObject({ converted: 0, there: 1 });
    const one = tgsession(folder, [...TO_TEXT.with(5, 'one'), '--account', '1']);
    expect(one.code).toBe(0);
    expect(readFileSync(join(folder, 'one/store.txt'))).toEqual(
      readFileSync(join(folder, 'out/store.1.txt')),
    );
  });

  test('into folders, none of which is where other targets stand', () => {
    const folder = folderWith({ 'x.session': 'v10-full.session', 'x/a.session': 'v7-1.17.0.session' });
    const args = ['convert', 'in', '--to', 'gramjs-store-session', '-o', 'out'];
    expect(tgsession(folder, args)).toMatchObject({ code: 0, err: '' });
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['x', 'x.session']);
    expect(readdirSync(join(folder, 'out/x'))).toEqual(['a']);
    expect(linesOf(tgsession(folder, [...args, '--json'])).summary).toMatchObject({ there: 2, failed: 0 });
  });

  test('leaves out what belongs to a session, links, hidden names, and the folder for the targets', () => {
    const folder = folderWith({
      'a.session': 'v10-wal-uncheckpointed.session',
      'a.session-wal': 'v10-wal-uncheckpointed.session-wal',
      'a.session.v7.backup': 'v7-1.17.0.session',
      '.hidden.session': 'v10-full.session',
      'out/old.session': 'v10-full.session',
    });
    symlinkSync('/etc', join(folder, 'in/etc'));
    symlinkSync('a.session', join(folder, 'in/b.session'));
    const run = tgsession(folder, ['convert', 'in', '--to', 'telethon-v2-sqlite', '-o', 'in/out', '--json']);
    const { summary, bySource } = linesOf(run);
    expect(Object.keys(bySource)).toEqual(['in/a.session']);
    expect(summary.notes).toEqual([
      'Links were not followed: 2.',
      'Names that begin with a dot were left out: 1.',
    ]);
    // With what stands in the -wal beside it.
    const inspect = (path: string) =>
      JSON.parse(tgsession(folder, ['inspect', path, '--json']).out).sessions[0];
    expect(inspect('in/out/a.session').state).toEqual(inspect('in/a.session').state);
  });

  test('reads a session in use as it was saved last, and says so', async () => {
    const folder = folderWith({});
    const child = startChild('holder.ts', [join(folder, 'in/a'), JSON.stringify({ label: 'night bot' })]);
    for (const line of ['load', 'save 3']) {
      child.send(line);
      await child.line();
    }
    const { bySource } = linesOf(
      tgsession(folder, ['convert', 'in', '--to', 'telethon-v2-sqlite', '-o', 'out', '--json']),
    );
    expect(Object.keys(bySource)).toEqual(['in/a.session']);
    expect(bySource['in/a.session'].status).toBe('converted');
    expect(bySource['in/a.session'].notes[0]).toMatch(/in use by .*night bot.*stop it before/);
    const single = tgsession(folder, ['convert', 'in/a.session', '--to', 'telethon-v2-sqlite']);
    expect(single.out).toMatch(/in use by .*night bot/);
    await child.kill();
  });

  test('--dry-run writes nothing and says what would be lost', () => {
    const folder = folderWith({ 'a.session': 'v10-full.session' });
    const { code, out } = tgsession(folder, [...TO_TEXT, '--dry-run']);
    expect(code).toBe(0);
    expect(out).toContain('can be converted');
    expect(out).toContain('session.state');
    expect(readdirSync(folder)).toEqual(['in']);
  });

  test('is only done with a folder of sessions, into another folder', () => {
    const folder = folderWith({ 'a.session': 'v10-full.session' });
    writeFileSync(join(folder, 'file'), '');
    const refused = (args: string[]) =>
      tgsession(folder, ['convert', 'in', '--to', 'telethon-string', ...args]);
    expect(refused([])).toMatchObject({ code: 2, err: expect.stringContaining('-o') });
    expect(refused(['-o', '-', '--show-secrets']).code).toBe(2);
    expect(refused(['-o', './in/']).err).toMatch(/another folder/);
    expect(refused(['-o', 'file'])).toMatchObject({ code: 1, err: expect.stringContaining('EXISTS') });
    for (const workers of ['0', '65', 'x']) expect(refused(['-o', 'o', '--workers', workers]).code).toBe(2);
    expect(tgsession(folder, ['convert', 'file', '--to', 'telethon-string', '--batch']).code).toBe(2);
    mkdirSync(join(folder, 'nothing'));
    const nothing = tgsession(folder, TO_TEXT.with(1, 'nothing'));
    expect(nothing).toMatchObject({ code: 1, err: expect.stringContaining('UNKNOWN_FORMAT') });
    writeFileSync(join(folder, 'nothing/note.txt'), 'no session');
    expect(tgsession(folder, TO_TEXT.with(1, 'nothing'))).toMatchObject({ code: 1 });
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  test('--batch looks into a folder that is a session itself', () => {
    const folder = folderWith({ 'a.session': 'v10-full.session' });
    storeFolder(join(folder, 'in'), 'store-gramjs/acct');
    expect(tgsession(folder, TO_TEXT).code).toBe(0);
    expect(statSync(join(folder, 'out')).isFile()).toBe(true);
    rmSync(join(folder, 'out'));
    tgsession(folder, [...TO_TEXT, '--batch']);
    expect(filesIn(join(folder, 'out'))).toEqual(['a.txt']);
  });

  test('--from reads all of them as one format', () => {
    const folder = folderWith({ 'a.txt': 'string-v4.txt', 'b.session': 'v10-full.session' });
    const { bySource } = linesOf(tgsession(folder, [...TO_TEXT, '--from', 'telethon-string', '--json']));
    expect(bySource['in/a.txt'].status).toBe('converted');
    expect(bySource['in/b.session'].status).toBe('failed');
  });

  test('prints no key, whatever it finds and however it is asked', async () => {
    const folder = temporaryFolder();
    for (const family of ['telethon', 'pyrogram', 'gramjs', 'mtcute', 'telegram-web', 'tdlib']) {
      const { root } = new Family(family);
      cpSync(root, join(folder, 'in', family), { recursive: true });
    }
    const keys = await keysOfTests();
    for (const args of [[], ['--json'], ['--dry-run', '--json', '--to', 'mtcute-sqlite']]) {
      const { out, err } = tgsession(folder, [...TO_TEXT, '--force', ...args]);
      expect(out).toContain('INVALID_VALUE');
      expect(printedKeys(out + err, keys)).toEqual([]);
    }
  });

  test('gives control characters in names no power over the terminal', () => {
    const folder = folderWith({ 'a\u001b]0;owned\u0007.session': 'bad-truncated.session' });
    const { out, err } = tgsession(folder, TO_TEXT);
    expect(out + err).not.toContain('\u001b');
    expect(out).toContain('\\x1b]0;owned');
  });
});

describe('many sessions', () => {
  test('2,000 in one run, one of them damaged', () => {
    const folder = folderOfMany(2000);
    const { code, out } = tgsession(folder, TO_TEXT);
    expect(code).toBe(1);
    expect(out).toMatch(/2,000 {2}converted\n +1 {2}failed/);
    expect(readdirSync(join(folder, 'out'))).toHaveLength(2000);
  });

  test('a run that is killed leaves nothing half-done under a name of a target, and the next one does the rest', async () => {
    const folder = folderOfMany(1500);
    const args = ['convert', 'in', '--to', 'telethon-v2-sqlite', '-o', 'out', '--workers', '3'];
    let had = 0;
    for (const goal of [40, 400, 900]) {
      const [program, ...first] = COMMAND;
      const child = spawn(program, [...first, ...args], { cwd: folder, stdio: 'ignore' });
      const ended = once(child, 'exit');
      while (child.exitCode === null && targets().length < goal) await new Promise((go) => setTimeout(go, 2));
      child.kill('SIGKILL');
      await ended;
      expect(targets().length).toBeGreaterThanOrEqual(had);
      had = targets().length;
    }
    expect(had).toBeLessThan(1500);
    const original = (await read({ path: join(folder, 'in/u00000.session') })).snapshots[0]!.session;
    for (const name of targets()) {
      const { snapshots } = await read({ path: join(folder, 'out', name) });
      expect(snapshots[0]!.session.equals(original), name).toBe(true);
    }
    const { summary } = linesOf(tgsession(folder, [...args, '--json']));
    expect(summary).toMatchObject({ converted: 1500 - had, there: had, failed: 1 });
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(
      Array.from({ length: 1500 }, (_, i) => `u${`${i}`.padStart(5, '0')}.session`),
    );

    function targets(): string[] {
      if (!existsSync(join(folder, 'out'))) return [];
      return readdirSync(join(folder, 'out')).filter((name) => name.endsWith('.session'));
    }
  });

  test('removes what killed runs left half-written, and nothing else', async () => {
    const folder = folderWith({ 'a.session': 'v10-full.session', 'b.session': 'v7-1.17.0.session' });
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    const out = join(folder, 'out');
    mkdirSync(out);
    const names = [
      `a.txt.${gone.pid}.tmp`,
      `a.txt.${process.pid}.tmp`,
      `other.txt.${gone.pid}.tmp`,
      'a.txt.tmp',
    ];
    for (const name of names) writeFileSync(join(out, name), 'half');
    // Killed between giving a target its name and taking the other one away: they share their content.
    tgsession(folder, TO_TEXT.with(5, 'whole'));
    linkSync(join(folder, 'whole/b.txt'), join(out, 'b.txt'));
    linkSync(join(out, 'b.txt'), join(out, `b.txt.${gone.pid}.tmp`));
    const run = tgsession(folder, TO_TEXT);
    expect(run.code).toBe(0);
    expect(run.out).toContain('removed: 2.');
    expect(readdirSync(out).sort()).toEqual(['a.txt', ...names.slice(1), 'b.txt'].sort());
    expect(readFileSync(join(out, 'b.txt'), 'utf8')).toMatch(/^1/);
  });

  test('SIGTERM ends it after what is under way', async () => {
    const folder = folderOfMany(1000);
    const [program, ...first] = COMMAND;
    const child = spawn(program, [...first, ...TO_TEXT, '--json', '--workers', '2'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      if (out === '') child.kill('SIGTERM');
      out += chunk;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(130);
    const { summary } = linesOf({ out });
    expect(summary.stopped).toBe(true);
    expect(summary.converted).toBeLessThan(1000);
    expect(readdirSync(join(folder, 'out'))).toHaveLength(summary.converted);
  });
});

describe('a folder that is no session', () => {
  test('is told apart by detect, inspect and doctor, with what is in it', () => {
    const folder = folderWith({ 'a.session': 'v10-full.session', 'b/c.txt': 'string-v4.txt' });
    const before = stateOf(join(folder, 'in'));
    const detected = tgsession(folder, ['detect', 'in']);
    expect(detected.code).toBe(1);
    expect(detected.out).toMatch(/2 sessions are in it: 1 telethon-v2-sqlite, 1 telethon-string\./);
    expect(detected.out).toContain('tgsession convert in --to <format> -o <folder>');
    expect(JSON.parse(tgsession(folder, ['detect', 'in', '--json']).out)).toEqual({
      detections: [],
      contains: {
        formats: { 'telethon-v2-sqlite': 1, 'telethon-string': 1 },
        count: 2,
        first: ['a.session', join('b', 'c.txt')],
        more: false,
      },
    });
    const inspected = tgsession(folder, ['inspect', 'in']);
    expect(inspected).toMatchObject({ code: 1, out: '' });
    expect(inspected.err).toMatch(/UNKNOWN_FORMAT .*no session itself.*\n {2}a\.session\n/);
    expect(tgsession(folder, ['doctor', 'in']).out).toMatch(/problem .*2 sessions are in it/);
    expect(stateOf(join(folder, 'in'))).toEqual(before);
  });
});

test('a session in a folder is found by doctor, with the permissions of the folder', () => {
  const folder = temporaryFolder();
  storeFolder(join(folder, 'acct'), 'store-gramjs/acct');
  chmodSync(join(folder, 'acct'), 0o755);
  const { findings } = JSON.parse(tgsession(folder, ['doctor', 'acct', '--json']).out);
  const codes = findings.map(({ code }: { code: string }) => code);
  expect(codes).toContain('READABLE');
  expect(codes).toContain('OTHER_FORMAT');
  expect(codes).not.toContain('FOLDER');
});

test('a session held elsewhere is not written over, also by a batch', async () => {
  const folder = folderWith({ 'a.session': 'v7-1.17.0.session' });
  mkdirSync(join(folder, 'out'));
  const used = new SqliteSession(join(folder, 'out/a'));
  await used.save(fullSession(5));
  const args = ['convert', 'in', '--to', 'telethon-v2-sqlite', '-o', 'out', '--force'];
  const { code, out } = tgsession(folder, args);
  expect(code).toBe(1);
  expect(out).toMatch(/failed {2}HELD/);
  await used.save(fullSession(6));
  await used.close();
});
