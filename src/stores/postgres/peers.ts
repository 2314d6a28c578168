/** The peers of sessions, and the names that lead to them. */

import { createHash } from 'node:crypto';
import type { Login } from '../../login.ts';
import { fromRow, keyRow, PEER_COLUMNS, toRow } from '../../peers/rows.ts';
import type { Peer, PeerKey } from '../../peers.ts';
import type { LeaseRef, PeerBackend, PeerChanges } from '../backend.ts';
import type { RunSql, SqlText } from './client.ts';
import type { Database } from './database.ts';
import { integerArray, textArray, toNumber, toOwnNumber } from './values.ts';

/** Longer names do not fit into an index. Nobody has one; a store keeps what it is given all the same. */
const MAX_NAME_LENGTH = 512;

/** The columns of the row `p`, as text. */
const COLUMNS = PEER_COLUMNS.split(', ')
  .map((column) => `p.${column}::text`)
  .join(', ');

export class PostgresPeers implements PeerBackend {
  readonly #database: Database;
  readonly #schema: string;
  /** A session by its name, as a condition on the row `p`. */
  readonly #ofSession: string;
  /** Number of the last write that was begun, see `Saving`. */
  #last = 0;

  constructor(database: Database) {
    this.#database = database;
    this.#schema = database.schema;
    this.#ofSession = `p.session = (SELECT s.key FROM ${database.schema}sessions s WHERE s.name = $1::text)`;
  }

  async login(name: string): Promise<Login | null> {
    const text = `SELECT s.peers_key, s.peers_user::text FROM ${this.#schema}sessions s WHERE s.name = $1::text`;
    const [[keyId, userId] = [null]] = await this.#database.run(text, [name]);
    if (keyId === null || keyId === undefined) return null;
    return { keyId, userId: userId == null ? null : toOwnNumber(userId, 'sessions.peers_user') };
  }

  get(name: string, keys: readonly PeerKey[]): Promise<Peer[]> {
    if (keys.length === 0) return Promise.resolve([]);
    return this.#select(
      `JOIN unnest($2::text::smallint[], $3::text::bigint[]) AS key (kind, id) ON key.kind = p.kind AND key.id = p.id
      WHERE ${this.#ofSession}`,
      [name, ...keyArrays(keys)],
    );
  }

  async named(name: string, names: readonly string[]): Promise<[name: string, peer: Peer][]> {
    if (names.length === 0) return [];
    const byKept = new Map(names.map((each) => [keptName(each), each]));
    // Not `= ANY`: a long list would be gone through for each row.
    const text = `SELECT n.name, ${COLUMNS} FROM unnest($2::text::text[]) AS asked (name)
      JOIN ${this.#schema}peer_names n ON n.session = (SELECT s.key FROM ${this.#schema}sessions s WHERE s.name = $1::text)
        AND n.name = asked.name
      JOIN ${this.#schema}peers p ON p.session = n.session AND p.kind = n.kind AND p.id = n.id`;
    const rows = await this.#database.run(text, [name, textArray([...byKept.keys()])]);
    return rows.map(([kept, ...row]) => [byKept.get(kept!)!, toPeer(row)]);
  }

  page(name: string, after: PeerKey | null, limit: number): Promise<Peer[]> {
    const values: SqlText[] = [name, String(limit)];
    if (after !== null) values.push(...keyRow(after).map(String));
    const behind = after === null ? '' : 'AND (p.kind, p.id) > ($3::text::smallint, $4::text::bigint)';
    return this.#select(
      `WHERE ${this.#ofSession} ${behind} ORDER BY p.kind, p.id LIMIT $2::text::bigint`,
      values,
    );
  }

  oldest(name: string, limit: number): Promise<Peer[]> {
    const text = `WHERE ${this.#ofSession} ORDER BY p.seen NULLS FIRST LIMIT $2::text::bigint`;
    return this.#select(text, [name, String(limit)]);
  }

  async count(name: string): Promise<number> {
    const text = `SELECT count(*)::text FROM ${this.#schema}peers p WHERE ${this.#ofSession}`;
    const [[count] = ['0']] = await this.#database.run(text, [name]);
    return toOwnNumber(count, 'count');
  }

  async write(lease: LeaseRef, changes: PeerChanges): Promise<boolean> {
    const values = [...leaseValues(lease), String(++this.#last), ...valuesOf(changes)];
    const text = writeText(this.#schema);
    if (!changes.clear) return (await this.#database.run(text, values)).length > 0;
    return this.#database.transaction(async (run) => {
      // What is to be forgotten has to be seen: by a statement that begins when the row is locked.
      const lock = `SELECT s.key::text FROM ${this.#schema}sessions s WHERE ${IS_OURS} FOR UPDATE`;
      const [[key] = [null]] = await run(lock, values.slice(0, 3));
      if (key === null || key === undefined) return false;
      await this.#clear(run, key);
      return (await run(text, values)).length > 0;
    });
  }

  async #clear(run: RunSql, key: string): Promise<void> {
    for (const table of ['peers', 'peer_names']) {
      await run(`DELETE FROM ${this.#schema}${table} WHERE session = $1::text::bigint`, [key]);
    }
  }

  async #select(rest: string, values: SqlText[]): Promise<Peer[]> {
    const rows = await this.#database.run(`SELECT ${COLUMNS} FROM ${this.#schema}peers p ${rest}`, values);
    return rows.map(toPeer);
  }
}

