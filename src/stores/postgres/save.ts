/**
 * Saving: one statement with the fence, and with the parts that changed. It begins with an update of the session's row,
 * which is its lock: whoever takes the lease comes before it, and nothing is written, or behind it.
 */

import type { SessionChanges } from '../../changes.ts';
import { usernameToLookUp } from '../../peers/rules.ts';
import type { ChannelState, User } from '../../session.ts';
import type { LeaseRef } from '../backend.ts';
import { forgotError, SaveNumbers } from '../save-numbers.ts';
import type { SqlText } from './client.ts';
import type { Database } from './database.ts';
import { integerArray, textArray } from './values.ts';

/** Saves sessions of a store. The row of a session keeps the number of the last save that came about under its lease. */
export class Saving {
  readonly #database: Database;
  readonly #numbers = new SaveNumbers();

  constructor(database: Database) {
    this.#database = database;
  }

  /** See `Backend.save`. */
  async save(lease: LeaseRef, changes: SessionChanges, replace: boolean): Promise<boolean> {
    const { name, fence } = lease;
    const number = this.#numbers.next();
    const known = replace ? 0 : this.#numbers.acknowledged(lease);
    const ours = [name, String(fence), String(number), String(known)];
    const isSaved = await (replace ? this.#replace(ours, changes) : this.#change(ours, changes));
    if (isSaved) this.#numbers.acknowledge(lease, number);
    else if (known > 0 && (await this.#hasForgotten(lease, known))) {
      throw forgotError(this.#database.what, name);
    }
    return isSaved;
  }

  async #change(ours: readonly SqlText[], changes: SessionChanges): Promise<boolean> {
    const values = [...ours];
    const text = saveText(this.#database.schema, changes, false, values);
    return (await this.#database.run(text, values)).length > 0;
  }

  #replace(ours: readonly SqlText[], changes: SessionChanges): Promise<boolean> {
    const { user, state } = changes;
    const all = { ...changes, user: user ?? null, state: state ?? null };
    const values = [...ours];
    const text = saveText(this.#database.schema, all, true, values);
    return this.#database.transaction(async (run) => {
      // What is to be removed has to be seen: the statement that sees it begins when the row is locked.
      const lock = `SELECT s.key::text FROM ${this.#database.schema}sessions s WHERE ${IS_OURS} FOR UPDATE`;
      const [row] = await run(lock, ours);
      return row !== undefined && (await run(text, values)).length > 0;
    });
  }

  /** Whether a save was refused because the server does not have an earlier one any more; the lease is ours then. */
  async #hasForgotten({ name, fence }: LeaseRef, known: number): Promise<boolean> {
    const text = `SELECT s.key::text FROM ${this.#database.schema}sessions s
      WHERE ${HAS_LEASE} AND s.write < $3::text::bigint`;
    return (await this.#database.run(text, [name, String(fence), String(known)])).length > 0;
  }
}

/**
 * From so many channels on, those of a session that is saved for the first time are inserted without looking for rows that
 * are there, which takes two thirds of the time. If there were some after all, nothing would be written (`IO`).
 */
const MANY = 100;

/** That the row `s` is that of the lease. */
const HAS_LEASE = 's.name = $1::text AND s.fence = $2::text::bigint AND s.holder_host IS NOT NULL';

/** That it is, for a save that is the newest one, on a server that has the last one which is known to have come about. */
const IS_OURS = `${HAS_LEASE} AND s.write < $3::text::bigint AND s.write >= $4::text::bigint`;

/** The statement for the parts that are in some changes; their values are put behind those that are there. */
function saveText(schema: string, changes: SessionChanges, isAll: boolean, values: SqlText[]): string {
  const { dcsPut, dcsGone, user, state, channelsPut, channelsGone } = changes;
  const parameter = (value: SqlText) => {
    values.push(value);
    return `$${values.length}::text`;
  };
  const set = ['saved_at = clock_timestamp()', 'is_saved = true', 'write = $3::text::bigint'];
  if (user !== undefined) set.push(...userColumns(user, parameter));
  if (state !== undefined) {
    for (const column of ['pts', 'qts', 'date', 'seq'] as const) {
      set.push(`${column} = ${parameter(state === null ? null : String(state[column]))}::bigint`);
    }
  }
  const parts: string[] = [];
  const remove = (table: string, gone: readonly number[], kept: readonly { id: number }[]) => {
    if (!isAll && gone.length === 0) return;
    const ids = parameter(integerArray(isAll ? kept.map(({ id }) => id) : gone));
    parts.push(`DELETE FROM ${schema}${table} t USING s WHERE t.session = s.key AND ${isAll ? 'NOT' : ''} EXISTS
      (SELECT FROM unnest(${ids}::bigint[]) AS given (id) WHERE given.id = t.id)`);
  };
  remove('dcs', dcsGone, dcsPut);
  remove('channels', channelsGone, channelsPut);
  if (dcsPut.length > 0) {
    parts.push(`INSERT INTO ${schema}dcs AS t (session, id, ipv4_addr, ipv6_addr, auth)
      SELECT s.key, dc.id, dc.ipv4, dc.ipv6, decode(dc.auth, 'hex') FROM s, unnest(
        ${parameter(integerArray(dcsPut.map(({ id }) => id)))}::integer[],
        ${parameter(textArray(dcsPut.map(({ ipv4Addr }) => ipv4Addr)))}::text[],
        ${parameter(textArray(dcsPut.map(({ ipv6Addr }) => ipv6Addr)))}::text[],
        ${parameter(textArray(dcsPut.map(({ auth }) => auth && Buffer.from(auth).toString('hex'))))}::text[]
      ) AS dc (id, ipv4, ipv6, auth)
      ON CONFLICT (session, id) DO UPDATE
      SET ipv4_addr = excluded.ipv4_addr, ipv6_addr = excluded.ipv6_addr, auth = excluded.auth`);
  }
  const isMany = channelsPut.length >= MANY;
  if (channelsPut.length > 0) {
    const insert = `INSERT INTO ${schema}channels AS t (session, id, pts) ${selectChannels(channelsPut, parameter)}`;
    const upsert = 'ON CONFLICT (session, id) DO UPDATE SET pts = excluded.pts';
    if (isMany) parts.push(`${insert} WHERE NOT s.was_saved`, `${insert} WHERE s.was_saved ${upsert}`);
    else parts.push(`${insert} ${upsert}`);
  }
  const before = `FROM (SELECT o.key, o.is_saved FROM ${schema}sessions o WHERE o.name = $1::text) AS before`;
  const update = `UPDATE ${schema}sessions s SET ${set.join(', ')} ${isMany ? before : ''}
    WHERE ${IS_OURS} ${isMany ? 'AND before.key = s.key' : ''}`;
  // One row comes back if it was saved. The usual saves, of the state or of one channel, are spared a statement around them.
  if (parts.length === 0) return `${update} RETURNING s.key::text`;
  const end =
    channelsPut.length === 1 ? `${parts.pop()} RETURNING t.session::text` : 'SELECT key::text FROM s';
  const named = parts.map((part, i) => `, part${i} AS (${part})`);
  return `WITH s AS (${update} RETURNING s.key ${isMany ? ', before.is_saved AS was_saved' : ''})${named.join('')} ${end}`;
}

/** Channels as rows. The usual save is of one, which a function that makes rows of arrays would cost a tenth more. */
function selectChannels(channels: readonly ChannelState[], parameter: (value: SqlText) => string): string {
  const [first] = channels;
  if (first !== undefined && channels.length === 1) {
    return `SELECT s.key, ${parameter(String(first.id))}::bigint, ${parameter(String(first.pts))}::bigint FROM s`;
  }
  return `SELECT s.key, channel.id, channel.pts FROM s, unnest(
      ${parameter(integerArray(channels.map(({ id }) => id)))}::bigint[],
      ${parameter(integerArray(channels.map(({ pts }) => pts)))}::bigint[]
    ) AS channel (id, pts)`;
}

function userColumns(user: User | null, parameter: (value: SqlText) => string): string[] {
  const username = user?.username ?? null;
  return [
    `user_id = ${parameter(user && String(user.id))}::bigint`,
    `user_dc = ${parameter(user && String(user.dc))}::integer`,
    `user_bot = ${parameter(user && String(user.bot))}::boolean`,
    `username = ${parameter(username)}`,
    `username_lower = ${parameter(username === null ? null : usernameToLookUp(username))}`,
  ];
}
