/** Session files of mtcute: its tables to the letter, everything in them, and hostile ones refused. */

import { describe, expect, test } from 'vitest';
import { formatMtcuteString, read, snapshotOf, write } from '../../../src/formats/index.ts';
import { Session } from '../../../src/session.ts';
import { nodeDriver } from '../../../src/sqlite/driver-node.ts';
import { changedDatabase } from '../../support/changed-database.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fuzz, fuzzRuns } from '../../support/mutate.ts';
import { expectRoundTrips } from '../../support/through-format.ts';

const family = new Family('mtcute');
const NAME = 'mtcute-sqlite';
const auth = new Uint8Array(256).map((_, i) => (i * 7 + 3) & 255);
const files = family.fixtures.filter(({ format }) => format.startsWith(NAME)).map(({ file }) => file);

/** A fixture with some SQL run on it. */
function changed(sql: string, file = 'session-user.sqlite'): string {
  return changedDatabase(family.path(file), sql);
}

describe('reading', () => {
  test.each(files.filter((file) => !file.startsWith('legacy')))(
    '%s gives the string that mtcute exports',
    async (file) => {
      const { snapshots } = await read({ path: family.path(file) });
      const { stringExport } = family.fixtures.find((one) => one.file === file)!.extra!;
      // mtcute exports its default media data centre; of these files, those with a key and one stored.
      expect(formatMtcuteString(snapshots[0]!) === stringExport).toBe(true);
    },
  );

  test('peers that are known only in part, salts, temporary keys and references are left out, and said', async () => {
    const { snapshots } = await read({ path: family.path('session-user.sqlite') });
    expect([...snapshots[0]!.peers]).toEqual([
      {
        kind: 'user',
        id: 777000,
        accessHash: -530242869989604654n,
        usernames: ['telegram', 'tg_alias'],
        phone: '42777',
        name: null,
        seen: 1700000000,
      },
    ]);
    expect(snapshots[0]!.notes).toHaveLength(3);
  });

  test('a file of the old schema that a newer mtcute has opened still gives its session', async () => {
    const path = changed(
      `CREATE TABLE mtcute_migrations (repo text not null primary key, version integer not null);
       CREATE TABLE key_value (key text primary key, value blob not null);
       INSERT INTO mtcute_migrations VALUES ('auth_keys', 1), ('kv', 1);`,
      'legacy-v5.sqlite',
    );
    const { version, snapshots } = await read({ path });
    expect(version).toBe(5);
    expect(snapshots[0]!.session.user!.id).toBe(5000801609);
    expect(snapshots[0]!.notes.join()).toMatch(/A newer mtcute has opened the file/);
  });

  test('until version 3 the old schema has one data centre', async () => {
    const path = changed(
      `UPDATE kv SET value = '3' WHERE key = 'ver';
       UPDATE kv SET value = '{"_":"dcOption","id":4,"ipAddress":"149.154.167.91","port":443}' WHERE key = 'def_dc'`,
      'legacy-v5.sqlite',
    );
    const { version, snapshots } = await read({ path });
    expect(version).toBe(3);
    expect(snapshots[0]).toMatchObject({ mainDc: 4, mediaDc: null });
  });

  test('a state that is not whole is none, and noted', async () => {
    const { snapshots } = await read({ path: changed("DELETE FROM key_value WHERE key = 'updates_seq'") });
    expect(snapshots[0]!.session.state).toBeNull();
    expect(snapshots[0]!.notes.join()).toMatch(/state is not whole/);
  });

  test('a logged-out user, and a file without a data centre', async () => {
    const out = await read({ path: changed("UPDATE key_value SET value = x'' WHERE key = 'current_user'") });
    expect(out.snapshots[0]!.session.user).toBeNull();
    const no = await read({ path: changed("DELETE FROM key_value WHERE key = 'dc_main'") });
    expect(no.snapshots[0]).toMatchObject({ mainDc: null, session: { user: null } });
    expect(no.snapshots[0]!.session.dcs).toHaveLength(3);
  });

  test.each([
    ["UPDATE auth_keys SET key = x'00' WHERE dc = 4", 'auth_keys[4].key'],
    ['UPDATE auth_keys SET key = zeroblob(256) WHERE dc = 4', 'auth_keys[4].key'],
    ['UPDATE auth_keys SET dc = -1 WHERE dc = 4', 'auth_keys[-1].dc'],
    ["UPDATE key_value SET value = 'text' WHERE key = 'dc_main'", 'key_value[dc_main]'],
    ["UPDATE key_value SET value = x'03' WHERE key = 'dc_main'", 'key_value[dc_main].version'],
    ["UPDATE key_value SET value = CAST(value || x'00' AS BLOB) WHERE key = 'dc_main'", 'key_value[dc_main]'],
    [
      "UPDATE key_value SET value = x'02000000' WHERE key = 'current_user'",
      'key_value[current_user].version',
    ],
    [
      "UPDATE key_value SET value = x'0100000002000000010000000000000000ffffff7f' WHERE key = 'current_user'",
      'key_value[current_user].usernames',
    ],
    ["UPDATE key_value SET value = x'ffffffff' WHERE key = 'updates_pts'", 'key_value.pts'],
    ["UPDATE key_value SET value = x'0000' WHERE key = 'updates_qts'", 'key_value[updates_qts]'],
    ["UPDATE key_value SET key = 'updates_channel:-5' WHERE key = 'updates_channel:1000000001'", null],
    ["UPDATE key_value SET key = 'updates_channel:x' WHERE key = 'updates_channel:1234567890'", null],
    ["UPDATE peers SET hash = '1' WHERE id = 777000", 'peers[777000].hash'],
    ["UPDATE peers SET hash = '4294967296|0' WHERE id = 777000", 'peers[777000].hash'],
    ["UPDATE peers SET usernames = '{}' WHERE id = 777000", 'peers[777000].usernames'],
    ['UPDATE peers SET id = 0 WHERE id = 777000', 'peers[0].id'],
    ['UPDATE peers SET updated = -1 WHERE id = 777000', 'peers[777000].updated'],
  ])('%s is refused by field', async (sql, field) => {
    const error = await failure(() => read({ path: changed(sql) }), 'INVALID_VALUE');
    if (field !== null) expect(error.field).toBe(field);
  });

  test('a missing table or column is named, an unknown version of the old schema too', async () => {
    const lost = changed('ALTER TABLE peers RENAME COLUMN hash TO h');
    await failure(() => read({ path: lost }), 'DAMAGED', 'peers');
    await failure(() => read({ path: changed('DROP TABLE key_value') }), 'FOREIGN_DATABASE');
    const newer = changed("UPDATE kv SET value = '6' WHERE key = 'ver'", 'legacy-v5.sqlite');
    await failure(() => read({ path: newer }), 'NEWER_VERSION', 'kv[ver]');
    const without = changed("DELETE FROM kv WHERE key = 'ver'", 'legacy-v5.sqlite');
    await failure(() => read({ path: without }), 'BAD_VERSION', 'kv[ver]');
  });

  test('mutants are read or refused', async () => {
    const inputs = files.map((file) => family.bytes(file));
    const options = { runs: fuzzRuns(1500), seed: 17, limitMs: 5000 };
    const result = await fuzz(inputs, options, async (bytes) => {
      const { snapshots } = await read({ bytes }, { from: NAME });
      for (const dc of snapshots[0]!.session.dcs) if (dc.auth !== null) expect(dc.auth).toHaveLength(256);
    });
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
  });
});

