/** The session files of the unreleased Telethon v2 alpha of 2021-22 (tag v2-stale2); read only. */

import type { Codec } from '../codec.ts';
import { rowsExtra } from '../first-rows.ts';
import { testModeOf } from '../main-dc.ts';
import { type Snapshot, snapshotOf } from '../snapshot.ts';
import { detectDatabase, readDatabase } from '../sqlite-input.ts';
import { readTelethonAlpha } from './alpha-read.ts';

const NAME = 'telethon-alpha-sqlite';

/** Session files of the Telethon v2 alpha. */
export const telethonAlphaSqlite: Codec = {
  name: NAME,
  title: 'Telethon v2 alpha of 2021-22 (never released), SQLite',
  text: false,
  writes: [],
  carries: 'all data centres with keys, the user, the update state with channels, peers, a takeout',

  detect: (input) => detectDatabase(input, 'telethon-alpha', NAME),

  async read(input): Promise<Snapshot[]> {
    const file = await readDatabase(input, 'telethon-alpha', readTelethonAlpha);
    const { version, session, takeoutId, peers, entities, notes } = file;
    const main = session.dcs.find((dc) => dc.id === session.user?.dc);
    return [
      snapshotOf(session, {
        origin: { format: NAME, version },
        testMode: testModeOf(main, notes),
        takeoutId,
        peers,
        extra: {
          schemaVersion: version,
          ...rowsExtra('entities', entities, ({ id, hash, ty }) => ({ id, hash: String(hash), ty })),
          takeoutId: takeoutId === null ? null : String(takeoutId),
        },
        notes,
      }),
    ];
  },
};
