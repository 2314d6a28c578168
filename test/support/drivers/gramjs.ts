/** GramJS (`telegram`) and teleproto, driven. */

import { createRequire } from 'node:module';
import { gramjsSession } from '../../../src/clients/gramjs.ts';
import type { AsideEntry, Storage } from '../../../src/index.ts';
import { type DcPlace, gramjsOptions } from '../../../src/testing/dc/index.ts';
import { CODE, type Driver, type DriverOptions, PHONE } from './driver.ts';

const require = createRequire(import.meta.url);

/** The parts of a package, whose names are those of `telegram` in both. */
export function partsOf(name: 'telegram' | 'teleproto') {
  const { TelegramClient, Api } = require(name) as typeof import('telegram');
  const { StringSession, StoreSession } = require(
    `${name}/sessions`,
  ) as typeof import('telegram/sessions/index.js');
  const { Logger } = require(`${name}/extensions`) as typeof import('telegram/extensions/index.js');
  const { ConnectionTCPFull } = require(`${name}/network`) as typeof import('telegram/network/index.js');
  const { _serverKeys } = require(`${name}/crypto/RSA`);
  const { returnBigInt } = require(`${name}/Helpers`);
  /** What a client in front of a data centre is given. */
  const optionsFor = (dc: DcPlace) => ({
    ...gramjsOptions({ connection: ConnectionTCPFull, _serverKeys, returnBigInt }, dc),
    // `telegram` fails one handshake of 256: it drops zeros in front of the key.
    connectionRetries: 3,
    reconnectRetries: 3,
    retryDelay: 1,
    baseLogger: new Logger('none' as never),
  });
  return { TelegramClient, Api, StringSession, StoreSession, optionsFor };
}

export function gramjsDriver(
  name: 'telegram' | 'teleproto',
  storage: Storage,
  dc: DcPlace,
  { onMessage }: DriverOptions = {},
): Driver {
  const { TelegramClient, Api, StringSession, optionsFor } = partsOf(name);
  const errors: unknown[] = [];
  const aside: AsideEntry[] = [];
  const session = gramjsSession(StringSession, storage, {
    defaultDc: { id: dc.id, ipAddress: dc.host, port: dc.port },
    onError: (error) => errors.push(error),
    onAside: (entry) => aside.push(entry),
  });
  const client = new TelegramClient(session, 1, 'loopback', optionsFor(dc) as never);
  session.attach(client);
  client.addEventHandler((update: { message?: { message?: unknown } }) => {
    const text = update.message?.message;
    if (typeof text === 'string') onMessage?.(text);
  });
  const idOf = (user: object) => Number((user as { id: unknown }).id);
  return {
    errors,
    aside,
    async connect() {
      await session.open();
      await client.connect();
    },
    logIn: async () =>
      idOf(
        await client.signInUser(
          { apiId: 1, apiHash: 'loopback' },
          {
            phoneNumber: PHONE,
            phoneCode: async () => CODE,
            onError: async (error): Promise<boolean> => {
              throw error;
            },
          },
        ),
      ),
    me: async () => idOf(await client.getMe()),
    // GramJS cannot; with this it asks for updates from now on.
    catchUp: async () =>
      name === 'teleproto' ? session.catchUp() : void (await client.checkAuthorization()),
    async accessHash(user) {
      const peer = (await client.getInputEntity(user)) as { accessHash?: unknown };
      return BigInt(String(peer.accessHash));
    },
    async logOut() {
      if (name === 'telegram') await client.invoke(new Api.auth.LogOut());
      else await (client as unknown as { logOut(): Promise<unknown> }).logOut();
    },
    stop: () => client.destroy(),
  };
}
