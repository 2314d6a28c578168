/** What the codecs of SQLite formats share: is it theirs, and how its errors are told. */

import { SessionError } from '../errors.ts';
import type { SqlDatabase } from '../sqlite/driver.ts';
import { hasSqliteMagic } from '../sqlite/header.ts';
import { type DatabaseKind, kindOf } from '../sqlite/kind.ts';
import { readingError } from '../sqlite/reader.ts';
import { readSchemaVersion, readUserVersion } from '../sqlite/schema-version.ts';
import { checkTables, type Tables, tablesOf } from '../sqlite/tables.ts';
import type { Detection, FormatInput } from './codec.ts';

/** What people know the kinds as. */
const TITLES: Record<DatabaseKind, string> = {
  'telethon-v2': 'a Telethon v2 session',
  'telethon-v1': 'a Telethon v1 session',
  'telethon-alpha': 'a session of an unreleased Telethon v2 alpha',
  pyrogram: 'a session of Pyrogram or one of its forks',
  mtcute: 'a session of mtcute',
  grammers: 'a session of grammers',
  empty: 'an SQLite database without tables',
  other: 'an SQLite database of another program',
};

/**
 * Which program's database an input is; null if it is none, or one that cannot be read.
 *
 * @throws SessionError what has nothing to do with the content: `LOCKED`, `IO`, `NO_DRIVER`
 */
export async function databaseKind(input: FormatInput): Promise<DatabaseKind | null> {
  if (!hasSqliteMagic(await input.head())) return null;
  try {
    return kindOf(tablesOf(await input.database()));
  } catch (error) {
    const typed = readingError(error, input.label);
    if (typed instanceof SessionError && ['DAMAGED', 'NOT_SQLITE', 'INVALID_VALUE'].includes(typed.code)) {
      return null;
    }
    throw typed;
  }
}

/** Says that an input is of a format if its database is of a kind. */
export async function detectDatabase(
  input: FormatInput,
  kind: DatabaseKind,
  format: string,
): Promise<Detection | null> {
  if ((await databaseKind(input)) !== kind) return null;
  const reason = `It is an SQLite database with the tables of ${TITLES[kind]}.`;
  return { format, version: await versionOf(input, kind), reason };
}

/** The schema number as it stands there; null where reading would say what is wrong with it. */
async function versionOf(input: FormatInput, kind: DatabaseKind): Promise<number | null> {
  try {
    const db = await input.database();
    if (kind === 'grammers') return readUserVersion(db);
    return readSchemaVersion(db, tablesOf(db), kind === 'pyrogram' ? 'number' : 'version');
  } catch {
    return null;
  }
}

/**
 * Reads a database that must be of one kind; its tables are looked at before, so that reading them ends.
 *
 * @throws SessionError `NOT_SQLITE`, `FOREIGN_DATABASE`, `UNKNOWN_FORMAT` (another format that is known), and what
 * is wrong with the content
 */
export async function readDatabase<T>(
  input: FormatInput,
  expected: DatabaseKind,
  read: (db: SqlDatabase, tables: Tables) => T,
): Promise<T> {
  if ((await input.head()).length === 0) {
    throw new SessionError('NOT_SQLITE', `${input.label} is empty: it holds no session.`);
  }
  try {
    const db = await input.database();
    const tables = tablesOf(db);
    const kind = kindOf(tables);
    if (kind !== expected) {
      throw new SessionError(
        kind === 'other' || kind === 'empty' ? 'FOREIGN_DATABASE' : 'UNKNOWN_FORMAT',
        `${input.label} is ${TITLES[kind]}, not ${TITLES[expected]}.`,
        { found: kind },
      );
    }
    checkTables(db, tables);
    return read(db, tables);
  } catch (error) {
    throw withLabel(readingError(error, input.label), input.label);
  }
}

/** Puts the name of the file in front of an error that speaks of its fields. */
function withLabel(error: unknown, label: string): unknown {
  if (!(error instanceof SessionError) || error.message.startsWith(label)) return error;
  const { code, message, field, found, cause } = error;
  return new SessionError(code, `${label}: ${message}`, {
    ...(field !== null && { field }),
    ...(found !== null && { found }),
    cause,
  });
}
