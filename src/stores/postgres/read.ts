/** Sessions as they are stored: each read in one statement, so that all of it is of one moment. */

import { SessionError } from '../../errors.ts';
import { Session, type SessionFields } from '../../session.ts';
import type { SqlText } from './client.ts';
import type { Database } from './database.ts';
import { Together } from './together.ts';
import { givenRows, textArray, toNumber } from './values.ts';

/** Sessions that are read in one request at most: each may have ten thousand channels. */
const MANY = 50;

/** Reads sessions of a store: those that are asked for at the same time in one request. */
export class Reading {
  readonly #reads: Together<string, Session | null>;

  constructor(database: Database) {
    const text = readText(database.schema);
    this.#reads = new Together(MANY, async (names) => {
      const rows = await database.run(text, [textArray(names)]);
      const found = new Map(rows.map(([name, ...row]) => [name!, row]));
      return names.map((name) => {
        const row = found.get(name);
        return row === undefined ? null : sessionOrError(row);
      });
    });
  }

  /** The session of a name, or null. @throws SessionError `INVALID_VALUE`, `DAMAGED`, `IO` */
  read(name: string): Promise<Session | null> {
    return this.#reads.call(name);
  }
}

/** The statement. Ten thousand channels come as two texts: as rows they would take ten times as long. */
function readText(schema: string): string {
  return `SELECT s.name,
    (SELECT json_agg(json_build_array(d.id, d.ipv4_addr, d.ipv6_addr, encode(d.auth, 'hex')) ORDER BY d.id)::text
      FROM ${schema}dcs d WHERE d.session = s.key),
    s.user_id::text, s.user_dc::text, s.user_bot::text, s.username,
    s.pts::text, s.qts::text, s.date::text, s.seq::text,
    c.ids::text, c.pts::text
  FROM ${givenRows({ name: 'text' })}
  JOIN ${schema}sessions s ON s.name = given.name
  CROSS JOIN LATERAL (
    SELECT array_agg(c.id ORDER BY c.id) AS ids, array_agg(c.pts ORDER BY c.id) AS pts
    FROM ${schema}channels c WHERE c.session = s.key
  ) AS c
  WHERE s.is_saved`;
}

/** One that is damaged costs nobody another one. */
function sessionOrError(row: readonly SqlText[]): Session | Error {
  try {
    return toSession(row);
  } catch (error) {
    return error as Error;
  }
}

function toSession(row: readonly SqlText[]): Session {
  const [dcs, userId, dc, bot, username, pts, qts, date, seq, ids, channelPts] = row;
  const hasUser = userId !== null || dc !== null || bot !== null || username !== null;
  const hasState = pts !== null || qts !== null || date !== null || seq !== null;
  const channels = toChannels(ids ?? null, channelPts ?? null);
  if (!hasState && channels.length > 0) {
    throw new SessionError('DAMAGED', 'The session has channel states but no update state.', {
      field: 'Session.state',
    });
  }
  // What any of them may be instead is for the model to say.
  const fields = {
    dcs: toDcs(dcs ?? null),
    user: hasUser
      ? { id: toNumber(userId), dc: toNumber(dc), bot: bot === null ? null : bot === 'true', username }
      : null,
    state: hasState
      ? { pts: toNumber(pts), qts: toNumber(qts), date: toNumber(date), seq: toNumber(seq), channels }
      : null,
  };
  return new Session(fields as SessionFields);
}

function toDcs(text: SqlText) {
  const rows: [unknown, SqlText, SqlText, SqlText][] = text === null ? [] : JSON.parse(text);
  return rows.map(([id, ipv4Addr, ipv6Addr, auth]) => ({
    id,
    ipv4Addr,
    ipv6Addr,
    auth: auth === null ? null : new Uint8Array(Buffer.from(auth, 'hex')),
  }));
}

function toChannels(ids: SqlText, pts: SqlText) {
  const [each, at] = [toIntegers(ids), toIntegers(pts)];
  return each.map((id, i) => ({ id, pts: at[i] }));
}

/** An array of integers. One beyond 2^53 is rounded, but to one that is beyond it too, and so refused. */
function toIntegers(array: SqlText): number[] {
  return array === null ? [] : JSON.parse(`[${array.slice(1, -1)}]`);
}
