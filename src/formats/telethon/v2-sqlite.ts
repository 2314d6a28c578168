/** The session files of Telethon v2, schema 10: what `SqliteSession` keeps as well (formats/telethon.md, section 1). */

import { LastSaved } from '../../changes.ts';
import { applyChanges } from '../../sqlite/apply.ts';
import { readPeers } from '../../sqlite/peer-reader.ts';
import { readTelethonV2, TELETHON_V2_SCHEMA, TELETHON_V2_VERSION } from '../../sqlite/telethon-v2.ts';
import type { Codec, Written } from '../codec.ts';
import { writeDatabase } from '../database-file.ts';
import { type Holds, lossesOf } from '../loss.ts';
import { testModeOf } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import { type Snapshot, snapshotOf } from '../snapshot.ts';
import { detectDatabase, readDatabase } from '../sqlite-input.ts';
import { checkVersion } from '../versions.ts';
import { readBeside } from './v2-beside.ts';
import { fillPeers } from './v2-peers.ts';

const NAME = 'telethon-v2-sqlite';

/** What is kept, as far as the peers themselves do not tell of a loss. */
const HOLDS: readonly Holds[] = [
  'otherDcs',
  'bothAddresses',
  'user',
  'user.bot',
  'user.username',
  'state',
  'state.channels',
  'peers',
  'peers.type',
  'phone',
];

/** Session files of Telethon v2. */
export const telethonV2Sqlite: Codec = {
  name: NAME,
  title: 'Telethon v2, SQLite (schema 10); also SqliteSession of tgsession',
  text: false,
  writes: [TELETHON_V2_VERSION],
  carries: 'all data centres with keys, the user, the update state with channels, peers',

  detect: (input) => detectDatabase(input, 'telethon-v2', NAME),

  async read(input): Promise<Snapshot[]> {
    const { version, session, notes, extra, beside, peers, own } = await readDatabase(
      input,
      'telethon-v2',
      (db, tables) => {
        const file = readTelethonV2(db, tables);
        const beside = readBeside(db, file.session, file.notes);
        return { ...file, beside, ...readPeers(db, file.session, file.notes) };
      },
    );
    const main = session.dcs.find((dc) => dc.id === session.user?.dc) ?? session.dcs[0];
    return [
      snapshotOf(session, {
        origin: { format: NAME, version },
        testMode: testModeOf(main, notes),
        phone: own?.phone != null && /^\d+$/.test(own.phone) ? own.phone : null,
        peers,
        extra: { schemaVersion: version, ...extra, ...beside },
        notes,
      }),
    ];
  },

  async write(snapshots, options): Promise<Written> {
    checkVersion(this, options);
    const snapshot = onlySnapshot(snapshots, NAME);
    const { session } = snapshot;
    const main = session.dcs.find((dc) => dc.id === session.user?.dc) ?? session.dcs[0] ?? null;
    const losses = lossesOf(snapshot, main, HOLDS);
    const written = await writeDatabase(options, (db) => {
      for (const sql of TELETHON_V2_SCHEMA) db.exec(sql);
      const changes = new LastSaved(null).changesTo(session);
      if (changes !== null) applyChanges((sql) => db.prepare(sql), changes);
      losses.push(...fillPeers(db, snapshot));
    });
    return { ...written, losses, notes: [] };
  },
};
