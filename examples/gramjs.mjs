/**
 * A bot, or a user, with the real client of GramJS on a session file.
 *
 *   npm install telegram tgsession
 *   API_ID=… API_HASH=… BOT_TOKEN=… node gramjs.mjs      a bot
 *   API_ID=… API_HASH=… node gramjs.mjs                  a user: asks for the phone number, the code and the password
 *
 * Started again, it is logged in. Started twice at the same time, the second one is refused.
 */

import { createInterface } from 'node:readline/promises';
import { TelegramClient } from 'telegram';
import { NewMessage } from 'telegram/events/index.js';
import { StringSession } from 'telegram/sessions/index.js';
import { gramjsSession } from 'tgsession/clients/gramjs';
import { SqliteSession } from 'tgsession/sqlite';

const { API_ID, API_HASH, BOT_TOKEN, SESSION = 'gramjs', LOOPBACK_DC } = process.env;
if (!API_ID || !API_HASH) {
  console.error('Set API_ID and API_HASH: they are yours, from https://my.telegram.org.');
  process.exit(2);
}
// Without an account: see loopback-dc.mjs.
const loopback = LOOPBACK_DC ? await (await import('./loopback.mjs')).gramjs('telegram') : {};

const session = gramjsSession(StringSession, new SqliteSession(SESSION, { label: 'examples/gramjs.mjs' }), {
  ...(loopback.defaultDc && { defaultDc: loopback.defaultDc }),
  onError: (error) => console.error('The storage:', error),
  onAside: ({ reason, keyId }) =>
    console.error(`The session with the key ${keyId} was kept aside: ${reason}.`),
  onDead: (reason) => console.error(`The server says ${reason}: a login is needed.`),
});
const client = new TelegramClient(session, Number(API_ID), API_HASH, {
  connectionRetries: 5,
  ...loopback.options,
});
client.setLogLevel('error');
session.attach(client);

client.addEventHandler(
  ({ message }) => console.log(`${message.senderId}: ${message.text}`),
  new NewMessage({}),
);

// Here it shows if the session is in use elsewhere; nothing is sent then.
await session.open();
const terminal = createInterface({ input: process.stdin, output: process.stdout });
await client.start(
  BOT_TOKEN
    ? { botAuthToken: BOT_TOKEN }
    : {
        phoneNumber: () => terminal.question('Phone number: '),
        phoneCode: () => terminal.question('Code: '),
        password: () => terminal.question('Password: '),
        onError(error) {
          throw error;
        },
      },
);
terminal.close();
// Of a user that has just logged in GramJS does not know yet how far updates were read.
await client.checkAuthorization();
const me = await client.getMe();
const stopped = new Promise((resolve) => process.once('SIGINT', resolve));
console.log(`Logged in as ${me.firstName}. Ctrl+C ends it.`);
await stopped;
await client.destroy();
// All is saved. GramJS has a timer that runs for some seconds more.
process.exit();
