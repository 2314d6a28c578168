/** A program with teleproto on a session string, which is the first line of its input. Says who it is. */

import { createInterface } from 'node:readline/promises';
import { TelegramClient } from 'teleproto';
import { _serverKeys } from 'teleproto/crypto/RSA.js';
import { Logger } from 'teleproto/extensions/index.js';
import { returnBigInt } from 'teleproto/Helpers.js';
import { ConnectionTCPFull } from 'teleproto/network/index.js';
import { StringSession } from 'teleproto/sessions/index.js';
import { gramjsOptions } from 'tgsession/testing/dc';

const [dc] = process.argv.slice(2);
const string = await createInterface({ input: process.stdin }).question('');
const parts = { connection: ConnectionTCPFull, _serverKeys, returnBigInt };
const client = new TelegramClient(new StringSession(string), 1, 'loopback', {
  ...gramjsOptions(parts, JSON.parse(dc)),
  baseLogger: new Logger('none'),
});
await client.connect();
const me = await client.getMe();
console.log(`I am ${me.firstName}`);
await client.destroy();
process.exit();
