/** The real TDLib starts with what we write, and we read what it makes of it. Its network is switched off. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { read, type Snapshot, snapshotOf, write } from '../../src/formats/index.ts';
import { Session } from '../../src/session.ts';
import { failure } from '../support/errors.ts';
import { temporaryFolder } from '../support/folder.ts';
import { locate } from '../support/live.ts';

const root = join(import.meta.dirname, '../..');
const bun = join(root, 'node_modules/.bin/bun');
// The package for one kind of machine: the one for all of them asks for packages that not every registry has.
const library = locate('@prebuilt-tdlib/linux-x64-glibc/libtdjson.so');
const keyOf = (n: number) => Uint8Array.from({ length: 256 }, (_, i) => (i * 37 + n) & 255);
const databaseEncryptionKey = new TextEncoder().encode('hunter2');

interface Said {
  states: string[];
  myId: string | null;
  errors: [code: number, message: string][];
}

/** Starts TDLib with a database and closes it again. */
function start(folder: string, parameters: Record<string, unknown> = {}): Said {
  const all = JSON.stringify({
    database_directory: folder,
    files_directory: join(folder, 'files'),
    use_test_dc: false,
    ...parameters,
  });
  const args = [join(root, 'test/support/tdlib.mjs'), library!, all];
  return JSON.parse(execFileSync(bun, args, { encoding: 'utf8', timeout: 90_000 }));
}

/** A folder with what we write. */
async function folderOf(snapshot: Snapshot, options = {}): Promise<string> {
  const folder = join(temporaryFolder(), 'tdlib');
  const { files } = await write([snapshot], 'tdlib-binlog', options);
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, name), bytes, { mode: 0o600 });
  }
  return folder;
}

const READY = ['WaitTdlibParameters', 'Ready', 'Closing', 'Closed'];
const dcs = [
  { id: 2, ipv4Addr: '149.154.167.50:443', ipv6Addr: '2001:67c:4e8:f002::a:443', auth: keyOf(1) },
  { id: 4, ipv4Addr: '149.154.167.91:443', auth: keyOf(2) },
];
const state = { pts: 1234, qts: 7, date: 1720000000, seq: 0 };
const user = snapshotOf(new Session({ dcs, user: { id: 5000801609, dc: 2, bot: false }, state }), {
  testMode: false,
  authorizedDcs: [2, 4],
});
const bot = snapshotOf(new Session({ dcs, user: { id: 77, dc: 2, bot: true }, state }), { testMode: false });
const tester = snapshotOf(
  new Session({
    dcs: [{ id: 2, ipv4Addr: '149.154.167.40:443', auth: keyOf(3) }],
    user: { id: 78, dc: 2, bot: false },
  }),
  { testMode: true },
);
const base64 = Buffer.from(databaseEncryptionKey).toString('base64');

describe.skipIf(library === null)('TDLib', () => {
  test.each([
    ['a user', user, {}, {}],
    ['a bot', bot, {}, {}],
    ['a user of the test servers', tester, {}, { use_test_dc: true }],
    ['a key of the application', user, { databaseEncryptionKey }, { database_encryption_key: base64 }],
    [
      'databases of its own',
      user,
      {},
      { use_file_database: true, use_chat_info_database: true, use_message_database: true },
    ],
  ])(
    'starts logged in with what we write (%s), and what it makes of it is the same session',
    async (_, snapshot, options, parameters) => {
      const folder = await folderOf(snapshot, options);
      // A second start is with a file that TDLib has written to.
      for (let i = 0; i < 2; i++) {
        const said = start(folder, parameters);
        expect(said).toEqual({ states: READY, myId: String(snapshot.session.user!.id), errors: [] });
        const { format, snapshots } = await read({ path: folder }, options);
        expect(format).toBe('tdlib-binlog');
        expect(snapshots[0]!.session.equals(snapshot.session)).toBe(true);
        expect(snapshots[0]!.testMode).toBe(snapshot.testMode);
        expect(snapshots[0]!.authorizedDcs).toEqual(snapshot.authorizedDcs ?? [2]);
        // What TDLib added is there: it took the file for its own.
        expect(snapshots[0]!.extra.pmcKeys).toContain('sqlite_key');
      }
    },
  );

  test('waits for a login where we write that nobody is logged in', async () => {
    const folder = await folderOf({ ...user, session: user.session.with({ dcs }), loggedIn: false });
    expect(start(folder).states).toEqual(['WaitTdlibParameters', 'WaitPhoneNumber', 'Closing', 'Closed']);
    const { snapshots } = await read({ path: folder });
    expect(snapshots[0]!).toMatchObject({ loggedIn: false, session: { user: null } });
    expect(snapshots[0]!.session.dcs.map(({ id }) => id)).toEqual([2, 4]);
  });

  test('makes a new database that we read: nobody is logged in', async () => {
    const folder = join(temporaryFolder(), 'new');
    mkdirSync(folder);
    expect(start(folder).states).toContain('WaitPhoneNumber');
    const { format, snapshots } = await read({ path: folder });
    expect(format).toBe('tdlib-binlog');
    expect(snapshots[0]!).toMatchObject({ loggedIn: false, session: { dcs: [], user: null, state: null } });
  });

  test('agrees with us on which key is wrong', async () => {
    const folder = await folderOf(user, { databaseEncryptionKey });
    const before = readFileSync(join(folder, 'td.binlog'));
    expect(start(folder).errors).toEqual([[401, expect.stringMatching(/encryption key/)]]);
    await failure(() => read({ path: folder }), 'NEEDS_SECRET');
    expect(readFileSync(join(folder, 'td.binlog'))).toEqual(before);
  });
});
