/** W10d: what GramJS and teleproto give their session for an update: on our storages, and on their own `StoreSession`. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gramjsSession } from '../src/clients/gramjs.ts';
import { MemorySession } from '../src/memory.ts';
import { Session } from '../src/session.ts';
import { SqliteSession } from '../src/sqlite/index.ts';
import type { Storage } from '../src/storage.ts';
import { sampleKey } from '../src/testing/index.ts';
import { partsOf } from '../test/support/drivers/gramjs.ts';
import { alternate, printTook, type Way } from './alternate.ts';

const require = createRequire(import.meta.url);

type Package = 'telegram' | 'teleproto';
const NAMES: Record<Package, string> = { telegram: 'GramJS', teleproto: 'teleproto' };

const login = () =>
  new Session({
    dcs: [{ id: 2, ipv4Addr: '149.154.167.51:443', auth: sampleKey(1) }],
    user: { id: 1000, dc: 2, bot: false },
    state: { pts: 1, qts: 0, date: 1_700_000_000, seq: 1 },
  });

/** The clients show what the server sends to their session, before anybody else sees it. */
interface Listener {
  processEntities(answer: unknown): void;
}

/** A message from a user, as the clients get it. */
function updateMaker(name: Package, isNew: boolean) {
  const { Api } = partsOf(name);
  const { returnBigInt } = require(`${name}/Helpers`) as typeof import('telegram/Helpers.js');
  return (i: number) => {
    const id = returnBigInt(isNew ? 5000 + i : 5000);
    const user = new Api.User({ id, accessHash: returnBigInt(7), firstName: 'U', username: `user${id}` });
    const peer = new Api.PeerUser({ userId: id });
    const date = 1_700_000_000 + i;
    const message = new Api.Message({ id: i + 1, peerId: peer, fromId: peer, date, message: 'x' });
    const update = new Api.UpdateNewMessage({ message, pts: i + 2, ptsCount: 1 });
    return new Api.Updates({ updates: [update], users: [user], chats: [], date, seq: 0 });
  };
}

/** On a storage of ours: durable after each update, where the storage is. */
async function ours(name: Package, what: string, storage: Storage, isNew: boolean): Promise<Way> {
  const { StringSession, TelegramClient } = partsOf(name);
  await storage.save(login());
  const session = gramjsSession(StringSession, storage);
  await session.open();
  const { Logger } = require(`${name}/extensions`) as typeof import('telegram/extensions/index.js');
  const client = new TelegramClient(session, 1, 'x', { baseLogger: new Logger('none' as never) });
  session.attach(client);
  const updateOf = updateMaker(name, isNew);
  // teleproto counts the updates itself; what it has counted is taken from there.
  const { updateManager } = client as { updateManager?: { refreshFromState(state: object): void } };
  return {
    name: `ours, ${what}`,
    async once(i) {
      updateManager?.refreshFromState({ pts: i + 2, qts: 0, date: 1_700_000_000 + i, seq: 1 });
      (session as unknown as Listener).processEntities(updateOf(i));
      await session.flush();
    },
  };
}

/** Its own: files that are not synced, and no word of how far updates were read. */
async function own(name: Package, isNew: boolean): Promise<Way> {
  const { StoreSession } = partsOf(name);
  const session = new StoreSession(`own-${name}-${isNew}`);
  await session.load();
  session.setDC(2, '149.154.167.51', 443);
  const updateOf = updateMaker(name, isNew);
  return {
    name: 'its StoreSession',
    async once(i) {
      (session as unknown as Listener).processEntities(updateOf(i));
      await session.save();
    },
  };
}

/** Prints the tables. */
export async function gramjs(folder: string, quick: boolean): Promise<void> {
  const [rounds, batch] = quick ? [3, 20] : [40, 50];
  const before = process.cwd();
  // Where StoreSession makes its folders.
  process.chdir(folder);
  try {
    for (const name of ['telegram', 'teleproto'] as const) {
      for (const isNew of [false, true]) {
        const path = join(folder, `${name}-${isNew}`);
        const ways = [
          await ours(name, 'SqliteSession', new SqliteSession(path), isNew),
          await ours(name, 'MemorySession', new MemorySession(), isNew),
          await own(name, isNew),
        ];
        const who = isNew ? 'somebody new' : 'one and the same';
        console.log(`\n**W10d: what ${NAMES[name]} gives its session for a message from ${who}**\n`);
        printTook(await alternate(ways, rounds, batch));
      }
    }
  } finally {
    process.chdir(before);
  }
}
