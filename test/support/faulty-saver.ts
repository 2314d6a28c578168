/**
 * Saves a few times, under a system that lets some calls fail (see faults.test.ts). Prints a line for each save:
 * its number if it was acknowledged, else the code of the error. At the end it saves once more and says `end`.
 * Argument: path, number of the first save.
 */

import { writeSync } from 'node:fs';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { sessionOf } from './numbered-session.ts';

const [path, first] = process.argv.slice(2);
const storage = new SqliteSession(path!, { lockTimeout: 100 });
const tell = (line: string | number) => writeSync(1, `${line}\n`);
try {
  await storage.load();
  tell('loaded');
} catch (error) {
  tell((error as { code?: string }).code ?? String(error));
}
for (let number = Number(first); number < Number(first) + 4; number++) {
  try {
    await storage.save(sessionOf(number));
    tell(number);
  } catch (error) {
    tell((error as { code?: string }).code ?? String(error));
  }
}
try {
  await storage.close();
  tell('closed');
} catch (error) {
  tell((error as { code?: string }).code ?? String(error));
}
