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
import { describe, expect, test } from 'vitest';
import { codecs } from '../../src/formats/index.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { tgsession } from '../support/cli.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { stateOf, temporaryFolder } from '../support/folder.ts';
import { startChild } from '../support/process.ts';
import { fullSession, testKey } from '../support/sessions.ts';

const EXPECTED = JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8'));

/** A folder with copies of fixtures, each private to its owner. */
function folderWith(...names: string[]): string {
  const folder = temporaryFolder();
  for (const name of names) {
    copyFileSync(join(FIXTURES, name), join(folder, name));
    chmodSync(join(folder, name), 0o600);
  }
  return folder;
}

async function folderWithSession(): Promise<string> {
  const folder = temporaryFolder();
  const storage = new SqliteSession(join(folder, 'alice'));
  await storage.save(fullSession());
  await storage.close();
  return folder;
}

/** Every way in which the keys of `fullSession` could show. */
function showsKey(text: string): boolean {
  return ['1-2', '1-4'].some((seed) => {
    const key = Buffer.from(testKey(seed)).subarray(32);
    const lists = [...key.subarray(0, 6)].join(',');
    return [key.toString('hex').slice(0, 24), key.toString('base64').slice(4, 24), lists].some((part) =>
      text.replaceAll(' ', '').includes(part),
    );
  });
}

describe('usage', () => {
  test('an option that is not known, or that lacks its value, is named, and nothing else is advised', () => {
    const folder = temporaryFolder();
    const usage = 'Usage: tgsession find <store>\nSee "tgsession find --help".\n';
    expect(tgsession(folder, ['find', 'x', '--user=5']).err).toBe(`Unknown option '--user'.\n${usage}`);
    expect(tgsession(folder, ['find', 'x', '--user-id', '--json']).err).toBe(
      `Option '--user-id' argument is ambiguous.\n${usage}`,
    );
  });

  test('wrong usage ends with code 2 and says what is right', () => {
    const folder = temporaryFolder();
    for (const args of [
      [],
      ['nonsense'],
      ['inspect'],
      ['inspect', 'a', 'b'],
      ['inspect', 'a', '--nonsense'],
      ['convert', 'a'],
      ['constructor'],
    ]) {
      const { code, out, err } = tgsession(folder, args);
      expect(code, args.join(' ')).toBe(2);
      expect(out + err).toMatch(/Usage|--help|--to/);
    }
  });

  test('--help lists the commands, and each command its options', () => {
    const folder = temporaryFolder();
    const { code, out } = tgsession(folder, ['--help']);
    expect(code).toBe(0);
    for (const name of ['inspect', 'detect', 'convert', 'migrate', 'doctor', 'formats', 'login', 'check']) {
      expect(out).toContain(`  ${name}`);
      const help = tgsession(folder, [name, '--help']);
      expect(help.code).toBe(0);
      expect(help.out).toContain('--json');
    }
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
    expect(tgsession(folder, ['--version']).out.trim()).toBe(version);
  });

  test('a session string as an argument is refused and not repeated', async () => {
    const folder = await folderWithSession();
    tgsession(folder, ['convert', 'alice', '--to', 'telethon-string', '-o', 's.txt']);
    const string = readFileSync(join(folder, 's.txt'), 'utf8').trim();
    const { code, out, err } = tgsession(folder, ['inspect', string]);
    expect(code).toBe(2);
    expect(err).toContain('standard input');
    expect(out + err).not.toContain(string.slice(20, 40));
  });
});

