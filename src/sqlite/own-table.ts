/** Further tables of ours in a session file, which a newer tgsession may make otherwise. */

import { SessionError } from '../errors.ts';
import type { Sql } from './driver.ts';

/**
 * Whether a file has a table of ours.
 *
 * @param text what makes it, as SQLite keeps it in the file
 * @throws SessionError `NEWER_VERSION` if there is another one of the name: nobody but a newer tgsession makes such
 */
export function hasOwnTable(sql: Sql, name: string, text: string): boolean {
  const [[found] = []] = sql.prepare('SELECT sql FROM sqlite_master WHERE name = ?').all(name);
  if (found === undefined) return false;
  if (found === text) return true;
  throw new SessionError(
    'NEWER_VERSION',
    `The table ${name} in the file is not the one that is known. Use a newer tgsession.`,
    { field: name },
  );
}
