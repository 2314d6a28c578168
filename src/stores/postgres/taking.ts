/** Taking leases: those of names, and any that are free. Each is decided on the row itself, under its lock. */

import type { LeaseRef, Taken, TakeOneRequest, TakeRequest } from '../backend.ts';
import type { SessionFilter } from '../store.ts';
import type { SqlText } from './client.ts';
import type { Database } from './database.ts';
import { conditionsOf } from './filter.ts';
import { HOLDER_COLUMNS, toHolder } from './holder.ts';
import { type Answer, Together } from './together.ts';
import { duration, givenRows, textArray, toOwnNumber } from './values.ts';

/** Leases that one statement takes at most, of those that are asked for at the same time. */
const MANY = 100;

/**
 * The number of a new lease: the time in microseconds. Not that of a sequence: a server that was put back, or a replica that
 * had not got everything when it took over, would give a number again that somebody has already.
 */
const NEW_FENCE = '(extract(epoch from clock_timestamp()) * 1000000)::bigint';
/** The same for a name that has had leases, of which the last one is in the row `s`. */
const NEXT_FENCE = `greatest(s.fence + 1, ${NEW_FENCE})`;

const IS_FREE = '(s.holder_host IS NULL OR s.expires <= clock_timestamp())';

/** Takes leases of a store. */
export class Taking {
  readonly #database: Database;
  readonly #sql: Readonly<Record<'takeNow' | 'takeInTurn', string>>;
  readonly #takes = new Together<TakeOneRequest, Taken>(MANY, (requests) => this.#takeMany(requests));

  constructor(database: Database) {
    this.#database = database;
    const { schema } = database;
    this.#sql = { takeNow: takeText(schema, 'SKIP LOCKED'), takeInTurn: takeText(schema, '') };
  }

  /** See `Backend.take`. */
  take(request: TakeOneRequest): Promise<Taken> {
    return this.#takes.call(request);
  }

  /** See `Backend.claim`. */
  async claim(request: TakeRequest & { filter: SessionFilter; limit: number }): Promise<LeaseRef[]> {
    const { taker, ttl, filter, limit } = request;
    const values: SqlText[] = [taker.host, String(taker.pid), taker.label, String(ttl), String(limit)];
    const conditions = conditionsOf(filter, values);
    const rows = await this.#database.run(claimText(this.#database.schema, conditions), values);
    return rows.map(([name, fence]) => ({ name: name!, fence: toOwnNumber(fence, 'sessions.fence') }));
  }

  /** Those that differ only in their names go in one statement, in which a name can be but once. */
  async #takeMany(requests: readonly TakeOneRequest[]): Promise<Answer<Taken>[]> {
    const alike = new Map<string, number[]>();
    const asked = new Map<string, number>();
    for (const [i, { name, ...terms }] of requests.entries()) {
      const times = asked.get(name) ?? 0;
      asked.set(name, times + 1);
      const key = JSON.stringify([times, terms]);
      alike.set(key, [...(alike.get(key) ?? []), i]);
    }
    const taken: Answer<Taken>[] = [];
    const groups = [...alike.values()].map(async (group) => {
      const some = group.map((i) => requests[i]!);
      const answers = await this.#takeNow(some).catch((error) => some.map(() => error as Error));
      for (const [k, i] of group.entries()) taken[i] = answers[k]!;
    });
    await Promise.all(groups);
    return taken;
  }

  /**
   * Takes leases on the same terms. A row that another transaction has locked is asked for again by itself: whoever has
   * locked it may have been stopped, and must not keep us from the others.
   */
  async #takeNow(requests: readonly TakeOneRequest[]): Promise<Answer<Taken>[]> {
    const names = requests.map(({ name }) => name);
    const rows = await this.#database.run(this.#sql.takeNow, valuesOf(names, requests[0]!));
    const found = new Map(rows.map(([name, ...row]) => [name!, row]));
    return requests.map((request) => {
      const answer = answerOf(found.get(request.name)!, request);
      if (answer !== null) return answer;
      const later = this.#takeInTurn(request);
      later.catch(() => {}); // whoever asked hears it, as soon as the others have their answers
      return later;
    });
  }

  /** Takes a lease, and waits for others that are about to. */
  async #takeInTurn(request: TakeOneRequest): Promise<Taken> {
    for (;;) {
      const [row] = await this.#database.run(this.#sql.takeInTurn, valuesOf([request.name], request));
      const answer = answerOf(row!.slice(1), request);
      if (answer instanceof Error) throw answer;
      if (answer !== null) return answer;
      // It was free when the statement began, and not when it came to the row. Now it is seen as it is.
    }
  }
}

function valuesOf(names: readonly string[], { taker, ttl, takeOver, dead }: TakeOneRequest): SqlText[] {
  return [textArray(names), taker.host, String(taker.pid), taker.label, String(ttl), takeOver, String(dead)];
}

/** What became of a name; null where it has to be asked for again. */
function answerOf(row: readonly SqlText[], { takeOver, dead }: TakeOneRequest): Taken | Error | null {
  const [fence, isHeld, isDead, reason, left, ...holder] = row;
  try {
    if (fence != null) return { outcome: 'taken', fence: toOwnNumber(fence, 'sessions.fence') };
    if (isHeld === 'true' && takeOver === null) {
      return { outcome: 'held', holder: toHolder(holder), expiresIn: Math.max(1, Number(left)) };
    }
    return isDead === 'true' && !dead ? { outcome: 'dead', reason: reason ?? null } : null;
  } catch (error) {
    return error as Error;
  }
}

/** The first part alone refuses what is held, so that many that ask write nothing. */
function takeText(schema: string, ifLocked: '' | 'SKIP LOCKED'): string {
  const given = givenRows({ name: 'text' });
  return `WITH old AS (
    SELECT s.*, ${IS_FREE} IS NOT TRUE AS is_held, s.status = 'dead' AS is_dead
    FROM ${given} JOIN ${schema}sessions s ON s.name = given.name
  ), open AS (
    SELECT s.key FROM old JOIN ${schema}sessions s ON s.key = old.key
    WHERE (NOT old.is_held OR $6::text IS NOT NULL) AND (NOT old.is_dead OR $7::text::boolean)
    ORDER BY s.name FOR UPDATE OF s ${ifLocked}
  ), got AS (
    INSERT INTO ${schema}sessions AS s (name, fence, holder_host, holder_pid, holder_label, held_since, expires)
    SELECT given.name, ${NEW_FENCE}, $2::text, $3::text::bigint, $4::text,
      clock_timestamp(), clock_timestamp() + ${duration('$5')}
    FROM ${given} LEFT JOIN old ON old.name = given.name
    WHERE old.key IS NULL OR old.key IN (SELECT key FROM open)
    ORDER BY given.name COLLATE "C"
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
    RETURNING s.name, s.fence
  )
  SELECT given.name, got.fence::text, s.is_held::text, s.is_dead::text, s.status_reason,
    (extract(epoch from s.expires - clock_timestamp()) * 1000)::text, ${HOLDER_COLUMNS}
  FROM ${given} LEFT JOIN old s ON s.name = given.name LEFT JOIN got ON got.name = given.name`;
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
