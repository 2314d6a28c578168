/**
 * Logs in with the real client of GramJS or teleproto on a session file, to be killed while it does. Prints a line for each
 * key that the session has acknowledged to the client, and one for each login.
 * Arguments: package, path, what examples/loopback.mjs says of the data centre.
 */

import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gramjsSession } from '../../src/clients/gramjs.ts';
import { authKeyId } from '../../src/index.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';

const [name, path, dc] = process.argv.slice(2);
process.env.LOOPBACK_DC = dc!;
const tell = (line: string) => writeSync(1, `${line}\n`);
const { gramjs } = await import(join(import.meta.dirname, '../../examples/loopback.mjs'));
const { options, defaultDc } = await gramjs(name);
const { TelegramClient, Logger, sessions } = createRequire(import.meta.url)(
  name!,
) as typeof import('telegram');

const session = gramjsSession(sessions.StringSession, new SqliteSession(path!, { wait: 5000 }), {
  defaultDc,
});
const client = new TelegramClient(session, 1, 'x', {
  retryDelay: 1,
  baseLogger: new Logger('none' as never),
  ...options,
});
session.attach(client);
const save: () => Promise<void> = session.save.bind(session);
Object.assign(session, {
  async save() {
    const key = session.getAuthKey()?.getKey();
    await save();
    if (key !== undefined) tell(`key ${authKeyId(key)}`);
  },
});
await session.open();
tell('begin');
await client.start({
  phoneNumber: '+99966',
  phoneCode: async () => '12345',
  onError(error) {
    throw error;
  },
});
const me = await client.getMe();
tell(`user ${me.id}`);
// Until it is killed.
setInterval(() => {}, 1000);