describe('writing', () => {
  test('has the tables of the real mtcute, to the letter, and what they hold', async () => {
    const { snapshots } = await read({ path: family.path('session-user.sqlite') });
    const { files: written, losses } = await write(snapshots, NAME);
    expect(losses).toEqual([]);
    const rows = (bytes: Uint8Array, sql: string) => {
      const db = nodeDriver.openImage(bytes);
      const result = db.prepare(sql).all();
      db.close();
      return result;
    };
    const [ours, theirs] = [written.get('')!, family.bytes('session-user.sqlite')];
    for (const sql of [
      'SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name',
      'SELECT * FROM mtcute_migrations ORDER BY repo',
      'SELECT dc, hex(key) FROM auth_keys ORDER BY dc',
      "SELECT key, hex(value) FROM key_value WHERE key NOT LIKE 'salts:%' AND key != 'current_user' ORDER BY key",
      'SELECT id, hash, usernames, updated, phone, isMin FROM peers WHERE isMin = 0',
    ]) {
      expect(rows(ours, sql)).toEqual(rows(theirs, sql));
    }
    const again = await read({ bytes: ours });
    expect(again.snapshots[0]!.session.equals(snapshots[0]!.session)).toBe(true);
  });

  test('any snapshot comes back, but for exactly what was reported as lost', async () => {
    expect(await expectRoundTrips(NAME, 200)).toBeGreaterThan(50);
  });

  test('what has more than 32 bits is lost, and said', async () => {
    const session = new Session({
      dcs: [{ id: 2, ipv4Addr: '149.154.167.50:443', auth }],
      state: {
        pts: 1,
        qts: 0,
        date: 0,
        seq: 0,
        channels: [
          { id: 5, pts: 2 ** 32 },
          { id: 6, pts: 2 ** 32 - 1 },
        ],
      },
    });
    const { files: written, losses } = await write([snapshotOf(session)], NAME);
    expect(losses.map(({ field }) => field)).toEqual(['session.state.channels']);
    const { snapshots } = await read({ bytes: written.get('')! });
    expect(snapshots[0]!.session.state!.channels).toMatchObject([{ id: 6, pts: 2 ** 32 - 1 }]);
    const later = session.with({ state: { pts: 2 ** 31, qts: 0, date: 0, seq: 0 } });
    const lost = await write([snapshotOf(later)], NAME);
    expect(lost.losses.map(({ field }) => field)).toEqual(['session.state']);
    const large = new Session({ dcs: [{ id: 256, ipv4Addr: '1.2.3.4:5', auth }] });
    await failure(() => write([snapshotOf(large)], NAME), 'CANNOT_HOLD', 'mainDc');
  });
});
