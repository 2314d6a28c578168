/** The tables of a store, and how older ones become those of today: all in one transaction, one process at a time. */

import { createHash } from 'node:crypto';
import { refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import type { RunSql } from './client.ts';
import type { Database } from './database.ts';
import { sqlStateOf } from './sql-error.ts';
import { toOwnNumber } from './values.ts';

/** PostgreSQL cuts longer names off without an error. */
const MAX_NAME_BYTES = 63;

/**
 * What leads from each version to the next one; `$` stands for the schema.
 *
 * - A save changes no column that an index has, so that it is a HOT update: no index is touched, and the row version
 *   before is cleared away by whoever reads the page next. The indexes therefore have `is_saved` and `holder_host`, and
 *   not `saved_at` or `expires`, which a save or a renewal changes.
 * - No foreign keys: their check costs each channel that is saved more than the channel itself. What removes a session
 *   removes what belongs to it.
 */
const MIGRATIONS: readonly string[][] = [
  [
    'CREATE SEQUENCE $fences',
    `CREATE TABLE $sessions (
      key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text COLLATE "C" NOT NULL UNIQUE,
      fence bigint NOT NULL,
      holder_host text, holder_pid bigint, holder_label text, held_since timestamptz, expires timestamptz,
      write bigint NOT NULL DEFAULT 0, peers_write bigint NOT NULL DEFAULT 0,
      is_saved boolean NOT NULL DEFAULT false, saved_at timestamptz,
      user_id bigint, user_dc integer, user_bot boolean, username text, username_lower text,
      pts bigint, qts bigint, date bigint, seq bigint,
      status text NOT NULL DEFAULT 'ok', status_reason text, status_since timestamptz,
      label text, tags text[] NOT NULL DEFAULT '{}', phone text,
      takeover_reason text, takeover_at timestamptz, takeover_from text,
      peers_key text, peers_user bigint
    ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)`,
    'CREATE INDEX ON $sessions (user_id) WHERE user_id IS NOT NULL',
    'CREATE INDEX ON $sessions (username_lower) WHERE username_lower IS NOT NULL',
    'CREATE INDEX ON $sessions (phone) WHERE phone IS NOT NULL',
    'CREATE INDEX ON $sessions (label, name) WHERE label IS NOT NULL',
    "CREATE INDEX ON $sessions (status, name) WHERE status <> 'ok'",
    "CREATE INDEX ON $sessions USING gin (tags) WHERE tags <> '{}'",
    "CREATE INDEX ON $sessions (key) WHERE holder_host IS NULL AND is_saved AND status <> 'dead'",
    `CREATE TABLE $dcs (
      session bigint NOT NULL, id integer NOT NULL, ipv4_addr text, ipv6_addr text, auth bytea,
      PRIMARY KEY (session, id)
    )`,
    `CREATE TABLE $channels (
      session bigint NOT NULL, id bigint NOT NULL, pts bigint NOT NULL, PRIMARY KEY (session, id)
    ) WITH (fillfactor = 80)`,
    `CREATE TABLE $peers (
      session bigint NOT NULL, kind smallint NOT NULL, id bigint NOT NULL,
      access_hash bigint, flags integer NOT NULL, seen bigint, phone text, name text, usernames text,
      PRIMARY KEY (session, kind, id)
    ) WITH (fillfactor = 80)`,
    `CREATE TABLE $peer_names (
      session bigint NOT NULL, name text COLLATE "C" NOT NULL, kind smallint NOT NULL, id bigint NOT NULL,
      PRIMARY KEY (session, name)
    )`,
    `CREATE TABLE $aside (
      session bigint NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY,
      reason text NOT NULL, since bigint NOT NULL, record text NOT NULL,
      PRIMARY KEY (session, id)
    )`,
  ],
  // Fences are times now: a sequence goes back with a server that is put back.
  ['DROP SEQUENCE $fences'],
];

/** The version of the tables that this code knows. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/** The name of a schema, checked. @throws SessionError `INVALID_VALUE` */
export function checkSchema(value: unknown): string {
  const isName =
    typeof value === 'string' && value !== '' && !value.includes('\0') && !value.startsWith('pg_');
  if (isName && new TextEncoder().encode(value).length <= MAX_NAME_BYTES) return value;
  return refuse(
    'options',
    'schema',
    `the name of a schema: 1 to ${MAX_NAME_BYTES} bytes, not beginning with "pg_"`,
    value,
  );
}

/** A name, quoted. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The channel on which it is told that leases are given back. */
export function releaseChannel(schema: string): string {
  return `tgsession_${createHash('sha256').update(schema).digest('hex').slice(0, 16)}`;
}

/**
 * Makes the tables, or brings them up to date. Where they are, nothing is written, so that a role without the right to
 * make tables can go on.
 *
 * @throws SessionError `NEWER_VERSION`, `BAD_VERSION`, `FOREIGN_DATABASE`, `IO`
 */
export async function prepareSchema(database: Database, schema: string): Promise<void> {
  const run: RunSql = (text, values) => database.run(text, values);
  if ((await versionIn(run, database, schema)) === SCHEMA_VERSION) return;
  await database.transaction(async (query) => {
    // One lock for each schema, held until the end of the transaction.
    const key = createHash('sha256').update(`tgsession ${schema}`).digest().readBigInt64BE();
    await query('SELECT pg_advisory_xact_lock($1::text::bigint)::text', [key.toString()]);
    const version = await versionIn(query, database, schema);
    if (version === SCHEMA_VERSION) return;
    await migrate(query, database, schema, version);
  });
}

async function migrate(query: RunSql, database: Database, schema: string, from: number): Promise<void> {
  const own = database.schema;
  try {
    if (from === 0) {
      // CREATE SCHEMA IF NOT EXISTS asks for the right to make schemas also where there is one.
      const [there] = await query('SELECT 1::text FROM pg_namespace WHERE nspname = $1::text', [schema]);
      if (there === undefined) await query(`CREATE SCHEMA ${quoted(schema)}`, []);
      await query(`CREATE TABLE ${own}version (version integer NOT NULL)`, []);
      await query(`INSERT INTO ${own}version VALUES (0)`, []);
    }
    for (const statement of MIGRATIONS.slice(from).flat())
      await query(
        statement.replaceAll('$', () => own),
        [],
      );
    await query(`UPDATE ${own}version SET version = $1::text::integer`, [String(SCHEMA_VERSION)]);
  } catch (error) {
    if (sqlStateOf(error) !== '42P07') throw error;
    throw new SessionError(
      'FOREIGN_DATABASE',
      `${database.what} has tables of another program under names of ours. Choose another one with the option "schema".`,
    );
  }
}

/** The version of the tables in a schema; 0 if there are none. */
async function versionIn(query: RunSql, database: Database, schema: string): Promise<number> {
  // Not to_regclass: that may answer from what the connection remembers of the time before it waited for the lock.
  const [table] = await query(
    `SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1::text AND c.relname = 'version'`,
    [schema],
  );
  if (table === undefined) return 0;
  const rows = await query(`SELECT version::text FROM ${database.schema}version`, []);
  const version = rows.length === 1 ? toOwnNumber(rows[0]![0], 'version.version') : -1;
  if (version > SCHEMA_VERSION) {
    throw new SessionError(
      'NEWER_VERSION',
      `${database.what} has tables of version ${version}, newer than ${SCHEMA_VERSION}, the newest one known. Use a newer tgsession.`,
      { field: 'version.version', found: String(version) },
    );
  }
  if (version < 1) {
    throw new SessionError(
      'BAD_VERSION',
      `${database.what} must say its version in one row of the table version, a number from 1 on.`,
      { field: 'version.version' },
    );
  }
  return version;
}
