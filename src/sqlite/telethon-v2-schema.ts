/** The tables of a Telethon v2 session file, schema 10, to the letter. */

/** The schema number, written to the table `version`. */
export const TELETHON_V2_VERSION = 10;

/**
 * The statements that make an empty file, byte for byte those of the real library: it unpacks rows by position, and
 * SQLite keeps these texts in the file (LonamiWebs/Telethon v2, client/src/telethon/_impl/session/storage/sqlite.py).
 */
const CREATE_TABLES = [
  `CREATE TABLE version (
                version integer primary key
            )`,
  `CREATE TABLE datacenter(
                id integer primary key,
                ipv4_addr text,
                ipv6_addr text,
                auth blob
            )`,
  `CREATE TABLE user(
                id integer primary key,
                dc integer not null,
                bot integer not null,
                username text
            )`,
  `CREATE TABLE state(
                pts integer not null,
                qts integer not null,
                date integer not null,
                seq integer not null
            )`,
  `CREATE TABLE channelstate(
                id integer primary key,
                pts integer not null
            )`,
] as const;

/** All statements that make an empty file, the version number included. */
export const TELETHON_V2_SCHEMA: readonly string[] = [
  ...CREATE_TABLES,
  `INSERT INTO version VALUES (${TELETHON_V2_VERSION})`,
];

/** Columns of the tables, in order. */
export const TELETHON_V2_COLUMNS = {
  version: ['version'],
  datacenter: ['id', 'ipv4_addr', 'ipv6_addr', 'auth'],
  user: ['id', 'dc', 'bot', 'username'],
  state: ['pts', 'qts', 'date', 'seq'],
  channelstate: ['id', 'pts'],
} as const;

/** A `CREATE TABLE` text as SQLite keeps it, and the columns that it makes. */
export const TELETHON_V2_TABLES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.values(TELETHON_V2_COLUMNS).map((columns, i) => [CREATE_TABLES[i]!, columns]),
);
