/** Which member of Pyrogram's family a file is of, told by its tables and columns (formats/pyrogram.md, section 1.2). */

import type { Tables } from '../../sqlite/tables.ts';

/**
 * Whose tables a file has. `pyrogram` is also Hydrogram, whose tables are the same to the letter, and `pyrotgfork` is
 * also Kurigram before its version 7.
 */
export type PyrogramFork = 'pyrogram' | 'pyrofork' | 'pyrotgfork' | 'kurigram';

/** Tells by the tables. */
export function pyrogramForkOf(tables: Tables): PyrogramFork {
  const has = (table: string, column: string) => tables.get(table)?.includes(column) === true;
  // Two branches of Pyrofork that were never released.
  if (has('sessions', 'server_address_v6') || tables.has('dc_options')) return 'pyrofork';
  if (has('sessions', 'server_address')) return 'kurigram';
  // Both have a table of usernames, but not the same.
  if (has('usernames', 'username')) return 'pyrotgfork';
  return tables.has('usernames') || tables.has('update_state') ? 'pyrofork' : 'pyrogram';
}
