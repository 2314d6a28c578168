/** What a store tells of sessions, and what an operator notes and removes. */

import { SessionError } from '../../errors.ts';
import type { UserFields } from '../../session.ts';
import type {
  ListOptions,
  SessionDetails,
  SessionInfo,
  SessionStatus,
  StoreHolder,
  TakeOver,
} from '../store.ts';
import type { SqlText } from './client.ts';
import type { Database } from './database.ts';
import { conditionsOf } from './filter.ts';
import { HOLDER_COLUMNS, toHolder } from './holder.ts';
import { milliseconds, textArray, toDate, toOwnNumber } from './values.ts';

const COLUMNS = [
  's.name',
  's.status',
  's.status_reason',
  milliseconds('s.status_since'),
  's.user_id::text, s.user_dc::text, s.user_bot::text, s.username',
  's.phone',
  's.label',
  'array_to_json(s.tags)::text',
  milliseconds('s.saved_at'),
  's.takeover_reason',
  milliseconds('s.takeover_at'),
  's.takeover_from',
  '(s.holder_host IS NOT NULL AND s.expires > clock_timestamp())::text',
  HOLDER_COLUMNS,
].join(', ');

const STATUSES: readonly (string | null | undefined)[] = [
  'ok',
  'suspected',
  'dead',
] satisfies SessionStatus[];

/** The tables with rows of a session, which go with it. */
const PARTS = ['dcs', 'channels', 'peers', 'peer_names', 'aside'];

/** The sessions of a store, as an operator sees them. */
export class Entries {
  readonly #database: Database;
  readonly #schema: string;

  constructor(database: Database) {
    this.#database = database;
    this.#schema = database.schema;
  }

  async list({ after, limit, filter }: Required<ListOptions>): Promise<SessionInfo[]> {
    const values: SqlText[] = [String(limit)];
    let conditions = conditionsOf(filter, values);
    if (after !== null) {
      values.push(after);
      conditions += ` AND s.name > $${values.length}::text`;
    }
    const text = `SELECT ${COLUMNS} FROM ${this.#schema}sessions s WHERE s.is_saved${conditions}
      ORDER BY s.name LIMIT $1::text::bigint`;
    return (await this.#database.run(text, values)).map(toInfo);
  }

  async info(name: string): Promise<SessionInfo | null> {
    const text = `SELECT ${COLUMNS} FROM ${this.#schema}sessions s WHERE s.is_saved AND s.name = $1::text`;
    const [row] = await this.#database.run(text, [name]);
    return row === undefined ? null : toInfo(row);
  }

  /** See `Backend.delete`. */
  delete(name: string): Promise<'deleted' | 'absent' | StoreHolder> {
    return this.#database.transaction(async (run) => {
      // With the row locked nobody writes any more, and the next statement sees all that was written.
      const [row] = await run(
        `SELECT s.key::text, (s.holder_host IS NOT NULL AND s.expires > clock_timestamp())::text, ${HOLDER_COLUMNS}
        FROM ${this.#schema}sessions s WHERE s.name = $1::text FOR UPDATE`,
        [name],
      );
      if (row === undefined) return 'absent';
      const [key, isHeld, ...holder] = row;
      if (isHeld === 'true') return toHolder(holder);
      const parts = PARTS.map(
        (table) => `${table}_gone AS (DELETE FROM ${this.#schema}${table} WHERE session = $1::text::bigint)`,
      );
      await run(`WITH ${parts.join(', ')} DELETE FROM ${this.#schema}sessions WHERE key = $1::text::bigint`, [
        key!,
      ]);
      return 'deleted';
    });
  }

  async setStatus(name: string, status: SessionStatus, reason: string | null): Promise<boolean> {
    const text = `UPDATE ${this.#schema}sessions s
      SET status = $2::text, status_reason = $3::text, status_since = clock_timestamp()
      WHERE s.name = $1::text AND s.is_saved RETURNING s.name`;
    return (await this.#database.run(text, [name, status, reason])).length > 0;
  }

  async describe(name: string, { label, tags, phone }: SessionDetails): Promise<boolean> {
    const values: SqlText[] = [name];
    const set: string[] = [];
    const put = (column: string, value: SqlText, type = '') => {
      values.push(value);
      set.push(`${column} = $${values.length}::text${type}`);
    };
    if (label !== undefined) put('label', label);
    if (tags !== undefined) put('tags', textArray(tags), '::text[]');
    if (phone !== undefined) put('phone', phone);
    if (set.length === 0) return (await this.info(name)) !== null;
    const text = `UPDATE ${this.#schema}sessions s SET ${set.join(', ')}
      WHERE s.name = $1::text AND s.is_saved RETURNING s.name`;
    return (await this.#database.run(text, values)).length > 0;
  }
}

/** @throws SessionError `DAMAGED` */
function toInfo(row: readonly SqlText[]): SessionInfo {
  const [name, status, reason, since, userId, dc, bot, username, phone, label, tags, savedAt, ...rest] = row;
  const [takeOverReason, takeOverAt, takeOverFrom, isHeld, ...holder] = rest;
  if (!STATUSES.includes(status)) {
    throw new SessionError('DAMAGED', 'A row of the table sessions has a status that is none.', {
      field: 'sessions.status',
    });
  }
  return {
    name: name!,
    status: status as SessionStatus,
    reason: reason ?? null,
    statusSince: toDate(since, 'sessions.status_since'),
    user: toUser([userId, dc, bot, username]),
    phone: phone ?? null,
    label: label ?? null,
    tags: JSON.parse(tags!) as string[],
    savedAt: toDate(savedAt, 'sessions.saved_at'),
    holder: isHeld === 'true' ? toHolder(holder) : null,
    takenOver: toTakeOver(takeOverReason, takeOverAt, takeOverFrom),
  };
}

function toUser([id, dc, bot, username]: readonly (SqlText | undefined)[]): UserFields | null {
  if (id == null) return null;
  return {
    id: toOwnNumber(id, 'sessions.user_id'),
    dc: toOwnNumber(dc, 'sessions.user_dc'),
    bot: bot === 'true',
    username: username ?? null,
  };
}

function toTakeOver(
  reason: SqlText | undefined,
  at: SqlText | undefined,
  from: SqlText | undefined,
): TakeOver | null {
  if (reason == null || at == null) return null;
  return { reason, at: toDate(at, 'sessions.takeover_at')!, from: from ?? '' };
}
