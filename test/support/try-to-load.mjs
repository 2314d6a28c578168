/** Tries to load a session with the built package, and says what came of it. Argument: path. */

import process from 'node:process';
import { SqliteSession } from 'tgsession/sqlite';

const storage = new SqliteSession(process.argv[2]);
try {
  await storage.load();
  console.log('loaded');
} catch (error) {
  console.log(error.code, error.holder?.label);
} finally {
  await storage.close();
}
