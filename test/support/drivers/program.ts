/**
 * A program with a real client on a session file. It logs in if it must, follows the updates if it is told to, and ends when
 * its input ends. Prints `begin`, `refused <code>`, `user <id>`, `heard <text>` and `stopped`.
 * Arguments: client, path, data centre (JSON), `login` or `updates`, and for how many milliseconds it waits for the session.
 */

import { existsSync, statSync, writeSync } from 'node:fs';
import { read } from '../../../src/formats/index.ts';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { type ClientName, drive } from './index.ts';

const [name, path, dc, task, wait = '0'] = process.argv.slice(2);
const tell = (line: string) => writeSync(1, `${line}\n`);

/** As a reader sees it, without taking it. */
async function isLoggedIn(): Promise<boolean> {
  if (!existsSync(path!) || statSync(path!).size === 0) return false;
  return (await read({ path: path! })).snapshots[0]?.session.user != null;
}

const storage = new SqliteSession(path!, { wait: Number(wait), label: name! });
const driver = drive(name as ClientName, storage, JSON.parse(dc!), {
  onMessage: (text) => tell(`heard ${text}`),
});
tell('begin');
try {
  await driver.connect();
} catch (error) {
  tell(`refused ${(error as { code?: string }).code ?? error}`);
  process.exit();
}
tell(`user ${(await isLoggedIn()) ? await driver.me() : await driver.logIn()}`);
if (task === 'updates') await driver.catchUp();
for await (const _ of process.stdin);
await driver.stop();
for (const error of driver.errors) tell(`error ${error}`);
tell('stopped');
process.exit();
