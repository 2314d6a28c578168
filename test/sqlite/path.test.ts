import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { realPath, sessionPath } from '../../src/sqlite/path.ts';
import { temporaryFolder } from '../support/folder.ts';

// The table of formats/telethon.md 1.2, as CPython 3.11 answers.
const RULE: [given: string, file: string][] = [
  ['a', 'a.session'],
  ['a.b', 'a.b'],
  ['a.txt', 'a.txt'],
  ['1.5', '1.5'],
  ['x.SESSION', 'x.SESSION'],
  ['a.session', 'a.session'],
  ['.session', '.session.session'],
  ['.hidden', '.hidden.session'],
  ['dir/.session', 'dir/.session.session'],
  ['dir.x/name', 'dir.x/name.session'],
  ['a/', 'a.session'],
  ['a/.', 'a.session'],
  ['a.', 'a..session'],
  ['a..', 'a...session'],
  ['foo.', 'foo..session'],
  ['foo. ', 'foo. '],
  ['..', '...session'],
  ['/tmp/x', '/tmp/x.session'],
];

describe('the path of a session', () => {
  test.each(RULE)('%j is the file %j, as in Telethon v2', (given, file) => {
    expect(sessionPath(given)).toBe(resolve(file));
  });

  test.each(['', '.', '/', './', 'a\0b'])('%j is refused with INVALID_PATH', (given) => {
    expect(() => sessionPath(given)).toThrow(expect.objectContaining({ code: 'INVALID_PATH' }));
  });

  test('may be a file: URL, and no other', () => {
    expect(sessionPath(pathToFileURL('/tmp/with space'))).toBe('/tmp/with space.session');
    expect(() => sessionPath(new URL('https://example.org/a'))).toThrow(
      expect.objectContaining({ code: 'INVALID_PATH' }),
    );
  });

  test('that looks like a URL is a path all the same', () => {
    expect(sessionPath('file:a?mode=memory')).toBe(resolve('file:a?mode=memory.session'));
  });

  test('leads to one file through a link to it, there already or not', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real'));
    expect(realPath(join(folder, 'real/new.session'))).toBe(join(folder, 'real/new.session'));
    writeFileSync(join(folder, 'real/a.session'), '');
    symlinkSync(join(folder, 'real/a.session'), join(folder, 'b.session'));
    expect(realPath(join(folder, 'b.session'))).toBe(join(folder, 'real/a.session'));
    symlinkSync(join(folder, 'nothing'), join(folder, 'c.session'));
    expect(realPath(join(folder, 'c.session'))).toBe(join(folder, 'c.session'));
  });
});
