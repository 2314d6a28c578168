/** Leases that are held: renewing them, giving them back, and when they end. */

import type { LeaseRef } from '../backend.ts';
import type { Database } from './database.ts';
import { releaseChannel } from './schema.ts';
import { Together } from './together.ts';
import { duration, givenRows, integerArray, textArray } from './values.ts';

/** Leases that one statement gives back at most, of those that are given back at the same time. */
const MANY = 500;

/** The leases of a store. */
export class Leases {
  readonly #database: Database;
  readonly #channel: string;
  readonly #sql: ReturnType<typeof statements>;
  readonly #releases = new Together<LeaseRef, void>(MANY, (leases) => this.#releaseMany(leases));

  constructor(database: Database, schema: string) {
    this.#database = database;
    this.#channel = releaseChannel(schema);
    this.#sql = statements(database.schema);
  }

  /** See `Backend.renew`. */
  async renew(leases: readonly LeaseRef[], ttl: number): Promise<boolean[]> {
    if (leases.length === 0) return [];
    const rows = await this.#database.run(this.#sql.renew, [...arraysOf(leases), String(ttl)]);
    const renewed = new Set(rows.map(([name, fence]) => `${fence} ${name}`));
    return leases.map(({ name, fence }) => renewed.has(`${fence} ${name}`));
  }

  /** See `Backend.release`. */
  release(lease: LeaseRef): Promise<void> {
    return this.#releases.call(lease);
  }

  /** See `Backend.expiries`. */
  async expiries(names: readonly string[]): Promise<number[]> {
    if (names.length === 0) return [];
    const rows = await this.#database.run(this.#sql.expiries, [textArray(names)]);
    const left = new Map(rows.map(([name, ms]) => [name, Number(ms)]));
    return names.map((name) => left.get(name) ?? 0);
  }

  async #releaseMany(leases: readonly LeaseRef[]): Promise<undefined[]> {
    await this.#database.run(this.#sql.release, [...arraysOf(leases), this.#channel]);
    return leases.map(() => undefined);
  }
}

function arraysOf(leases: readonly LeaseRef[]): [names: string, fences: string] {
  return [textArray(leases.map(({ name }) => name)), integerArray(leases.map(({ fence }) => fence))];
}

function statements(schema: string) {
  // Those that are ours, locked. Whatever is about several rows locks them by name, so that no two wait for each other.
  const mine = `mine AS (
    SELECT s.key, s.is_saved FROM ${givenRows({ name: 'text', fence: 'bigint' })}
    JOIN ${schema}sessions s ON s.name = given.name AND s.fence = given.fence
    WHERE s.holder_host IS NOT NULL ORDER BY s.name FOR UPDATE OF s
  )`;
  return {
    renew: `WITH ${mine}
      UPDATE ${schema}sessions s SET expires = clock_timestamp() + ${duration('$3')}
      FROM mine WHERE s.key = mine.key
      RETURNING s.name, s.fence::text`,

    // A name that was never saved leaves nothing, unless something is kept aside for it.
    release: `WITH ${mine}, staying AS (
      SELECT m.key FROM mine m WHERE m.is_saved OR EXISTS (SELECT FROM ${schema}aside a WHERE a.session = m.key)
    ), gone AS (
      DELETE FROM ${schema}sessions s USING mine
      WHERE s.key = mine.key AND NOT EXISTS (SELECT FROM staying WHERE staying.key = s.key)
      RETURNING s.name
    ), free AS (
      UPDATE ${schema}sessions s SET
        holder_host = NULL, holder_pid = NULL, holder_label = NULL, held_since = NULL, expires = NULL
      FROM staying WHERE s.key = staying.key
      RETURNING s.name
    )
    SELECT pg_notify($3::text, name)::text FROM (SELECT name FROM gone UNION ALL SELECT name FROM free) AS given`,

    expiries: `SELECT s.name, (extract(epoch from s.expires - clock_timestamp()) * 1000)::text
      FROM ${givenRows({ name: 'text' })} JOIN ${schema}sessions s ON s.name = given.name
      WHERE s.holder_host IS NOT NULL`,
  };
}
