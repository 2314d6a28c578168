/** Databases that are not quite what a library wrote. */

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { temporaryFolder } from './folder.ts';

/** A copy of a database with some SQL run on it; gone after the test. */
export function changedDatabase(file: string, sql: string): string {
  const path = join(temporaryFolder(), 'changed');
  copyFileSync(file, path);
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
  return path;
}
