/** Peers in a session file of Telethon v2 travel like those of any other format, and are those of SqliteSession. */

import { chmodSync, copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LastSaved } from '../../../src/changes.ts';
import { read, type Snapshot, snapshotOf, write } from '../../../src/formats/index.ts';
import type { Peer } from '../../../src/peers.ts';
import { Session } from '../../../src/session.ts';
import { applyChanges } from '../../../src/sqlite/apply.ts';
import { buildDatabase } from '../../../src/sqlite/build.ts';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { TELETHON_V2_SCHEMA } from '../../../src/sqlite/telethon-v2.ts';
import { failure } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { Family } from '../../support/format-fixtures.ts';
import { anyPeer } from '../../support/peer-model.ts';
import { fullSession } from '../../support/sessions.ts';
import { FIXTURES } from '../../support/telethon-fixtures.ts';

const NAME = 'telethon-v2-sqlite';

function peer(id: number, fields: Partial<Peer> = {}): Peer {
  return { kind: 'user', id, accessHash: 5n, usernames: [], phone: null, name: null, seen: 7, ...fields };
}

async function written(snapshot: Snapshot, format = NAME) {
  const { files, losses } = await write([snapshot], format);
  return { bytes: files.get('')!, losses, lost: losses.map(({ field }) => field) };
}

const byKey = (peers: Iterable<Peer>) =>
  [...peers].sort((a, b) => a.kind.localeCompare(b.kind) || a.id - b.id);

