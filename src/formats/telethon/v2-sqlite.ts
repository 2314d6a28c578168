/** The session files of Telethon v2, schema 10: what `SqliteSession` keeps as well (formats/telethon.md, section 1). */

import { LastSaved } from '../../changes.ts';
import { applyChanges } from '../../sqlite/apply.ts';
import { buildDatabase } from '../../sqlite/build.ts';
import { readTelethonV2, TELETHON_V2_SCHEMA, TELETHON_V2_VERSION } from '../../sqlite/telethon-v2.ts';
import type { Codec, Written } from '../codec.ts';
import { lossesOf } from '../loss.ts';
import { testModeOf } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import { type Snapshot, snapshotOf } from '../snapshot.ts';
import { detectDatabase, readDatabase } from '../sqlite-input.ts';
import { checkVersion } from '../versions.ts';

const NAME = 'telethon-v2-sqlite';

/** Session files of Telethon v2. */
export const telethonV2Sqlite: Codec = {
  name: NAME,
  title: 'Telethon v2, SQLite (schema 10); also SqliteSession of tgsession',
  text: false,
  writes: [TELETHON_V2_VERSION],
  carries: 'all data centres with keys, the user, the update state with channels',

  detect: (input) => detectDatabase(input, 'telethon-v2', NAME),

  async read(input): Promise<Snapshot[]> {
    const { version, session, notes, extra } = await readDatabase(input, 'telethon-v2', readTelethonV2);
    const main = session.dcs.find((dc) => dc.id === session.user?.dc) ?? session.dcs[0];
    return [
      snapshotOf(session, {
        origin: { format: NAME, version },
        testMode: testModeOf(main, notes),
        extra: { schemaVersion: version, ...extra },
        notes,
      }),
    ];
  },

  async write(snapshots, options): Promise<Written> {
    checkVersion(this, options);
    const snapshot = onlySnapshot(snapshots, NAME);
    const { session } = snapshot;
    const bytes = await buildDatabase((db) => {
      for (const sql of TELETHON_V2_SCHEMA) db.exec(sql);
      const changes = new LastSaved(null).changesTo(session);
      if (changes !== null) applyChanges((sql) => db.prepare(sql), changes);
    });
    const main = session.dcs.find((dc) => dc.id === session.user?.dc) ?? session.dcs[0] ?? null;
    const losses = lossesOf(snapshot, main, [
      'otherDcs',
      'bothAddresses',
      'user',
      'user.bot',
      'user.username',
      'state',
      'state.channels',
    ]);
    return { files: new Map([['', bytes]]), losses, notes: [] };
  },
};
