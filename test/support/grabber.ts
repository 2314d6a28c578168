/** Tries to take a session as often as it can until it gets a line, and says how often it got it. Argument: path. */

import { SqliteSession } from '../../src/sqlite/index.ts';

const storage = new SqliteSession(process.argv[2]!);
let stop = false;
process.stdin.once('data', () => {
  stop = true;
});
let tries = 0;
let got = 0;
console.log('trying');
while (!stop) {
  for (let i = 0; i < 20; i++) {
    tries++;
    try {
      await storage.load();
      got++;
      await storage.close();
    } catch (error) {
      if ((error as { code?: string }).code !== 'HELD') throw error;
    }
  }
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(`got it ${got} times of ${tries}`);
process.exit(0);
