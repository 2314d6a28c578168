/** The session files of Telethon v1 (formats/telethon.md, section 2): schemas 1 to 8 are read, 7 and 8 written. */

import { readTelethonV1, type TelethonV1 } from '../../sqlite/telethon-v1.ts';
import type { Codec, Written } from '../codec.ts';
import { writeDatabase } from '../database-file.ts';
import { rowsExtra } from '../first-rows.ts';
import { lossesOf } from '../loss.ts';
import { mainDataCenter, testModeOf, withAddress } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import { type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import { detectDatabase, readDatabase } from '../sqlite-input.ts';
import { checkVersion } from '../versions.ts';
import { fillTelethonV1, telethonV1Rows } from './v1-write.ts';

const NAME = 'telethon-v1-sqlite';

/** What is kept, as far as the rows themselves do not tell of a loss. */
const HOLDS = [
  'user',
  'user.username',
  'state',
  'state.channels',
  'peers',
  'takeoutId',
  'phone',
  'mainDc',
] as const;

/** Session files of Telethon v1. */
export const telethonV1Sqlite: Codec = {
  name: NAME,
  title: 'Telethon v1 (0.16 and newer), SQLite',
  text: false,
  // 7 is what all releases from 1.17 to 1.42 have; Debian's cannot read 8.
  writes: [7, 8],
  carries: 'one data centre with its key, the own id, the update state with channels, peers, a takeout',

  detect: (input) => detectDatabase(input, 'telethon-v1', NAME),

  async read(input): Promise<Snapshot[]> {
    const file = await readDatabase(input, 'telethon-v1', readTelethonV1);
    const { session, version, mainDc, takeoutId, phone, peers, notes } = file;
    const main = session.dcs.find((dc) => dc.id === mainDc);
    return [
      snapshotOf(session, {
        origin: { format: NAME, version },
        botKnown: session.user === null,
        mainDc,
        testMode: testModeOf(main, notes),
        phone,
        takeoutId,
        peers,
        extra: extraOf(file),
        notes,
      }),
    ];
  },

  async write(snapshots, options): Promise<Written> {
    const version = checkVersion(this, options) as 7 | 8;
    const snapshot = onlySnapshot(snapshots, NAME);
    const { session } = snapshot;
    const notes: string[] = [];
    // A file that was never connected has no data centre either.
    const isNew = session.dcs.length === 0 && snapshot.mainDc === null && session.user === null;
    const main = isNew ? null : withAddress(mainDataCenter(snapshot), snapshot.testMode, notes);
    const rows = telethonV1Rows(snapshot, main, version);
    const losses = [...lossesOf(snapshot, main, HOLDS), ...rows.losses];
    if (session.user !== null && session.user.dc !== main?.id) {
      losses.push({
        field: 'session.user.dc',
        message: `That the user lives on data centre ${session.user.dc}.`,
      });
    }
    const written = await writeDatabase(options, (db) => {
      losses.push(...fillTelethonV1(db, version, rows, snapshot));
    });
    return { ...written, losses, notes };
  },
};

function extraOf(file: TelethonV1): { [key: string]: JsonValue } {
  const { version, entities, sentFiles, selfUserId, selfUsername, takeoutId, serverAddress, port } = file;
  const extra: { [key: string]: JsonValue } = {
    schemaVersion: version,
    ...rowsExtra('entities', entities, ({ hash, ...rest }) => ({ ...rest, hash: String(hash) })),
    takeoutId: takeoutId === null ? null : String(takeoutId),
    serverAddress,
    port,
    activeDc: file.mainDc,
  };
  if (sentFiles !== null)
    Object.assign(
      extra,
      rowsExtra('sentFiles', sentFiles, (row) => ({ ...row })),
    );
  if (selfUserId !== null) extra.selfUserId = selfUserId;
  if (selfUsername !== null) extra.selfUsername = selfUsername;
  return extra;
}
