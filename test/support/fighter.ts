/**
 * Takes a session again and again, as soon as it can get it, and each time saves the stored pts plus one.
 * Prints for each turn when it had the session (in a clock that processes share), and the pts. Arguments: path, turns.
 */

import { SqliteSession } from '../../src/sqlite/index.ts';

const [path, turns] = process.argv.slice(2);
const now = () => Number(process.hrtime.bigint());

for (let i = 0; i < Number(turns); i++) {
  const storage = new SqliteSession(path!, { wait: 120_000 });
  const session = await storage.load();
  const from = now();
  session!.state!.pts++;
  await storage.save(session!);
  const to = now();
  await storage.close();
  console.log(JSON.stringify({ from, to, pts: session!.state!.pts }));
}
