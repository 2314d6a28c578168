/**
 * The session files of Pyrogram's family (formats/pyrogram.md, section 1): all of them are read; those of Pyrogram 2
 * (3), Pyrofork (4) and Kurigram (7) are written.
 */

import { SessionError } from '../../errors.ts';
import type { Codec, Written } from '../codec.ts';
import { writeDatabase } from '../database-file.ts';
import { rowsExtra } from '../first-rows.ts';
import { addressLosses, type Holds, homeDcLoss, lossesOf } from '../loss.ts';
import { mainDataCenter, withAddress, withUsualAddresses } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import { type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import { detectDatabase, readDatabase } from '../sqlite-input.ts';
import { checkVersion } from '../versions.ts';
import { checkKnownDataCenter, pyrogramAccount } from './account.ts';
import { type PyrogramFile, readPyrogram } from './read.ts';
import type { PyrogramVersion } from './schema.ts';
import { fillPyrogram, pyrogramRows } from './write.ts';

const NAME = 'pyrogram-sqlite';

/** What every version keeps, as far as the rows themselves do not tell of a loss. */
const HOLDS: readonly Holds[] = [
  'user',
  'user.bot',
  'user.username',
  'peers',
  'peers.type',
  'phone',
  'apiId',
  'testMode',
  'mainDc',
];
const HOLDS_STATE: readonly Holds[] = ['state', 'state.channels'];

/** Session files of Pyrogram and its forks. */
export const pyrogramSqlite: Codec = {
  name: NAME,
  title: 'Pyrogram (0.15 and newer), Pyrofork, Hydrogram, PyroTGFork, Kurigram: SQLite',
  text: false,
  // 3 is read by all of them.
  writes: [3, 4, 7],
  carries:
    'one data centre with its key, the user, test mode, the api id, peers; 4 and 7: the update state with channels',

  detect: (input) => detectDatabase(input, 'pyrogram', NAME),

  async read(input): Promise<Snapshot[]> {
    const file = await readDatabase(input, 'pyrogram', readPyrogram);
    const { session, version, fork, mainDc, testMode, phone, peers, notes } = file;
    const [stored] = session.dcs;
    const dc = withUsualAddresses(stored!, testMode, notes);
    const isDerived = dc !== stored;
    session.dcs = [dc];
    return [
      snapshotOf(session, {
        origin: { format: NAME, version, ...(fork !== 'pyrogram' && { fork }) },
        botKnown: file.botKnown,
        mainDc,
        testMode,
        apiId: file.apiId ?? null,
        phone,
        peers,
        extra: {
          ...extraOf(file),
          ...(isDerived && { derivedAddress: { ipv4: dc.ipv4Addr, ipv6: dc.ipv6Addr } }),
        },
        notes,
      }),
    ];
  },

  async write(snapshots, options): Promise<Written> {
    const version = checkVersion(this, options) as PyrogramVersion;
    const snapshot = onlySnapshot(snapshots, NAME);
    const { session } = snapshot;
    const notes: string[] = [];
    // A file that was never used has a data centre, but nothing else.
    const isNew = session.dcs.length === 0 && snapshot.mainDc === null && session.user === null;
    const found = isNew ? null : mainDataCenter(snapshot);
    if (found !== null && found.auth !== null && session.user === null) {
      throw new SessionError(
        'CANNOT_HOLD',
        'The session does not say who is logged in. Pyrogram would throw its key away: it makes a new one when it opens a file without a user.',
        { field: 'session.user', found: 'null' },
      );
    }
    const account = found === null ? null : pyrogramAccount(snapshot, found, notes);
    const testMode = account?.testMode ?? false;
    // Nobody connects to a data centre without a key.
    const needsAddress = version === 7 && found !== null && found.auth !== null;
    const main = needsAddress ? withAddress(found, testMode, notes) : found;
    const rows = pyrogramRows(snapshot, main, account, version);
    const holds = version === 3 ? HOLDS : [...HOLDS, ...HOLDS_STATE];
    const losses = [
      ...lossesOf(snapshot, main, version === 7 ? holds : [...holds, 'bothAddresses']),
      ...rows.losses,
    ];
    if (main !== null && version !== 7) {
      if (main.auth !== null) checkKnownDataCenter(main, testMode);
      losses.push(...addressLosses(session, main, testMode));
    }
    losses.push(...homeDcLoss(snapshot, main));
    const written = await writeDatabase(options, (db) => {
      losses.push(...fillPyrogram(db, version, rows, snapshot, notes));
    });
    return { ...written, losses, notes };
  },
};

function extraOf(file: PyrogramFile): { [key: string]: JsonValue } {
  const { version, fork, apiId, date, testMode, serverAddress, port, usernames, updateStates, selfUsername } =
    file;
  const extra: { [key: string]: JsonValue } = { schemaVersion: version };
  if (fork !== 'pyrogram') extra.fork = fork;
  if (apiId !== undefined) extra.apiId = apiId;
  extra.date = date;
  extra.testMode = testMode;
  if (serverAddress !== undefined) extra.serverAddress = serverAddress;
  if (port !== undefined) extra.port = port;
  extra.sessionsColumns = [...file.sessionsColumns];
  const peers = rowsExtra('peers', file.peerRows, ({ id, accessHash, type, username, phone }) => ({
    id,
    accessHash: accessHash === null ? null : String(accessHash),
    type,
    ...(username !== undefined && { username }),
    phone,
  }));
  Object.assign(extra, peers, usernames && rowsExtra('usernames', usernames, (row) => ({ ...row })));
  if (updateStates !== null) {
    extra.updateStates = updateStates.map(({ id, pts, qts, date: when, seq }) => [id, pts, qts, when, seq]);
  }
  if (selfUsername !== null) extra.selfUsername = selfUsername;
  return extra;
}
