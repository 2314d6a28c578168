/** A hundred W1 saves between two marks in the trace. Arguments: path, channels. */

import { existsSync } from 'node:fs';
import { SqliteSession } from 'tgsession/sqlite';
import { ours } from './stores.ts';

const [path, channels] = process.argv.slice(2);
await ours.w4(`${path}.session`, Number(channels));
const storage = new SqliteSession(path!);
const session = (await storage.load())!;
const save = async (i: number) => {
  session.state!.channels[i % session.state!.channels.length]!.pts++;
  await storage.save(session);
};
for (let i = 0; i < 10; i++) await save(i);
existsSync('saves-begin');
for (let i = 0; i < 100; i++) await save(i);
existsSync('saves-end');
await storage.close();
