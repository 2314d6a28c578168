/** The real client of mtcute, unmodified, on a storage of ours. */

import { BaseTelegramClient, networkMiddlewares, TelegramClient } from '@mtcute/node';
import * as utils from '@mtcute/node/utils.js';
import { type MtcuteStorage, type MtcuteStorageOptions, mtcuteStorage } from '../../src/clients/mtcute.ts';
import type { AsideEntry, Storage } from '../../src/index.ts';
import { type DcPlace, mtcuteOptions } from '../../src/testing/dc/index.ts';

export type ClientOptions = Partial<ConstructorParameters<typeof BaseTelegramClient>[0]>;

/** A client, its storage, and what was heard of it. */
export interface RealClient {
  client: TelegramClient;
  /** What the client stands on. */
  base: BaseTelegramClient;
  provider: MtcuteStorage;
  errors: unknown[];
  aside: AsideEntry[];
  dead: string[];
  lost: unknown[];
}

/** A client that is not connected yet, set up as the page on it says. */
export function realClient(
  storage: Storage,
  options: ClientOptions = {},
  storageOptions: MtcuteStorageOptions = {},
): RealClient {
  const heard = {
    errors: [] as unknown[],
    aside: [] as AsideEntry[],
    dead: [] as string[],
    lost: [] as unknown[],
  };
  const provider = mtcuteStorage(storage, {
    onError: (error) => heard.errors.push(error),
    onAside: (entry) => heard.aside.push(entry),
    onDead: (reason) => heard.dead.push(reason),
    onHeldLost: (reason) => heard.lost.push(reason),
    ...storageOptions,
  });
  const { network, ...more } = options;
  const base = new BaseTelegramClient({
    apiId: 12345,
    apiHash: '0123456789abcdef0123456789abcdef',
    storage: provider,
    logLevel: 0,
    updates: false,
    network: { middlewares: [provider.middleware, ...networkMiddlewares.basic()], ...network },
    ...more,
  });
  const client = new TelegramClient({ client: base });
  // What the network breaks off when it is closed is no concern of a test.
  base.onError.add(() => {});
  provider.attach(client);
  return { client, base, provider, ...heard };
}

/** The same, pointed at a loopback data centre. */
export function clientAt(
  dc: DcPlace,
  storage: Storage,
  options: ClientOptions = {},
  port = dc.port,
): RealClient {
  const { defaultDcs, ...where } = mtcuteOptions(utils, dc, port);
  return realClient(storage, { ...where, defaultDcs, ...options }, { defaultDcs });
}