const IS_OURS =
  's.name = $1::text AND s.fence = $2::text::bigint AND s.holder_host IS NOT NULL AND s.peers_write < $3::text::bigint';

function leaseValues({ name, fence }: LeaseRef): SqlText[] {
  return [name, String(fence)];
}

/** All parts of a write. The parts of one are about different rows: what is put counts, not that it was forgotten. */
function writeText(schema: string): string {
  return `WITH s AS (
    UPDATE ${schema}sessions s SET peers_write = $3::text::bigint, peers_key = $4::text, peers_user = $5::text::bigint
    WHERE ${IS_OURS} RETURNING s.key
  ), names_gone AS (
    DELETE FROM ${schema}peer_names n USING s, unnest($6::text::text[]) AS gone (name)
    WHERE n.session = s.key AND n.name = gone.name
  ), gone AS (
    DELETE FROM ${schema}peers p USING s, unnest($7::text::smallint[], $8::text::bigint[]) AS key (kind, id)
    WHERE p.session = s.key AND p.kind = key.kind AND p.id = key.id
  ), names_put AS (
    INSERT INTO ${schema}peer_names (session, name, kind, id)
    SELECT s.key, put.* FROM s, unnest($9::text::text[], $10::text::smallint[], $11::text::bigint[]) AS put
    ON CONFLICT (session, name) DO UPDATE SET kind = excluded.kind, id = excluded.id
  ), put AS (
    INSERT INTO ${schema}peers (session, ${PEER_COLUMNS})
    SELECT s.key, put.* FROM s, unnest($12::text::smallint[], $13::text::bigint[], $14::text::bigint[],
      $15::text::integer[], $16::text::bigint[], $17::text::text[], $18::text::text[], $19::text::text[]) AS put
    ON CONFLICT (session, kind, id) DO UPDATE SET access_hash = excluded.access_hash, flags = excluded.flags,
      seen = excluded.seen, phone = excluded.phone, name = excluded.name, usernames = excluded.usernames
  )
  SELECT key::text FROM s`;
}

function valuesOf({ login, put, gone, namesPut, namesGone }: PeerChanges): SqlText[] {
  const peers = [...new Map(put.map((peer) => [keyText(peer), peer])).values()];
  const names = new Map(namesPut.map(([name, to]) => [keptName(name), to]));
  const rows = peers.map(toRow);
  const column = (i: number) => rows.map((row) => row[i] ?? null);
  const integers = (i: number) => integerArray(column(i) as (number | bigint | null)[]);
  const texts = (i: number) => textArray(column(i) as SqlText[]);
  const isPut = new Set(peers.map(keyText));
  return [
    login.keyId,
    login.userId === null ? null : String(login.userId),
    textArray(namesGone.map(keptName).filter((name) => !names.has(name))),
    ...keyArrays(gone.filter((key) => !isPut.has(keyText(key)))),
    textArray([...names.keys()]),
    ...keyArrays([...names.values()]),
    ...[0, 1, 2, 3, 4].map(integers),
    ...[5, 6, 7].map(texts),
  ];
}

function keyText({ kind, id }: PeerKey): string {
  return `${kind} ${id}`;
}

function keyArrays(keys: readonly PeerKey[]): [kinds: string, ids: string] {
  const rows = keys.map(keyRow);
  return [integerArray(rows.map(([kind]) => kind)), integerArray(rows.map(([, id]) => id))];
}

/** A name as it is kept: one that is too long by its hash. */
function keptName(name: string): string {
  return name.length <= MAX_NAME_LENGTH ? name : `#${createHash('sha256').update(name).digest('hex')}`;
}

/** @throws SessionError `INVALID_VALUE` naming the field */
function toPeer(row: readonly SqlText[]): Peer {
  const [kind, id, accessHash, ...rest] = row;
  return fromRow<SqlText | bigint>(
    [kind!, id!, accessHash == null ? null : BigInt(accessHash), ...rest],
    (value) => (typeof value === 'bigint' ? value : toNumber(value)),
  );
}