describe('inspect', () => {
  test('--json gives the documented object for every good file of Telethon', () => {
    const good = EXPECTED.filter(
      (one: { session?: unknown; file: string; format: string }) =>
        one.session &&
        one.format !== 'empty' &&
        !one.file.includes('10k') &&
        !one.file.includes('version-11'),
    );
    expect(good.length).toBeGreaterThan(30);
    for (const { file, format, session, companions = [], extra = {} } of good) {
      const folder = folderWith(file, ...companions);
      const { code, out } = tgsession(folder, ['inspect', file, '--json']);
      expect(code, file).toBe(0);
      expect(out.trim().split('\n'), file).toHaveLength(1);
      const view = JSON.parse(out);
      expect(Object.keys(view)).toEqual(['format', 'version', 'sessions', 'notes']);
      expect(format.replace(/-v(\d+)$/, ''), file).toBe(view.format);
      expect(view.sessions, file).toHaveLength(1);
      const [{ dcs, user, state }] = view.sessions;
      expect(dcs, file).toEqual(session.dcs);
      // The own user of newer v1 files is recovered; the list of facts has it beside the session.
      if (session.user === null && extra.selfUserId) expect(user.id, file).toBe(extra.selfUserId);
      else expect(user, file).toEqual(session.user);
      const sorted = session.state && {
        ...session.state,
        channels: session.state.channels.toSorted((a: { id: number }, b: { id: number }) => a.id - b.id),
      };
      expect(state, file).toEqual(sorted);
      for (const note of view.notes) expect(note, file).toMatch(/[.!]$/);
    }
  });

  test('--json gives {"error": {"code", "message"}} and code 1 for what cannot be read', () => {
    for (const [file, code] of [
      ['bad-text.session', 'UNKNOWN_FORMAT'],
      ['bad-truncated.session', 'DAMAGED'],
      ['bad-key-255.session', 'INVALID_VALUE'],
      ['bad-version-text.session', 'BAD_VERSION'],
      ['v10-version-11.session', 'NEWER_VERSION'],
      ['bad-string-truncated.txt', 'UNKNOWN_FORMAT'],
      ['nothing', 'NOT_FOUND'],
    ] as const) {
      const folder = file === 'nothing' ? temporaryFolder() : folderWith(file);
      const { code: exit, out, err } = tgsession(folder, ['inspect', file, '--json']);
      expect(exit, file).toBe(1);
      const { error } = JSON.parse(out);
      expect(Object.keys(error), file).toEqual(['code', 'message']);
      expect(error.message.length, file).toBeGreaterThan(10);
      if (file !== 'bad-string-truncated.txt') expect(error.code, file).toBe(code);
      expect(err).toBe('');
      const forPeople = tgsession(folder, ['inspect', file]);
      expect(forPeople.code).toBe(1);
      expect(forPeople.err).toContain(error.message);
      expect(forPeople.out).toBe('');
    }
  });

  test('reads standard input, a path without .session, and a session in use, and changes nothing', async () => {
    const folder = await folderWithSession();
    const bytes = readFileSync(join(folder, 'alice.session'));
    const piped = JSON.parse(tgsession(folder, ['inspect', '-', '--json'], bytes).out);
    const named = JSON.parse(tgsession(folder, ['inspect', 'alice', '--json']).out);
    expect(named).toEqual(piped);
    const storage = new SqliteSession(join(folder, 'alice'));
    const session = (await storage.load())!;
    for (const pts of [7, 8, 9]) {
      session.state!.pts = pts;
      await storage.save(session);
      const before = stateOf(folder);
      expect(JSON.parse(tgsession(folder, ['inspect', 'alice', '--json']).out).sessions[0].state.pts).toBe(
        pts,
      );
      expect(stateOf(folder)).toEqual(before);
    }
    await storage.close();
  });

  test('shows no key unless --show-secrets is given', async () => {
    const folder = await folderWithSession();
    for (const args of [[], ['--json']]) {
      const hidden = tgsession(folder, ['inspect', 'alice', ...args]);
      expect(showsKey(hidden.out + hidden.err)).toBe(false);
      const shown = tgsession(folder, ['inspect', 'alice', '--show-secrets', ...args]);
      expect(showsKey(shown.out)).toBe(true);
    }
  });

  test('gives control characters of a file no power over the terminal', async () => {
    const folder = temporaryFolder();
    const session = fullSession();
    session.user!.username = 'a\u001b]0;owned\u0007b';
    const storage = new SqliteSession(join(folder, 'a'));
    await storage.save(session);
    await storage.close();
    const { out } = tgsession(folder, ['inspect', 'a']);
    expect(out).not.toContain('\u001b');
    expect(out).toContain('a\\x1b]0;owned\\x07b');
  });
});

