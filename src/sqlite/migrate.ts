/**
 * Turning a Telethon v1 session file (schema 1 to 8) into a Telethon v2 file (schema 10), in place.
 *
 * The real library does this step by step, and can lose the key half-way (formats/telethon.md 1.5). Here it is one
 * transaction, read back before it is committed, and a copy of the file as it was stays beside it.
 */

import { dirname } from 'node:path';
import { LastSaved } from '../changes.ts';
import { SessionError } from '../errors.ts';
import { loginOf } from '../login.ts';
import { applyChanges } from './apply.ts';
import { type SqlDatabase, type SqlDriver, toSessionError } from './driver.ts';
import { readImage } from './image.ts';
import { ioError } from './io-error.ts';
import { kindOf } from './kind.ts';
import { makePeerTables } from './peer-tables.ts';
import { backupSuffix, removeFile } from './remove.ts';
import { withStatements } from './statements.ts';
import { syncFolder, writeNewFile } from './sync.ts';
import { tablesOf } from './tables.ts';
import { readTelethonV1, type TelethonV1 } from './telethon-v1.ts';
import { readTelethonV2, TELETHON_V2_SCHEMA } from './telethon-v2.ts';

/** The tables that the v2 tables replace. `entities` and `sent_files` stay: Telethon v2 leaves them alone. */
const REPLACED = ['sessions', 'update_state', 'version'];

/**
 * Migrates the file if it is one of Telethon v1; does nothing if it is not. The caller holds the session, and
 * nobody in this process has the file open.
 *
 * @returns what was done and assumed, as sentences; empty if there was nothing to do
 * @throws SessionError what is wrong with the file; it is then as it was
 */
export function migrateFile(driver: SqlDriver, file: string): string[] {
  const image = readImage(file);
  const before = withDatabase(() => driver.openImage(image), file, readV1);
  if (before === null) return [];
  const backup = writeBackup(file, before.version, image);
  let notes: string[];
  try {
    notes = withDatabase(
      () => driver.open(file, 'write'),
      file,
      (sql) => migrate(sql, before),
    );
  } catch (error) {
    // Nothing was changed, so the copy is only one more place with a key in it.
    removeFile(backup);
    throw error;
  }
  return [
    `${file} was Telethon v1, schema ${before.version}, and is Telethon v2 now. As it was, it is kept in ${backup}; remove that when all is well: it holds the key.`,
    ...notes.map((note) => `${file}: ${note}`),
  ];
}

function readV1(sql: SqlDatabase): TelethonV1 | null {
  return kindOf(tablesOf(sql)) === 'telethon-v1' ? readTelethonV1(sql) : null;
}

function migrate(sql: SqlDatabase, before: TelethonV1): string[] {
  sql.exec('PRAGMA secure_delete = ON; PRAGMA synchronous = EXTRA; BEGIN EXCLUSIVE');
  const { session, peers, notes } = readTelethonV1(sql);
  if (!session.equals(before.session)) {
    throw new SessionError(
      'CHANGED',
      'Another program changed the file during the migration. Stop it first.',
    );
  }
  for (const table of REPLACED) sql.exec(`DROP TABLE IF EXISTS ${table}`);
  for (const statement of TELETHON_V2_SCHEMA) sql.exec(statement);
  const changes = new LastSaved(null).changesTo(session);
  if (changes !== null) applyChanges((text) => sql.prepare(text), changes);
  const login = loginOf(session);
  if (peers.length > 0 && login !== null) makePeerTables(withStatements(sql), login, peers);
  if (!readTelethonV2(sql).session.equals(session)) {
    throw new SessionError('DAMAGED', 'The migrated session reads back differently, so nothing was changed.');
  }
  sql.exec('COMMIT');
  return notes;
}

function withDatabase<T>(open: () => SqlDatabase, file: string, use: (sql: SqlDatabase) => T): T {
  let sql: SqlDatabase | undefined;
  try {
    sql = open();
    return use(sql);
  } catch (error) {
    throw toSessionError(error, file);
  } finally {
    // Closing rolls back what was not committed.
    sql?.close();
  }
}

/** Writes the file as it was beside it, under a name that is free, for its owner alone, and onto the disk. */
function writeBackup(file: string, version: number, image: Uint8Array): string {
  for (let i = 1; ; i++) {
    const backup = file + backupSuffix(version, i);
    try {
      writeNewFile(backup, image);
      syncFolder(dirname(file));
      return backup;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw ioError(error, backup);
    }
  }
}
