/** Session files for tests. */

import { join } from 'node:path';
import type { Session } from '../../src/index.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import type { FileOptions } from '../../src/sqlite/session-file.ts';
import { temporaryFolder } from './folder.ts';
import { fullSession } from './sessions.ts';

/** How a `SessionFile` is taken for itself, without waiting. */
export const FILE_OPTIONS: FileOptions = {
  wait: 0,
  lockTimeout: 20,
  signal: new AbortController().signal,
  label: null,
  shared: false,
  migrate: false,
  warn() {},
};

/** The path of a session that was saved and closed. */
export async function savedFile(session: Session = fullSession()): Promise<string> {
  const path = join(temporaryFolder(), 'a.session');
  const storage = new SqliteSession(path);
  await storage.save(session);
  await storage.close();
  return path;
}
