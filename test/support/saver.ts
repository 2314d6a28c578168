/**
 * Saves in a loop until it is killed, and prints the number of each save that was acknowledged. Every save changes
 * several rows by a rule, so that whoever looks afterwards can tell a whole save from a mixed one (`sessionOf`).
 * Every 20 saves it closes and opens again. Argument: path.
 */

import { writeSync } from 'node:fs';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { sessionOf } from './numbered-session.ts';

const path = process.argv[2]!;
for (;;) {
  const storage = new SqliteSession(path, { wait: 10_000 });
  const loaded = await storage.load();
  let number = loaded?.state?.pts ?? 0;
  for (let i = 0; i < 20; i++) {
    number++;
    await storage.save(sessionOf(number));
    writeSync(1, `${number}\n`);
  }
  await storage.close();
}
