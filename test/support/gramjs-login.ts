/**
 * Logs in with the real client of GramJS or teleproto on a session file, to be killed while it does. Prints a line for each
 * key that the session has acknowledged to the client, and one for each login.
 * Arguments: package, path, the data centre as JSON.
 */

import { writeSync } from 'node:fs';
import { gramjsSession } from '../../src/clients/gramjs.ts';
import { authKeyId } from '../../src/index.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import type { DcPlace } from '../../src/testing/dc/index.ts';
import { partsOf } from './drivers/gramjs.ts';

const [name, path, dc] = process.argv.slice(2);
const tell = (line: string) => writeSync(1, `${line}\n`);
const { TelegramClient, StringSession, optionsFor } = partsOf(name as 'telegram' | 'teleproto');
const place = JSON.parse(dc!) as DcPlace;

const session = gramjsSession(StringSession, new SqliteSession(path!, { wait: 5000 }), {
  defaultDc: { id: place.id, ipAddress: place.host, port: place.port },
});
const client = new TelegramClient(session, 1, 'x', optionsFor(place) as never);
session.attach(client);
// The clients save the key that they begin with as well.
const told = new Set<string>();
const save: () => Promise<void> = session.save.bind(session);
Object.assign(session, {
  async save() {
    const key = session.getAuthKey()?.getKey();
    await save();
    const id = key === undefined ? null : authKeyId(key);
    if (id === null || told.has(id)) return;
    told.add(id);
    tell(`key ${id}`);
  },
});
await session.open();
const first = session.getAuthKey()?.getKey();
if (first !== undefined) told.add(authKeyId(first));
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
