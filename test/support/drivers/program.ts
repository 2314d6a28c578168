/**
 * A program with a real client on a session file: logs in (`login`), or goes on and follows the updates (`updates`). Ends
 * when its input ends. Prints `begin`, `key <id>`, `refused <code>`, `user <id>`, `heard <text>` and `stopped`.
 * Arguments: client, path, data centre (JSON), task, and for how many milliseconds it waits for the session.
 */

import { writeSync } from 'node:fs';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { type ClientName, drive } from './index.ts';

const [name, path, dc, task, wait = '0'] = process.argv.slice(2);
const tell = (line: string) => writeSync(1, `${line}\n`);

const storage = new SqliteSession(path!, { wait: Number(wait), label: name! });
const driver = await drive(name as ClientName, storage, JSON.parse(dc!), {
  onMessage: (text) => tell(`heard ${text}`),
  onKey: (keyId) => tell(`key ${keyId}`),
});
tell('begin');
try {
  await driver.connect();
} catch (error) {
  tell(`refused ${(error as { code?: string }).code ?? error}`);
  process.exit();
}
tell(`user ${task === 'login' ? await driver.logIn() : await driver.me()}`);
if (task === 'updates') await driver.catchUp();
for await (const _ of process.stdin);
await driver.stop();
for (const error of driver.errors) tell(`error ${error}`);
tell('stopped');
process.exit();
