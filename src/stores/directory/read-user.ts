/** Who is logged in, and what Telegram said of it, of many session files: read without changing anything, and not again while a file stays the same. */

import { type BigIntStats, statSync } from 'node:fs';
import { SessionError } from '../../errors.ts';
import { loginOf } from '../../login.ts';
import type { User } from '../../session.ts';
import { hasSideFiles } from '../../sqlite/image.ts';
import { ioError } from '../../sqlite/io-error.ts';
import { kindOf } from '../../sqlite/kind.ts';
import { openForReading, readingError } from '../../sqlite/reader.ts';
import { readStatus } from '../../sqlite/status-table.ts';
import { checkTables, tablesOf } from '../../sqlite/tables.ts';
import { readTelethonV2Login } from '../../sqlite/telethon-v2.ts';
import type { AuthKeyStatus } from '../../status.ts';

/** Most files that are remembered. */
const MOST = 200_000;
/** A file that was changed this short a time ago, in milliseconds, may change again without its time telling. */
const SETTLED = 2000;

/** What reading a file gave. */
export type ReadUser = (FoundUser & { error: null }) | { error: SessionError };

/** What is in a file that is a session. */
export interface FoundUser {
  user: User | null;
  /** What Telegram said of the key that is in the file now, if anybody asked. */
  said: AuthKeyStatus | null;
}

/** A session file that is there. */
export interface Found {
  savedAt: Date;
  read: ReadUser;
  /** Whether the file was read just now, and not known from before. */
  isNew: boolean;
}

interface Known {
  stamp: string;
  settled: boolean;
  read: ReadUser;
}

/** Reads files, and remembers what was in them. */
export class UserReader {
  readonly #migrate: boolean;
  readonly #known = new Map<string, Known>();

  /** @param migrate whether files of Telethon v1 are sessions too, as they will be migrated */
  constructor(migrate: boolean) {
    this.#migrate = migrate;
  }

  /** What is in a file; null if there is none, or nothing in it. @param file its real path */
  async look(file: string): Promise<Found | null> {
    const stats = statOf(file);
    if (stats === null) return null;
    const savedAt = new Date(Number(stats.mtimeMs));
    const known = this.#known.get(file);
    const stamp = `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
    const sideFiles = hasSideFiles(file);
    const isSame = known?.stamp === stamp && !sideFiles;
    if (isSame && known.settled) return { savedAt, read: known.read, isNew: false };
    const settled = !sideFiles && Date.now() - Number(stats.ctimeMs) > SETTLED;
    const read = await this.#read(file);
    this.#known.delete(file);
    // The first in a Map is what was put there first.
    if (this.#known.size >= MOST) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(file, { stamp, settled, read });
    return { savedAt, read, isNew: !isSame };
  }

  async #read(file: string): Promise<ReadUser> {
    try {
      return { ...(await readUser(file, this.#migrate)), error: null };
    } catch (error) {
      if (error instanceof SessionError) return { error };
      throw error;
    }
  }
}

/** Null if there is no file, or an empty one: that is no session yet. */
function statOf(file: string): BigIntStats | null {
  try {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats === undefined || stats.size === 0n ? null : stats;
  } catch (error) {
    throw ioError(error, file);
  }
}

/** The tables that are read: all of them are small in a sound file. */
const READ = ['version', 'datacenter', 'user', 'state', 'tgsession_status'];

async function readUser(file: string, migrate: boolean): Promise<FoundUser> {
  const db = await openForReading(file);
  try {
    const tables = tablesOf(db);
    if (migrate && kindOf(tables) === 'telethon-v1') {
      const { readTelethonV1 } = await import('../../sqlite/telethon-v1.ts'); // seldom needed
      checkTables(db, tables);
      return { user: readTelethonV1(db, tables).session.user, said: null };
    }
    checkTables(db, new Map([...tables].filter(([name]) => READ.includes(name))));
    const login = readTelethonV2Login(db, tables);
    const said = readStatus(db);
    return { user: login.user, said: said !== null && said.keyId === loginOf(login)?.keyId ? said : null };
  } catch (error) {
    throw readingError(error, file);
  } finally {
    db.close();
  }
}
