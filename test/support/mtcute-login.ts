/**
 * Logs in with the real client of mtcute on a session file, to be killed while it does. Prints a line for each key that the
 * storage has acknowledged to the client, and one for each login.
 * Arguments: path, port of the data centre, its RSA key.
 */

import { writeSync } from 'node:fs';
import { TelegramClient } from '@mtcute/node';
import { addPublicKey, NodeCryptoProvider } from '@mtcute/node/utils.js';
import { mtcuteStorage } from '../../src/clients/mtcute.ts';
import { authKeyId } from '../../src/index.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';

const [path, port, publicKey] = process.argv.slice(2);
const tell = (line: string) => writeSync(1, `${line}\n`);
addPublicKey(new NodeCryptoProvider() as never, publicKey!);
const main = { id: 2, ipAddress: '127.0.0.1', port: Number(port) };
const defaultDcs = { main, media: main };
const storage = mtcuteStorage(new SqliteSession(path!, { wait: 5000 }), { defaultDcs });
const { authKeys } = storage;
const set = authKeys.set.bind(authKeys);
authKeys.set = async (dc, key) => {
  await set(dc, key);
  if (key !== null) tell(`key ${authKeyId(key)}`);
};
const client = new TelegramClient({
  apiId: 1,
  apiHash: 'x',
  storage,
  defaultDcs,
  logLevel: 0,
  updates: false,
});
await storage.open();
tell('begin');
const me = await client.start({ phone: '+99966', code: async () => '12345', codeSentCallback() {} });
tell(`user ${me.id}`);
// Until it is killed.
setInterval(() => {}, 1000);
