/** The session files of grammers, 0.8 and newer (formats/grammers.md, section 1). */

import { SessionError } from '../../errors.ts';
import type { DataCenter, Session } from '../../session.ts';
import type { Codec, Written } from '../codec.ts';
import { isTestServer, usualAddress } from '../data-centers.ts';
import { writeDatabase } from '../database-file.ts';
import { type Holds, homeDcLoss, lossesOf } from '../loss.ts';
import { mainDataCenter } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import type { Snapshot } from '../snapshot.ts';
import { detectDatabase, readDatabase } from '../sqlite-input.ts';
import { checkVersion } from '../versions.ts';
import { GRAMMERS_VERSION, readGrammers } from './read.ts';
import { fillGrammers, grammersRows } from './write.ts';

const NAME = 'grammers-sqlite';

/** What is kept, as far as the rows themselves do not tell of a loss. */
const HOLDS: readonly Holds[] = [
  'otherDcs',
  'bothAddresses',
  'user',
  'user.bot',
  'state',
  'state.channels',
  'peers',
  'peers.type',
  'mainDc',
];

/** Session files of grammers. */
export const grammersSqlite: Codec = {
  name: NAME,
  title: 'grammers 0.8 and newer, SQLite',
  text: false,
  writes: [GRAMMERS_VERSION],
  carries:
    'all data centres with keys and both addresses, the user, the update state with channels, peers with their types',

  detect: (input) => detectDatabase(input, 'grammers', NAME),

  async read(input): Promise<Snapshot[]> {
    return [await readDatabase(input, 'grammers', (db, tables) => readGrammers(db, tables, NAME))];
  },

  async write(snapshots, options): Promise<Written> {
    checkVersion(this, options);
    const snapshot = onlySnapshot(snapshots, NAME);
    const { session, mainDc } = snapshot;
    const notes: string[] = [];
    // Where nobody can be logged in, nobody needs to know where the account lives.
    const isUnused =
      mainDc === null && session.user === null && session.dcs.every(({ auth }) => auth === null);
    const found = isUnused ? null : mainDataCenter(snapshot);
    const test = snapshot.testMode ?? (found !== null && isTestServer(found) === true);
    const dcs = withIpv4(session, found, test, notes);
    const main = dcs.find(({ id }) => id === found?.id) ?? null;
    if (session.user !== null && !snapshot.botKnown) {
      notes.push('It is not known whether the account is a bot: "no" was written.');
    }
    const rows = grammersRows(snapshot, main, dcs);
    const losses = [...lossesOf(snapshot, main, HOLDS), ...homeDcLoss(snapshot, main), ...rows.losses];
    const written = await writeDatabase(options, (db) => {
      losses.push(...fillGrammers(db, rows, snapshot));
    });
    return { ...written, losses, notes };
  },
};

/**
 * The data centres, those without an IPv4 address with their usual one, as grammers connects over IPv4 unless it is
 * told not to.
 *
 * @throws SessionError `CANNOT_HOLD` if no address at all is known of the main one
 */
function withIpv4(session: Session, main: DataCenter | null, test: boolean, notes: string[]): DataCenter[] {
  let unknown = 0;
  const dcs = session.dcs.map((dc) => {
    if (dc.ipv6Addr === null) unknown++;
    if (dc.ipv4Addr !== null) return dc;
    const usual = usualAddress(dc.id, test, 4);
    if (usual !== null) {
      notes.push(`Data centre ${dc.id} had no IPv4 address: its usual one, ${usual}, was written.`);
      return dc.with({ ipv4Addr: usual });
    }
    if (dc.id === main?.id && dc.ipv6Addr === null) {
      throw new SessionError(
        'CANNOT_HOLD',
        `Data centre ${dc.id} has no address in the session, and none is known for it.`,
        { field: 'session.dcs' },
      );
    }
    notes.push(`Data centre ${dc.id} has no IPv4 address, and none is known for it.`);
    return dc;
  });
  if (unknown > 0) {
    notes.push(
      `Of ${unknown} data centres no IPv6 address is known: the IPv4 address stands in its place, in the form of IPv6.`,
    );
  }
  return dcs;
}
