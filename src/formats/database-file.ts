/** Writing a format that is one SQLite database. */

import { join } from 'node:path';
import { buildDatabase, buildDatabaseFile } from '../sqlite/build.ts';
import type { SqlDatabase } from '../sqlite/driver.ts';
import type { WriteOptions, Written } from './codec.ts';

/**
 * Makes the database in memory, or as a file in the folder that was given.
 *
 * @param fill makes the tables and the rows
 * @throws SessionError `IO`, `NO_DRIVER`, and what `fill` throws
 */
export async function writeDatabase(
  { folder }: WriteOptions,
  fill: (db: SqlDatabase) => void,
): Promise<Pick<Written, 'files' | 'built'>> {
  if (folder === undefined) return { files: new Map([['', await buildDatabase(fill)]]) };
  const path = join(folder, 'new.session');
  await buildDatabaseFile(path, fill);
  return { files: new Map(), built: new Map([['', path]]) };
}
