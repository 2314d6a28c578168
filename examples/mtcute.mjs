/**
 * A bot, or a user, with the real client of mtcute on a session file.
 *
 *   npm install @mtcute/node tgsession
 *   API_ID=… API_HASH=… BOT_TOKEN=… node mtcute.mjs      a bot
 *   API_ID=… API_HASH=… node mtcute.mjs                  a user: asks for the phone number, the code and the password
 *
 * Started again, it is logged in. Started twice at the same time, the second one is refused.
 */

import { networkMiddlewares, TelegramClient } from '@mtcute/node';
import { mtcuteStorage } from 'tgsession/clients/mtcute';
import { SqliteSession } from 'tgsession/sqlite';

const { API_ID, API_HASH, BOT_TOKEN, SESSION = 'mtcute', LOOPBACK_DC } = process.env;
if (!API_ID || !API_HASH) {
  console.error('Set API_ID and API_HASH: they are yours, from https://my.telegram.org.');
  process.exit(2);
}
// Without an account: see loopback-dc.mjs.
const loopback = LOOPBACK_DC ? await (await import('./loopback.mjs')).mtcute() : {};

const storage = mtcuteStorage(new SqliteSession(SESSION, { label: 'examples/mtcute.mjs' }), {
  ...(loopback.defaultDcs && { defaultDcs: loopback.defaultDcs }),
  onError: (error) => console.error('The storage:', error),
  onAside: ({ reason, keyId }) =>
    console.error(`The session with the key ${keyId} was kept aside: ${reason}.`),
  onDead: (reason) => console.error(`The server says ${reason}: a login is needed.`),
});
const client = new TelegramClient({
  apiId: Number(API_ID),
  apiHash: API_HASH,
  ...loopback,
  storage,
  updates: { catchUp: true },
  network: { middlewares: [storage.middleware, ...networkMiddlewares.basic()] },
});
storage.attach(client);

client.onNewMessage.add((message) => console.log(`${message.sender.displayName}: ${message.text}`));

// Here, and not in the client, it shows if the session is in use elsewhere.
await storage.open();
const me = await client.start(BOT_TOKEN ? { botToken: BOT_TOKEN } : {});
const stopped = new Promise((resolve) => process.once('SIGINT', resolve));
console.log(`Logged in as ${me.displayName}. Ctrl+C ends it.`);
await stopped;
await client.destroy();
