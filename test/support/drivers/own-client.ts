/**
 * A program with a real client on a storage of its own, called `own` in the folder that it runs in, without anything of ours:
 * Alice logs in and meets Robert and a channel (`login`), or goes on and reaches both by their ids (`resume`). Prints who
 * she is, and their access hashes, as JSON.
 * Arguments: client, data centre (JSON), task, and another user in the place of Robert.
 */

import { TelegramClient } from '@mtcute/node';
import * as utils from '@mtcute/node/utils.js';
import { type DcPlace, mtcuteOptions } from '../../../src/testing/dc/index.ts';
import { mtcuteSqlite } from '../mtcute-sqlite.ts';
import { type ClientName, CODE, PHONE } from './driver.ts';
import { partsOf } from './gramjs.ts';
import { CHANNEL, OWN_NAME } from './own-files.ts';

const [name, placeText, task, robertId = '2000'] = process.argv.slice(2);
const dc = JSON.parse(placeText!) as DcPlace;

/** What is asked of each client. */
interface OwnClient {
  logIn(): Promise<unknown>;
  me(): Promise<number>;
  /** The access hash of a user or channel. Names are `robert` and `the_news`. */
  hash(peer: string | number): Promise<string>;
  stop(): Promise<unknown>;
}

function mtcute(): OwnClient {
  const client = new TelegramClient({
    ...mtcuteOptions(utils, dc),
    storage: mtcuteSqlite(OWN_NAME.mtcute),
    logLevel: 0,
    updates: false,
  });
  return {
    logIn: () => client.start({ phone: PHONE, code: async () => CODE, codeSentCallback() {} }),
    me: async () => (await client.getMe()).id,
    async hash(peer) {
      const found = await client.resolvePeer(peer);
      return 'accessHash' in found ? found.accessHash.toString() : found._;
    },
    stop: () => client.destroy(),
  };
}

async function gramjs(library: 'telegram' | 'teleproto'): Promise<OwnClient> {
  const { TelegramClient: Gramjs, StoreSession, optionsFor } = partsOf(library);
  const session = new StoreSession(OWN_NAME[library]);
  await session.load();
  if (task === 'login') session.setDC(dc.id, dc.host, dc.port);
  const client = new Gramjs(session, 1, 'loopback', optionsFor(dc) as never);
  await client.connect();
  const words = {
    phoneNumber: PHONE,
    phoneCode: async () => CODE,
    onError: async (error: Error): Promise<boolean> => {
      throw error;
    },
  };
  return {
    logIn: () => client.signInUser({ apiId: 1, apiHash: 'loopback' }, words),
    me: async () => Number((await client.getMe()).id),
    async hash(peer) {
      const found = await client.getInputEntity(peer);
      return 'accessHash' in found ? String(found.accessHash) : found.className;
    },
    stop: () => client.destroy(),
  };
}

const client = name === 'mtcute' ? mtcute() : await gramjs(name as Exclude<ClientName, 'mtcute'>);
if (task === 'login') await client.logIn();
const [robert, news] =
  task === 'login'
    ? (['robert', 'the_news'] as const)
    : ([Number(robertId), Number(`-100${CHANNEL.id}`)] as const);
const said = { me: await client.me(), robert: await client.hash(robert), news: await client.hash(news) };
await client.stop();
console.log(JSON.stringify(said));
process.exit();
