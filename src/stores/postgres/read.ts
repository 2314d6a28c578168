/** A session as it is stored: read in one statement, so that all of it is of one moment. */

import { SessionError } from '../../errors.ts';
import { Session, type SessionFields } from '../../session.ts';
import type { SqlText } from './client.ts';
import type { Database } from './database.ts';
import { toNumber } from './values.ts';

/** The statement. Ten thousand channels come as two texts: as rows they would take ten times as long. */
export function readText(schema: string): string {
  return `SELECT
    (SELECT json_agg(json_build_array(d.id, d.ipv4_addr, d.ipv6_addr, encode(d.auth, 'hex')) ORDER BY d.id)::text
      FROM ${schema}dcs d WHERE d.session = s.key),
    s.user_id::text, s.user_dc::text, s.user_bot::text, s.username,
    s.pts::text, s.qts::text, s.date::text, s.seq::text,
    c.ids::text, c.pts::text
  FROM ${schema}sessions s
  CROSS JOIN LATERAL (
    SELECT array_agg(c.id ORDER BY c.id) AS ids, array_agg(c.pts ORDER BY c.id) AS pts
    FROM ${schema}channels c WHERE c.session = s.key
  ) AS c
  WHERE s.name = $1::text AND s.is_saved`;
}

/** The session of a name, or null. @throws SessionError `INVALID_VALUE`, `DAMAGED`, `IO` */
export async function readSession(database: Database, text: string, name: string): Promise<Session | null> {
  const [row] = await database.run(text, [name]);
  return row === undefined ? null : toSession(row);
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
