/** Which program's session a database is, told by its tables: version numbers mean different things in each. */

import type { Tables } from './tables.ts';

/** What a database may be to us. `empty` has no tables at all. */
export type DatabaseKind =
  | 'telethon-v2'
  | 'telethon-v1'
  | 'telethon-alpha'
  | 'pyrogram'
  | 'mtcute'
  | 'grammers'
  | 'empty'
  | 'other';

const V2_TABLES = ['version', 'datacenter', 'user', 'state', 'channelstate'];
const V1_COLUMNS = ['dc_id', 'server_address', 'port', 'auth_key'];

/** What every member of Pyrogram's family has, whatever its number says. */
const PYROGRAM_COLUMNS = [
  ['sessions', 'test_mode'],
  ['peers', 'last_update_on'],
  ['version', 'number'],
] as const;

/** What mtcute has since 0.7, and what it had before. */
const MTCUTE_TABLES = ['mtcute_migrations', 'auth_keys', 'key_value'];
const MTCUTE_OLD_TABLES = ['kv', 'auth_keys', 'pts', 'entities'];

const GRAMMERS_TABLES = ['dc_home', 'dc_option', 'peer_info', 'update_state', 'channel_state'];

/**
 * Tells by the tables (formats/telethon.md, section 0; pyrogram.md, section 1.1; mtcute.md, section 2; grammers.md,
 * section 1).
 */
export function kindOf(tables: Tables): DatabaseKind {
  if (tables.size === 0) return 'empty';
  const v2Tables = V2_TABLES.filter((name) => tables.has(name)).length;
  if (v2Tables === V2_TABLES.length) return 'telethon-v2';
  const sessions = tables.get('sessions') ?? [];
  // Kurigram has all the columns of Telethon v1 as well. Two of the three: a file that lost a table.
  const pyrogram = PYROGRAM_COLUMNS.filter(([table, column]) => tables.get(table)?.includes(column));
  if (pyrogram.length >= 2) return 'pyrogram';
  if (!sessions.includes('test_mode') && V1_COLUMNS.every((column) => sessions.includes(column)))
    return 'telethon-v1';
  if ([MTCUTE_TABLES, MTCUTE_OLD_TABLES].some((names) => names.every((name) => tables.has(name))))
    return 'mtcute';
  // Three of the five: a file that lost the others.
  if (GRAMMERS_TABLES.filter((name) => tables.has(name)).length >= 3) return 'grammers';
  const isAlpha = ['session', 'channel', 'entity'].every((name) => tables.has(name));
  if (isAlpha && tables.get('datacenter')?.includes('ipv4')) return 'telethon-alpha';
  // Three of the five are no accident: a file of Telethon v2 that lost the others.
  return v2Tables >= 3 ? 'telethon-v2' : 'other';
}
