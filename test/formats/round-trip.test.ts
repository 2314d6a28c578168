/** What is written is what the real libraries write; that it is read again is tested in every-format.test.ts. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { read, type Snapshot, snapshotOf, write } from '../../src/formats/index.ts';
import { Session } from '../../src/session.ts';
import { hasSqliteMagic } from '../../src/sqlite/header.ts';
import { anySession } from '../support/arbitrary.ts';
import { failure } from '../support/errors.ts';
import { fixture } from '../support/telethon-fixtures.ts';
import { throughFormat } from '../support/through-format.ts';

test('any session comes back from a Telethon v2 file as it was', async () => {
  await fc.assert(
    fc.asyncProperty(anySession, async (session) => {
      const { again, losses } = await throughFormat(snapshotOf(session), 'telethon-v2-sqlite');
      expect(again.session.equals(session)).toBe(true);
      expect(losses).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

describe('what is written', () => {
  test.each([
    ['telethon-v2-sqlite', 'v10-full.session'],
    ['telethon-v1-sqlite', 'v7-1.37.0-self.session'],
  ])('%s has the tables of the real library, to the letter, and its file format', async (format, file) => {
    const { snapshots } = await read({ bytes: fixture(file) });
    const { files, losses } = await write(snapshots, format);
    const bytes = files.get('')!;
    expect(hasSqliteMagic(bytes)).toBe(true);
    const header = (from: Uint8Array) => [...from.subarray(16, 24), ...from.subarray(44, 72)];
    expect(header(bytes)).toEqual(header(fixture(file)));
    expect(losses).toEqual([]);
    const { nodeDriver } = await import('../../src/sqlite/driver-node.ts');
    const schema = (from: Uint8Array) => {
      const db = nodeDriver.openImage(from);
      const rows = db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid').all();
      db.close();
      return rows;
    };
    expect(schema(bytes)).toEqual(schema(fixture(file)));
  });

  test('a new session is a file that was never connected', async () => {
    const { again } = await throughFormat(snapshotOf(new Session()), 'telethon-v1-sqlite');
    expect(again.session.equals(new Session())).toBe(true);
  });

  test('formats, versions and numbers of accounts that cannot be written are refused', async () => {
    const one = snapshotOf(new Session());
    await failure(() => write([one], 'nothing'), 'UNKNOWN_FORMAT');
    await failure(() => write([one], 'telethon-json'), 'UNSUPPORTED');
    await failure(() => write([one], 'telethon-v1-sqlite', { version: 6 }), 'UNSUPPORTED', 'version');
    await failure(() => write([one], 'telethon-v2-sqlite', { version: 11 }), 'UNSUPPORTED', 'version');
    await failure(() => write([], 'telethon-v2-sqlite'), 'CANNOT_HOLD');
    await failure(() => write([one, one], 'telethon-v2-sqlite'), 'CANNOT_HOLD');
    await failure(() => read({ text: '' }, { from: 'nothing' }), 'UNKNOWN_FORMAT');
  });

  test('a session that was changed into something wrong is refused by field', async () => {
    const session = new Session({ dcs: [{ id: 2, ipv4Addr: '1.2.3.4:5' }] });
    session.dcs[0]!.auth = new Uint8Array(5);
    for (const format of ['telethon-v2-sqlite', 'telethon-v1-sqlite', 'telethon-string']) {
      await failure(() => write([snapshotOf(session)], format), 'INVALID_VALUE', 'Session.dcs[0].auth');
    }
    const peers = [
      { kind: 'user', id: 5, accessHash: 2n ** 63n, usernames: [], phone: null, name: null, seen: null },
    ];
    const snapshot = snapshotOf(new Session({ dcs: [{ id: 2, ipv4Addr: '1.2.3.4:5' }] }), {
      peers: peers as Snapshot['peers'],
    });
    await failure(() => write([snapshot], 'telethon-v1-sqlite'), 'INVALID_VALUE', 'peers[0].accessHash');
  });
});
