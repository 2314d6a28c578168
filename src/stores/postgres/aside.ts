/** The sessions kept aside. */

import { checkReason, entryOf } from '../../aside.ts';
import { sessionFromText, sessionToText } from '../../session-text.ts';
import type { AsideBackend, AsideRecord, LeaseRef } from '../backend.ts';
import type { SqlText } from './client.ts';
import type { Database } from './database.ts';
import { integerArray, toDate } from './values.ts';

export class PostgresAside implements AsideBackend {
  readonly #database: Database;
  readonly #schema: string;
  /** The row of a lease that is ours, locked. */
  readonly #ours: string;

  constructor(database: Database) {
    this.#database = database;
    this.#schema = database.schema;
    this.#ours = `s AS (
      SELECT s.key FROM ${database.schema}sessions s
      WHERE s.name = $1::text AND s.fence = $2::text::bigint AND s.holder_host IS NOT NULL FOR UPDATE
    )`;
  }

  async list(name: string): Promise<AsideRecord[]> {
    const text = `SELECT a.id::text, a.reason, a.since::text, a.record FROM ${this.#schema}aside a
      JOIN ${this.#schema}sessions s ON s.key = a.session WHERE s.name = $1::text ORDER BY a.id`;
    return (await this.#database.run(text, [name])).map(toRecord);
  }

  async put(
    { name, fence }: LeaseRef,
    { session, reason, since, instead }: Parameters<AsideBackend['put']>[1],
  ): Promise<string | null> {
    const text = `WITH ${this.#ours}, gone AS (
        DELETE FROM ${this.#schema}aside a USING s WHERE a.session = s.key AND a.id = ANY ($3::text::bigint[])
      ), put AS (
        INSERT INTO ${this.#schema}aside (session, reason, since, record)
        SELECT s.key, $4::text, $5::text::bigint, $6::text FROM s RETURNING id
      )
      SELECT id::text FROM put`;
    const [[id] = [null]] = await this.#database.run(text, [
      name,
      String(fence),
      integerArray(instead.filter(isId).map(BigInt)),
      reason,
      String(since.getTime()),
      sessionToText(session),
    ]);
    return id ?? null;
  }

  async delete({ name, fence }: LeaseRef, id: string): Promise<boolean> {
    const text = `WITH ${this.#ours}, gone AS (
        DELETE FROM ${this.#schema}aside a USING s WHERE a.session = s.key AND a.id = ANY ($3::text::bigint[])
      )
      SELECT key::text FROM s`;
    const ids = integerArray([id].filter(isId).map(BigInt));
    return (await this.#database.run(text, [name, String(fence), ids])).length > 0;
  }
}

/** Whether it can be an id of ours. */
function isId(id: string): boolean {
  return /^[1-9]\d{0,17}$/.test(id);
}

/** @throws SessionError `INVALID_VALUE`, `DAMAGED` */
function toRecord([id, reason, since, text]: readonly SqlText[]): AsideRecord {
  const session = sessionFromText(`aside[${id}].record`, text);
  return { entry: entryOf(id!, session, checkReason(reason), toDate(since, 'aside.since')!), session };
}
