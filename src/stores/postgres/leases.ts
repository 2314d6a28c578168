/** Leases: one row of `sessions` for each name, with who holds it and until when. Each call is one statement. */

import type { LeaseRef, Taken, TakeOneRequest, TakeRequest } from '../backend.ts';
import type { SessionFilter } from '../store.ts';
import type { SqlText } from './client.ts';
import type { Database } from './database.ts';
import { conditionsOf } from './filter.ts';
import { HOLDER_COLUMNS, toHolder } from './holder.ts';
import { releaseChannel } from './schema.ts';
import { integerArray, textArray, toOwnNumber } from './values.ts';

/**
 * The number of a new lease: the time in microseconds. Not that of a sequence: a server that was put back, or a replica that
 * had not got everything when it took over, would give a number again that somebody has already.
 */
const NEW_FENCE = '(extract(epoch from clock_timestamp()) * 1000000)::bigint';
/** The same for a name that has had leases, of which the last one is in the row `s`. */
const NEXT_FENCE = `greatest(s.fence + 1, ${NEW_FENCE})`;

const IS_FREE = '(s.holder_host IS NULL OR s.expires <= clock_timestamp())';

/** A duration in milliseconds, from a parameter. */
function duration(parameter: string): string {
  return `${parameter}::text::float8 * interval '1 millisecond'`;
}

/** The leases of a store. */
export class Leases {
  readonly #database: Database;
  readonly #channel: string;
  readonly #sql: ReturnType<typeof statements>;

  constructor(database: Database, schema: string) {
    this.#database = database;
    this.#channel = releaseChannel(schema);
    this.#sql = statements(database.schema);
  }

  async take(request: TakeOneRequest): Promise<Taken> {
    const { name, taker, ttl, takeOver, dead } = request;
    const values = [name, taker.host, String(taker.pid), taker.label, String(ttl), takeOver, String(dead)];
    for (;;) {
      const [row] = await this.#database.run(this.#sql.take, values);
      const [fence, isHeld, isDead, reason, ...holder] = row as SqlText[];
      if (fence != null) return { outcome: 'taken', fence: toOwnNumber(fence, 'sessions.fence') };
      const [left, ...held] = holder;
      if (isHeld === 'true' && takeOver === null) {
        return { outcome: 'held', holder: toHolder(held), expiresIn: Math.max(1, Number(left)) };
      }
      if (isDead === 'true' && !dead) return { outcome: 'dead', reason: reason ?? null };
      // It was free when the statement began, and not when it came to the row. Now it is seen as it is.
    }
  }

  async claim(request: TakeRequest & { filter: SessionFilter; limit: number }): Promise<LeaseRef[]> {
    const { taker, ttl, filter, limit } = request;
    const values: SqlText[] = [taker.host, String(taker.pid), taker.label, String(ttl), String(limit)];
    const conditions = conditionsOf(filter, values);
    const rows = await this.#database.run(claimText(this.#database.schema, conditions), values);
    return rows.map(([name, fence]) => ({ name: name!, fence: toOwnNumber(fence, 'sessions.fence') }));
  }

  async renew(leases: readonly LeaseRef[], ttl: number): Promise<boolean[]> {
    if (leases.length === 0) return [];
    const names = textArray(leases.map(({ name }) => name));
    const fences = integerArray(leases.map(({ fence }) => fence));
    const rows = await this.#database.run(this.#sql.renew, [names, fences, String(ttl)]);
    const renewed = new Set(rows.map(([name, fence]) => `${fence} ${name}`));
    return leases.map(({ name, fence }) => renewed.has(`${fence} ${name}`));
  }