test('any peers come back as they were, each once', async () => {
  const anyPeers = fc.uniqueArray(anyPeer, { maxLength: 20, selector: ({ kind, id }) => `${kind} ${id}` });
  await fc.assert(
    fc.asyncProperty(anyPeers, async (peers) => {
      const { bytes, lost } = await written(snapshotOf(fullSession(), { peers }));
      expect(lost).toEqual([]);
      const again = (await read({ bytes })).snapshots[0]!;
      expect(byKey(again.peers)).toEqual(byKey(peers));
      expect(again.session.equals(fullSession())).toBe(true);
      expect(again.notes).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('a file without peers is byte for byte the one that it was before there were any', async () => {
  const session = fullSession();
  const { bytes } = await written(snapshotOf(session));
  const before = await buildDatabase((db) => {
    for (const sql of TELETHON_V2_SCHEMA) db.exec(sql);
    applyChanges((sql) => db.prepare(sql), new LastSaved(null).changesTo(session)!);
  });
  expect(Buffer.from(bytes).equals(before)).toBe(true);
});

test('peers that a SqliteSession has put are read, and those that were converted are found by it', async () => {
  const path = join(temporaryFolder(), 'a.session');
  const storage = new SqliteSession(path);
  await storage.save(fullSession());
  const peers = [
    peer(5, { usernames: ['Alice'], bot: false }),
    peer(6, { kind: 'channel', megagroup: true }),
  ];
  await storage.peers.put(peers);
  expect([...(await read({ path })).snapshots[0]!.peers]).toEqual(peers);
  await storage.close();

  const { snapshots } = await read({ path });
  const { bytes } = await written(snapshots[0]!);
  const copy = join(temporaryFolder(), 'b.session');
  writeFileSync(copy, bytes, { mode: 0o600 });
  const other = new SqliteSession(copy);
  await other.load();
  expect(await other.peers.list()).toEqual(peers);
  expect(await other.peers.getByUsername('alice')).toEqual(peers[0]);
  await other.peers.put([peer(7)]);
  expect(await other.peers.count()).toBe(3);
  await other.close();
});

test('peers of another library are found in the converted file by username and by phone', async () => {
  const family = new Family('pyrogram');
  const { snapshots } = await read({ path: family.path('v7-kurigram-fresh.session') });
  const source = [...snapshots[0]!.peers].filter(({ usernames }) => usernames.length > 0);
  const path = join(temporaryFolder(), 'a.session');
  writeFileSync(path, (await written(snapshots[0]!)).bytes, { mode: 0o600 });
  const storage = new SqliteSession(path);
  await storage.load();
  expect(await storage.peers.count()).toBe(snapshots[0]!.peers.length);
  for (const one of source) {
    for (const name of one.usernames) expect((await storage.peers.getByUsername(name))?.id).toBe(one.id);
  }
  await storage.close();
});

test('the own account has its username and phone, and gives the phone back', async () => {
  const session = fullSession();
  const own = peer(session.user!.id, { usernames: ['older'] });
  const { bytes, lost } = await written(snapshotOf(session, { peers: [own], phone: '79001234567' }));
  expect(lost).toEqual([]);
  const again = (await read({ bytes })).snapshots[0]!;
  expect(again.phone).toBe('79001234567');
  expect([...again.peers][0]).toEqual({ ...own, usernames: ['alice', 'older'], phone: '79001234567' });
  expect((await written(snapshotOf(session, { phone: '79001234567' }))).lost).toEqual(['phone']);
});

describe('what is lost is said', () => {
  test('all peers, where there is no key that they belong to', async () => {
    const session = new Session({ dcs: [{ id: 2, ipv4Addr: '1.2.3.4:443' }] });
    const { losses } = await written(snapshotOf(session, { peers: [peer(5), peer(6)] }));
    expect(losses).toMatchObject([
      { field: 'peers', message: expect.stringMatching(/^2 peers: .*no auth key/) },
    ]);
  });

  test('peers that come twice, and texts that no file can keep', async () => {
    const peers = [
      peer(5, { seen: 1 }),
      peer(5, { seen: 2 }),
      peer(7, { usernames: ['Alice', 'ALICE'], seen: -1 }),
      peer(6, { usernames: ['\ud800', 'fine'], phone: 'x\0', name: 'y'.repeat(5000) }),
    ];
    const { bytes, losses } = await written(snapshotOf(fullSession(), { peers }));
    expect(losses.map(({ field }) => field).sort()).toEqual([
      'peers',
      'peers.name',
      'peers.phone',
      'peers.seen',
      'peers.usernames',
    ]);
    const again = [...(await read({ bytes })).snapshots[0]!.peers];
    expect(again).toEqual([
      peer(5, { seen: 2 }),
      peer(6, { usernames: ['fine'] }),
      peer(7, { usernames: ['Alice'], seen: null }),
    ]);
  });

  test('and what is no peer is refused by field', async () => {
    const wrong: [unknown, string][] = [
      [peer(2 ** 53), 'peers[1].id'],
      [peer(5, { accessHash: 2n ** 63n }), 'peers[1].accessHash'],
      [{ ...peer(5), usernames: 'alice' }, 'peers[1].usernames'],
      [{ ...peer(5), name: 5 }, 'peers[1].name'],
      [{ ...peer(5), seen: 'now' }, 'peers[1].seen'],
    ];
    for (const [one, field] of wrong) {
      const snapshot = snapshotOf(fullSession(), { peers: [peer(4), one as Peer] });
      await failure(() => write([snapshot], NAME), 'INVALID_VALUE', field);
    }
  });

  test.each(['telethon-v1-sqlite', 'pyrogram-sqlite', 'mtcute-sqlite'])(
    '%s takes no peers that are known only in part',
    async (format) => {
      const peers = [peer(5, { min: true }), peer(6)];
      const { bytes, losses } = await written(snapshotOf(fullSession(), { peers }), format);
      expect(losses.find(({ field }) => field === 'peers')?.message).toMatch(
        /^1 peers: .*known only in part/,
      );
      expect([...(await read({ bytes })).snapshots[0]!.peers].map(({ id }) => id)).toEqual([6]);
    },
  );
});

describe('peers in a file that are of no use', () => {
  async function fileWith(sql: string): Promise<string> {
    const path = join(temporaryFolder(), 'a.session');
    writeFileSync(path, (await written(snapshotOf(fullSession(), { peers: [peer(5), peer(6)] }))).bytes);
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.close();
    return path;
  }

  test('as they are of another login, are left out and noted', async () => {
    for (const sql of [
      'UPDATE user SET id = id + 1',
      "UPDATE tgsession_login SET key_id = '0000000000000000'",
      'DELETE FROM tgsession_login',
    ]) {
      const { peers, notes } = (await read({ path: await fileWith(sql) })).snapshots[0]!;
      expect([...peers]).toEqual([]);
      expect(notes.join()).toMatch(/^2 peers are of another login/);
    }
  });

  test('as a newer tgsession wrote them, are left out and noted; the session is read', async () => {
    const path = await fileWith('ALTER TABLE tgsession_peers ADD COLUMN more');
    const { session, peers, notes } = (await read({ path })).snapshots[0]!;
    expect(session.equals(fullSession())).toBe(true);
    expect([...peers]).toEqual([]);
    expect(notes.join()).toMatch(/only a newer tgsession knows/);
  });

  test('as they are damaged, are refused by field', async () => {
    const path = await fileWith("UPDATE tgsession_peers SET access_hash = 'x' WHERE id = 6");
    await failure(() => read({ path }), 'INVALID_VALUE', 'tgsession_peers[6].accessHash');
  });
});

describe('a migrated Telethon v1 file', () => {
  test('has the peers that it had before', async () => {
    const path = join(temporaryFolder(), 'old.session');
    copyFileSync(join(FIXTURES, 'v7-1.37.0-self.session'), path);
    chmodSync(path, 0o600);
    const before = byKey((await read({ path })).snapshots[0]!.peers);
    expect(before.length).toBeGreaterThan(2);
    const storage = new SqliteSession(path, { migrate: true });
    await storage.load();
    expect(byKey(await storage.peers.list())).toEqual(before);
    const named = before.find(({ usernames }) => usernames.length > 0)!;
    expect(await storage.peers.getByUsername(named.usernames[0]!)).toEqual(named);
    await storage.close();
    expect(byKey((await read({ path })).snapshots[0]!.peers)).toEqual(before);
  });
});

describe('a file of many peers', () => {
  const many = Array.from({ length: 2500 }, (_, i) => peer(i + 1, { usernames: [`user_${i}`] }));

  test.each([
    ['pyrogram-sqlite', 'peers'],
    ['mtcute-sqlite', 'peers'],
    ['telethon-v1-sqlite', 'entities'],
  ])('of %s shows its first thousand rows, and says how many there are', async (format, name) => {
    const { bytes } = await written(snapshotOf(fullSession(), { peers: many }), format);
    const { peers, extra } = (await read({ bytes })).snapshots[0]!;
    expect(peers).toHaveLength(2500);
    expect(extra[name]).toHaveLength(1000);
    expect(extra[`${name}Count`]).toBeGreaterThanOrEqual(2500);
  });

  test.each([NAME, 'pyrogram-sqlite', 'mtcute-sqlite', 'telethon-v1-sqlite'])(
    'of %s is made in a folder, where one is given, and is the same',
    async (format) => {
      const folder = temporaryFolder();
      const snapshot = snapshotOf(fullSession(), { peers: many });
      const { files, built, losses } = await write([snapshot], format, { folder });
      expect([...files.keys()]).toEqual([]);
      const path = built!.get('')!;
      expect(path.startsWith(folder)).toBe(true);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const inMemory = await write([snapshot], format);
      expect(losses).toEqual(inMemory.losses);
      const [a, b] = [await read({ path }), await read({ bytes: inMemory.files.get('')! })];
      expect(a.snapshots[0]!.session.equals(b.snapshots[0]!.session)).toBe(true);
      expect([...a.snapshots[0]!.peers]).toEqual([...b.snapshots[0]!.peers]);
      expect(
        readFileSync(path)
          .subarray(0, 20)
          .equals(Buffer.from(inMemory.files.get('')!).subarray(0, 20)),
      ).toBe(true);
    },
  );

  test('that cannot be made leaves nothing in the folder', async () => {
    const folder = temporaryFolder();
    const snapshot = snapshotOf(fullSession(), { peers: [...many, peer(9999, { accessHash: 2n ** 64n })] });
    await failure(() => write([snapshot], NAME, { folder }), 'INVALID_VALUE', 'peers[2500].accessHash');
    expect(existsSync(join(folder, 'new.session'))).toBe(false);
    await failure(() => write([snapshot], NAME, { folder: join(folder, 'none') }), 'NOT_FOUND');
  });
});
