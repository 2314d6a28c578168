/** A program with mtcute on a session file: logs in where it must, and prints what it hears. Ends when its input ends. */

import { TelegramClient } from '@mtcute/node';
import * as utils from '@mtcute/node/utils.js';
import { mtcuteStorage } from 'tgsession/clients/mtcute';
import { SqliteSession } from 'tgsession/sqlite';
import { mtcuteOptions } from 'tgsession/testing/dc';

const [path, dc] = process.argv.slice(2);
const options = mtcuteOptions(utils, JSON.parse(dc));
const file = new SqliteSession(path, { label: 'mtcute' });
const storage = mtcuteStorage(file, { ...options, onError() {} }); // a refusal is printed below
const client = new TelegramClient({ ...options, storage, logLevel: 0, updates: { catchUp: true } });
storage.attach(client);
client.onNewMessage.add(({ text }) => console.log(`heard ${text}`));

try {
  await storage.open();
} catch (error) {
  console.log(`${error.name}: ${error.message}`);
  process.exit(1);
}
const me = await client.start({ phone: '+99966', code: async () => '12345', codeSentCallback() {} });
console.log(`I am ${me.displayName}`);

for await (const _ of process.stdin);
await client.destroy();