  async release({ name, fence }: LeaseRef): Promise<void> {
    const values = [name, String(fence), this.#channel];
    // A save that came to its end in between may have made of a name to be removed a session to be kept.
    const rows = await this.#database.run(this.#sql.release, values);
    if (rows.length === 0) await this.#database.run(this.#sql.release, values);
  }

  async expiries(names: readonly string[]): Promise<number[]> {
    if (names.length === 0) return [];
    const rows = await this.#database.run(this.#sql.expiries, [textArray(names)]);
    const left = new Map(rows.map(([name, ms]) => [name, Number(ms)]));
    return names.map((name) => left.get(name) ?? 0);
  }
}

function statements(schema: string) {
  return {
    // The first part alone refuses what is held, so that many that ask write nothing. What gets past it is decided on
    // the row itself, under its lock.
    take: `WITH old AS (
      SELECT s.*, NOT ${IS_FREE} AS is_held, s.status = 'dead' AS is_dead FROM ${schema}sessions s WHERE s.name = $1::text
    ), got AS (
      INSERT INTO ${schema}sessions AS s (name, fence, holder_host, holder_pid, holder_label, held_since, expires)
      SELECT $1::text, ${NEW_FENCE}, $2::text, $3::text::bigint, $4::text,
        clock_timestamp(), clock_timestamp() + ${duration('$5')}
      WHERE NOT EXISTS (
        SELECT FROM old WHERE (is_held AND $6::text IS NULL) OR (is_dead AND NOT $7::text::boolean)
      )
      ON CONFLICT (name) DO UPDATE SET
        fence = ${NEXT_FENCE}, write = 0, peers_write = 0,
        holder_host = excluded.holder_host, holder_pid = excluded.holder_pid, holder_label = excluded.holder_label,
        held_since = clock_timestamp(), expires = clock_timestamp() + ${duration('$5')},
        takeover_reason = CASE WHEN ${IS_FREE} THEN s.takeover_reason ELSE $6::text END,
        takeover_at = CASE WHEN ${IS_FREE} THEN s.takeover_at ELSE clock_timestamp() END,
        takeover_from = CASE WHEN ${IS_FREE} THEN s.takeover_from ELSE concat('process ', s.holder_pid, ' on ',
          s.holder_host, ' (' || s.holder_label || ')', ' since ',
          to_char(s.held_since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) END
      WHERE (${IS_FREE} OR $6::text IS NOT NULL) AND (s.status <> 'dead' OR $7::text::boolean)
      RETURNING s.fence
    )
    SELECT (SELECT fence FROM got)::text, s.is_held::text, s.is_dead::text, s.status_reason,
      (extract(epoch from s.expires - clock_timestamp()) * 1000)::text, ${HOLDER_COLUMNS}
    FROM (SELECT) AS one LEFT JOIN old s ON true`,

    renew: `UPDATE ${schema}sessions s SET expires = clock_timestamp() + ${duration('$3')}
      FROM unnest($1::text::text[], $2::text::bigint[]) AS lease (name, fence)
      WHERE s.name = lease.name AND s.fence = lease.fence AND s.holder_host IS NOT NULL
      RETURNING s.name, s.fence::text`,

    release: `WITH gone AS (
      DELETE FROM ${schema}sessions s WHERE s.name = $1::text AND s.fence = $2::text::bigint AND s.holder_host IS NOT NULL
        AND NOT s.is_saved AND NOT EXISTS (SELECT FROM ${schema}aside a WHERE a.session = s.key)
      RETURNING s.name
    ), free AS (
      UPDATE ${schema}sessions s SET
        holder_host = NULL, holder_pid = NULL, holder_label = NULL, held_since = NULL, expires = NULL
      WHERE s.name = $1::text AND s.fence = $2::text::bigint AND s.holder_host IS NOT NULL
        AND (s.is_saved OR EXISTS (SELECT FROM ${schema}aside a WHERE a.session = s.key))
      RETURNING s.name
    )
    SELECT pg_notify($3::text, name)::text FROM (SELECT name FROM gone UNION ALL SELECT name FROM free) AS given`,

    expiries: `SELECT s.name, (extract(epoch from s.expires - clock_timestamp()) * 1000)::text FROM unnest($1::text::text[]) AS asked (name)
      JOIN ${schema}sessions s ON s.name = asked.name WHERE s.holder_host IS NOT NULL`,
  };
}

/** Those that were given back come from an index of their own; only then those whose lease ran out are looked for. */
function claimText(schema: string, conditions: string): string {
  const fits = `s.is_saved AND s.status <> 'dead'${conditions}`;
  return `WITH free AS (
    SELECT s.key FROM ${schema}sessions s WHERE s.holder_host IS NULL AND ${fits}
    ORDER BY s.key LIMIT $5::text::bigint FOR UPDATE SKIP LOCKED
  ), left_over AS (
    SELECT s.key FROM ${schema}sessions s WHERE s.holder_host IS NOT NULL AND s.expires <= (SELECT clock_timestamp()) AND ${fits}
    LIMIT $5::text::bigint - (SELECT count(*) FROM free) FOR UPDATE SKIP LOCKED
  )
  UPDATE ${schema}sessions s SET
    fence = ${NEXT_FENCE}, write = 0, peers_write = 0,
    holder_host = $1::text, holder_pid = $2::text::bigint, holder_label = $3::text,
    held_since = clock_timestamp(), expires = clock_timestamp() + ${duration('$4')}
  FROM (SELECT key FROM free UNION ALL SELECT key FROM left_over) AS mine
  WHERE s.key = mine.key AND ${IS_FREE}
  RETURNING s.name, s.fence::text`;
}