describe('convert', () => {
  test('writes a private file, says what is lost, and the way back gives the same key', async () => {
    const folder = await folderWithSession();
    const { code, out } = tgsession(folder, ['convert', 'alice', '--to', 'telethon-string']);
    expect(code).toBe(0);
    expect(out).toContain('Who is logged in');
    expect(showsKey(out)).toBe(false);
    const file = join(folder, 'alice.telethon-string.txt');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(/^1[\w=-]{352}$/);
    expect(readdirSync(folder).sort()).toEqual(['alice.session', 'alice.telethon-string.txt']);
    tgsession(folder, [
      'convert',
      'alice.telethon-string.txt',
      '--to',
      'telethon-v2-sqlite',
      '-o',
      'back.session',
    ]);
    const back = JSON.parse(tgsession(folder, ['inspect', 'back', '--json']).out).sessions[0];
    const first = JSON.parse(tgsession(folder, ['inspect', 'alice', '--json']).out).sessions[0];
    const home = (view: { dcs: { id: number; authSha256: string }[] }) =>
      view.dcs.find(({ id }) => id === 2)?.authSha256;
    expect(home(back)).toBe(home(first));
  });

  test('--json adds the losses to the object of inspect', async () => {
    const folder = await folderWithSession();
    const { out } = tgsession(folder, ['convert', 'alice', '--to', 'telethon-string', '--json']);
    const view = JSON.parse(out);
    expect(view).toMatchObject({ format: 'telethon-v2-sqlite', to: 'telethon-string', written: true });
    expect(view.losses.length).toBeGreaterThan(3);
    for (const loss of view.losses) expect(Object.keys(loss)).toEqual(['field', 'message']);
    expect(showsKey(out)).toBe(false);
  });

  test('--dry-run writes nothing', async () => {
    const folder = await folderWithSession();
    const before = stateOf(folder);
    const { code, out } = tgsession(folder, ['convert', 'alice', '--to', 'telethon-v1-sqlite', '--dry-run']);
    expect(code).toBe(0);
    expect(out).toContain('not written');
    expect(stateOf(folder)).toEqual(before);
  });

  test('never writes over a file without --force, and never over a session in use', async () => {
    const folder = await folderWithSession();
    writeFileSync(join(folder, 's.txt'), 'precious');
    const args = ['convert', 'alice', '--to', 'telethon-string', '-o', 's.txt'];
    const refused = tgsession(folder, args);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('EXISTS');
    expect(readFileSync(join(folder, 's.txt'), 'utf8')).toBe('precious');
    expect(tgsession(folder, [...args, '--force']).code).toBe(0);
    expect(readFileSync(join(folder, 's.txt'), 'utf8')).toMatch(/^1/);

    const used = new SqliteSession(join(folder, 'used'));
    await used.save(fullSession(5));
    const over = tgsession(folder, [
      'convert',
      's.txt',
      '--to',
      'telethon-v2-sqlite',
      '-o',
      'used.session',
      '--force',
    ]);
    expect(over.code).toBe(1);
    expect(over.err).toContain('HELD');
    await used.save(fullSession(6));
    await used.close();
    expect((await used.load())?.state?.channels).toHaveLength(6);
    await used.close();
  });

  test('prints a string only with -o - and --show-secrets', async () => {
    const folder = await folderWithSession();
    const args = ['convert', 'alice', '--to', 'telethon-string', '-o', '-'];
    expect(tgsession(folder, args).code).toBe(2);
    const { out } = tgsession(folder, [...args, '--show-secrets']);
    expect(out).toMatch(/^1[\w=-]{352}\n$/);
    const back = tgsession(folder, ['inspect', '-', '--json'], out);
    expect(JSON.parse(back.out).format).toBe('telethon-string');
  });

  test('refuses a format that is not written, or not known, by name', async () => {
    const folder = await folderWithSession();
    const unknown = JSON.parse(tgsession(folder, ['convert', 'alice', '--to', 'x', '--json']).out);
    expect(unknown.error.code).toBe('UNKNOWN_FORMAT');
    const readOnly = JSON.parse(
      tgsession(folder, ['convert', 'alice', '--to', 'telethon-json', '--json']).out,
    );
    expect(readOnly.error.code).toBe('UNSUPPORTED');
  });
});

describe('migrate', () => {
  test('turns a v1 file into a v2 file, keeps a backup, and says so', () => {
    const folder = folderWith('v7-1.37.0-self.session');
    const before = readFileSync(join(folder, 'v7-1.37.0-self.session'));
    const { code, out } = tgsession(folder, ['migrate', 'v7-1.37.0-self.session', '--json']);
    expect(code).toBe(0);
    const { migrated, notes } = JSON.parse(out);
    expect(migrated).toBe(true);
    expect(notes.join()).toContain('bot');
    expect(readFileSync(join(folder, 'v7-1.37.0-self.session.v7.backup')).equals(before)).toBe(true);
    const view = JSON.parse(tgsession(folder, ['inspect', 'v7-1.37.0-self.session', '--json']).out);
    expect(view).toMatchObject({ format: 'telethon-v2-sqlite', version: 10 });
    const again = tgsession(folder, ['migrate', 'v7-1.37.0-self.session']);
    expect(again.code).toBe(0);
    expect(again.out).toContain('nothing to do');
  });

  test('changes nothing of a file that it cannot migrate', () => {
    const folder = folderWith('bad-v7-key-128.session');
    const before = stateOf(folder);
    const { code, err } = tgsession(folder, ['migrate', 'bad-v7-key-128.session']);
    expect(code).toBe(1);
    expect(err).toContain('auth_key');
    expect(stateOf(folder)).toEqual(before);
  });
});

