/** The SQLite storage of mtcute (formats/mtcute.md, section 2): all schemas are read, the current one is written. */

import { SessionError } from '../../errors.ts';
import { isWalFormat } from '../../sqlite/header.ts';
import type { Codec, Written } from '../codec.ts';
import { writeDatabase } from '../database-file.ts';
import { homeDcLoss, lossesOf } from '../loss.ts';
import { mainDataCenter, testModeToWrite, withAddress } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import type { Snapshot } from '../snapshot.ts';
import { detectDatabase, readDatabase } from '../sqlite-input.ts';
import { mediaLosses } from './dc.ts';
import { readMtcute } from './read.ts';
import { fillMtcute, mtcuteRows } from './write.ts';

const NAME = 'mtcute-sqlite';

/** What is kept, as far as the rows themselves do not tell of a loss. */
const HOLDS = [
  'otherKeys',
  'user',
  'user.bot',
  'user.username',
  'usernames',
  'state',
  'state.channels',
  'peers',
  'testMode',
  'mainDc',
  'mediaDc',
] as const;

/** Session files of mtcute. */
export const mtcuteSqlite: Codec = {
  name: NAME,
  title: 'mtcute, SQLite',
  text: false,
  writes: [null],
  carries:
    'the main data centre, all keys, the media data centre, the user, test mode, the update state, peers',

  detect: (input) => detectDatabase(input, 'mtcute', NAME),

  async read(input): Promise<Snapshot[]> {
    const snapshot = await readDatabase(input, 'mtcute', (db, tables) => readMtcute(db, tables, NAME));
    snapshot.extra.journal = isWalFormat(await input.head()) ? 'wal' : 'delete';
    return [snapshot];
  },

  async write(snapshots, options): Promise<Written> {
    const snapshot = onlySnapshot(snapshots, NAME);
    const notes: string[] = [];
    const main = withAddress(mainDataCenter(snapshot), snapshot.testMode, notes);
    if (main.id > 255) {
      throw new SessionError(
        'CANNOT_HOLD',
        `${NAME} holds data centres up to 255, but the main one is ${main.id}.`,
        {
          field: 'mainDc',
          found: String(main.id),
        },
      );
    }
    const testMode = testModeToWrite(snapshot, main, notes);
    const rows = mtcuteRows(snapshot, main, testMode);
    const losses = [
      ...lossesOf(snapshot, main, HOLDS),
      ...homeDcLoss(snapshot, main),
      ...mediaLosses(snapshot),
      ...rows.losses,
    ];
    const written = await writeDatabase(options, (db) => {
      losses.push(...fillMtcute(db, rows, snapshot.peers));
    });
    return { ...written, losses, notes };
  },
};
