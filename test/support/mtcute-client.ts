/** The real client of mtcute, unmodified, on a storage of ours. */

import { BaseTelegramClient } from '@mtcute/core/client.js';
import { TcpTransport } from '@mtcute/node';
import { type MtcuteStorage, type MtcuteStorageOptions, mtcuteStorage } from '../../src/clients/mtcute.ts';
import type { Storage } from '../../src/index.ts';
import { defaultCryptoProvider, defaultPlatform } from './mtcute-platform.ts';

export type ClientOptions = Partial<ConstructorParameters<typeof BaseTelegramClient>[0]>;

/** What there is of it. */
export interface RealClient {
  client: BaseTelegramClient;
  provider: MtcuteStorage;
  errors: unknown[];
}

/** A client that is not connected yet. */
export function realClient(
  storage: Storage,
  options: ClientOptions = {},
  storageOptions: MtcuteStorageOptions = {},
): RealClient {
  const errors: unknown[] = [];
  const provider = mtcuteStorage(storage, { onError: (error) => errors.push(error), ...storageOptions });
  const client = new BaseTelegramClient({
    apiId: 12345,
    apiHash: '0123456789abcdef0123456789abcdef',
    crypto: defaultCryptoProvider,
    platform: defaultPlatform as never,
    transport: new TcpTransport(),
    storage: provider,
    logLevel: 0,
    disableUpdates: true,
    ...options,
  } as ConstructorParameters<typeof BaseTelegramClient>[0]);
  provider.attach(client);
  return { client, provider, errors };
}