describe('doctor', () => {
  /** The codes of the findings of a level. */
  function findings(folder: string, path: string) {
    const before = stateOf(folder);
    const { code, out } = tgsession(folder, ['doctor', path, '--json']);
    expect(stateOf(folder)).toEqual(before);
    const { healthy, findings } = JSON.parse(out) as {
      healthy: boolean;
      findings: { level: string; code: string; message: string }[];
    };
    expect(code).toBe(healthy ? 0 : 1);
    return {
      healthy,
      codes: findings.filter(({ level }) => level !== 'ok').map(({ code }) => code),
      findings,
    };
  }

  test('finds nothing wrong with a sound session', async () => {
    expect(findings(await folderWithSession(), 'alice')).toMatchObject({ healthy: true, codes: [] });
  });

  test('names the holder, before and after its first save', async () => {
    const folder = await folderWithSession();
    const child = startChild('holder.ts', [join(folder, 'alice'), JSON.stringify({ label: 'night bot' })]);
    for (const line of ['load', 'save 1', 'save 2', 'save 3']) {
      child.send(line);
      await child.line();
      const { codes, findings: found } = findings(folder, 'alice');
      expect(codes, line).toContain('HELD');
      expect(found.find(({ code }) => code === 'HELD')?.message).toContain('night bot');
    }
    await child.kill();
    const after = findings(folder, 'alice');
    expect(after.codes).not.toContain('HELD');
    expect(after.codes).toContain('WAL');
    expect(after.findings.map(({ code }) => code)).toContain('HOLDER_DIED');
  });

  test('tells of permissions, data beside the file, backups, other formats, and what does not load', () => {
    const folder = folderWith(
      'v10-wal-uncheckpointed.session',
      'v10-wal-uncheckpointed.session-wal',
      'v7-1.37.0-self.session',
      'v10-version-11.session',
      'bad-truncated.session',
      'bad-other-sqlite.session',
      'v10-logged-out.session',
      'v10-fresh.session',
      'empty.session',
      'string-v4.txt',
    );
    expect(findings(folder, 'v10-wal-uncheckpointed').codes).toEqual(['WAL']);
    expect(findings(folder, 'v7-1.37.0-self.session').codes).toContain('OTHER_FORMAT');
    expect(findings(folder, 'v10-version-11.session').codes).toEqual(['NEWER_VERSION']);
    expect(findings(folder, 'bad-truncated').codes).toEqual(['DAMAGED']);
    expect(findings(folder, 'bad-other-sqlite').healthy).toBe(false);
    expect(findings(folder, 'v10-logged-out').codes).toEqual(['NO_USER']);
    expect(findings(folder, 'v10-fresh').codes).toEqual(['NO_KEY']);
    expect(findings(folder, 'empty').codes).toEqual(['EMPTY']);
    expect(findings(folder, 'string-v4.txt').codes).toContain('OTHER_FORMAT');
    expect(findings(folder, 'nothing').codes).toEqual(['NOT_FOUND']);
    chmodSync(join(folder, 'v10-fresh.session'), 0o640);
    expect(findings(folder, 'v10-fresh').codes).toEqual(['READABLE', 'NO_KEY']);
    tgsession(folder, ['migrate', 'v7-1.37.0-self.session']);
    expect(findings(folder, 'v7-1.37.0-self.session').codes).toContain('BACKUP');
    mkdirSync(join(folder, 'sub.session'));
    expect(findings(folder, 'sub.session').codes).toEqual(['FOLDER']);
    expect(existsSync(join(folder, 'v10-fresh.session-lock'))).toBe(false);
  });
});

describe('detect', () => {
  test('names the format and what gave it away, and changes nothing', () => {
    const folder = folderWith('v7-1.37.0-self.session', 'string-v4.txt', 'bad-text.session');
    const before = stateOf(folder);
    const { code, out } = tgsession(folder, ['detect', 'v7-1.37.0-self.session', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out).detections).toEqual([
      { format: 'telethon-v1-sqlite', version: 7, reason: expect.stringMatching(/\.$/) },
    ]);
    expect(tgsession(folder, ['detect', 'string-v4.txt']).out).toContain('telethon-string');
    expect(tgsession(folder, ['detect', 'bad-text.session'])).toMatchObject({ code: 1, err: '' });
    expect(stateOf(folder)).toEqual(before);
  });
});

describe('formats', () => {
  test('lists what the registry has', () => {
    const folder = temporaryFolder();
    const { out } = tgsession(folder, ['formats']);
    const { formats } = JSON.parse(tgsession(folder, ['formats', '--json']).out);
    expect(formats.map(({ name }: { name: string }) => name)).toEqual(codecs.map(({ name }) => name));
    for (const { name } of codecs) expect(out).toContain(name);
  });
});
