/** Loopback data centres of tests, and the real clients in front of them, alike where a test treats them alike. */

import { createRequire } from 'node:module';
import * as mtcute from '@mtcute/node';
import * as mtcuteUtils from '@mtcute/node/utils.js';
import { expect, onTestFinished } from 'vitest';
import {
  gramjsOptions,
  type LoopbackDc,
  type LoopbackDcOptions,
  mtcuteOptions,
  startLoopbackDc,
} from '../../src/testing/dc/index.ts';

/** A data centre that is closed after the test, which fails if anything in it went wrong. */
export async function startDc(options?: LoopbackDcOptions): Promise<LoopbackDc> {
  const dc = await startLoopbackDc(options);
  onTestFinished(async () => {
    await dc.close();
    expect(dc.log.of('fault')).toEqual([]);
  });
  return dc;
}

/** What a test asks of any client. */
export interface TestClient {
  connect(): Promise<unknown>;
  /** Logs in by code, and by password if it is asked for. Gives the id of the user. */
  logIn(phone: string, code: string, password?: string): Promise<number>;
  logInBot(token: string): Promise<number>;
  /** Logs in by QR code: `show` gets the link, or the bytes of it. */
  logInQr(show: (token: Uint8Array | string) => void, password?: string): Promise<number>;
  getMe(): Promise<number>;
  logOut(): Promise<unknown>;
  /** The key with the data centre that it talks to. */
  authKey(): Promise<Uint8Array | undefined>;
  /** The number of the data centre that it talks to. */
  dcId(): Promise<number>;
  close(): Promise<unknown>;
}

/** How a client is made. */
export interface ClientOptions {
  /** A key that it has already. */
  authKey?: Uint8Array;
  /** A transport of the client, by the name of its class. */
  transport?: string;
  /** Another port of the data centre. */
  port?: number;
  /** Further options of the client itself. */
  more?: object;
}

export type ClientName = 'mtcute' | 'telegram' | 'teleproto';
export const clientNames: readonly ClientName[] = ['mtcute', 'telegram', 'teleproto'];

/** A client in front of a data centre; it is closed after the test. */
export async function clientOf(
  name: ClientName,
  dc: LoopbackDc,
  options: ClientOptions = {},
): Promise<TestClient> {
  const client = name === 'mtcute' ? await mtcuteClient(dc, options) : await gramjsClient(name, dc, options);
  onTestFinished(() => client.close().then(() => {}));
  return client;
}

export type MtcuteClient = TestClient & {
  readonly client: mtcute.TelegramClient;
  readonly storage: mtcute.MemoryStorage;
};

/** mtcute. */
export async function mtcuteClient(
  dc: LoopbackDc,
  { authKey, transport = 'Intermediate', port, more }: ClientOptions = {},
): Promise<MtcuteClient> {
  const storage = new mtcute.MemoryStorage();
  const options = mtcuteOptions(mtcuteUtils, dc, port);
  if (authKey !== undefined) await storage.authKeys.set(dc.id, authKey);
  const tcp = new mtcute.TcpTransport();
  const client = new mtcute.TelegramClient({
    ...options,
    storage,
    logLevel: 0,
    transport: { connect: (to) => tcp.connect(to), packetCodec: mtcuteCodecs[transport as 'Intermediate'] },
    ...more,
  });
  // What it cannot do on its own is asserted by what follows.
  client.onError.add(() => {});
  return {
    client,
    storage,
    connect: () => client.connect(),
    async logIn(phone, code, password) {
      const sent = await client.sendCode({ phone });
      if ('id' in sent) throw new Error('It is logged in already.');
      const { phoneCodeHash } = sent;
      try {
        return (await client.signIn({ phone, phoneCodeHash, phoneCode: code })).id;
      } catch (error) {
        if (password === undefined || !mtcute.tl.RpcError.is(error, 'SESSION_PASSWORD_NEEDED')) throw error;
        return (await client.checkPassword(password)).id;
      }
    },
    logInBot: async (token) => (await client.signInBot(token)).id,
    async logInQr(show, password) {
      const more = password === undefined ? {} : { password };
      return (await client.signInQr({ onUrlUpdated: (url) => show(url), ...more })).id;
    },
    getMe: async () => (await client.getMe()).id,
    logOut: () => client.logOut(),
    authKey: async () => (await storage.authKeys.get(await client.getPrimaryDcId())) ?? undefined,
    dcId: () => client.getPrimaryDcId(),
    close: () => client.destroy(),
  };
}

/** The transports of mtcute. */
export const mtcuteCodecs = {
  Intermediate: () => new mtcute.IntermediatePacketCodec(),
  PaddedIntermediate: () => new mtcute.PaddedIntermediatePacketCodec(),
  'Obfuscated Intermediate': () => new mtcute.ObfuscatedPacketCodec(new mtcute.IntermediatePacketCodec()),
  'Obfuscated PaddedIntermediate': () =>
    new mtcute.ObfuscatedPacketCodec(new mtcute.PaddedIntermediatePacketCodec()),
};

/** What Telegram answered to a call that fails, such as `400 PHONE_CODE_INVALID`: each client has its own error for it. */
export async function rpcErrorOf(call: Promise<unknown>): Promise<string> {
  try {
    return `no error: ${await call}`;
  } catch (error) {
    const { code, text, errorMessage, message } = error as Error & Record<string, unknown>;
    return code === undefined ? message : `${code} ${text ?? errorMessage}`;
  }
}

const require = createRequire(import.meta.url);

/** `telegram` or `teleproto`, whose names are the same. */
export type GramjsClient = TestClient & {
  readonly client: import('telegram').TelegramClient;
  readonly session: import('telegram/sessions/index.js').StringSession;
};

/** `telegram` or `teleproto`. */
export async function gramjsClient(
  name: 'telegram' | 'teleproto',
  dc: LoopbackDc,
  { authKey, transport = 'ConnectionTCPFull', port, more }: ClientOptions = {},
): Promise<GramjsClient> {
  const StringSession = stringSessionOf(name);
  const { AuthKey } = require(`${name}/crypto/AuthKey`) as typeof import('telegram/crypto/AuthKey.js');
  const session = new StringSession('');
  session.setDC(dc.id, dc.host, dc.port);
  if (authKey !== undefined) {
    const key = new AuthKey();
    await key.setKey(Buffer.from(authKey));
    session.setAuthKey(key);
  }
  return gramjsClientOn(name, dc, session, { transport, ...(port && { port }), ...(more && { more }) });
}

/** `StringSession` of a package. */
export function stringSessionOf(name: 'telegram' | 'teleproto') {
  return (require(`${name}/sessions`) as typeof import('telegram/sessions/index.js')).StringSession;
}

/** A package, whose names are those of `telegram`. */
export function apiOf(name: 'telegram' | 'teleproto') {
  return require(name) as typeof import('telegram');
}

/** `telegram` or `teleproto`, on a session of ours. */
export function gramjsClientOn<S extends GramjsClient['session']>(
  name: 'telegram' | 'teleproto',
  dc: LoopbackDc,
  session: S,
  { transport = 'ConnectionTCPFull', port, more }: ClientOptions = {},
): GramjsClient & { readonly session: S } {
  const { TelegramClient, Api } = apiOf(name);
  const { Logger } = require(`${name}/extensions`) as typeof import('telegram/extensions/index.js');
  const parts = {
    ...require(`${name}/crypto/RSA`),
    ...require(`${name}/Helpers`),
    connection: require(`${name}/network`)[transport],
  };
  const client = new TelegramClient(session, 1, 'loopback', {
    ...gramjsOptions(parts, dc, port),
    // `telegram` fails one handshake of 256: it drops zeros in front of the key.
    connectionRetries: 3,
    reconnectRetries: 3,
    retryDelay: 1,
    baseLogger: new Logger('none' as never),
    ...more,
  } as never);
  const credentials = { apiId: 1, apiHash: 'loopback' };
  const idOf = (user: object) => Number((user as { id: unknown }).id);
  const onError = (error: Error): Promise<boolean> => {
    throw error;
  };
  return {
    client,
    session,
    connect: () => client.connect(),
    async logIn(phone, code, password) {
      const words = { phoneNumber: phone, phoneCode: async () => code, onError };
      const more = password === undefined ? {} : { password: async () => password };
      return idOf(await client.signInUser(credentials, { ...words, ...more }));
    },
    logInBot: async (token) => idOf(await client.signInBot(credentials, { botAuthToken: token })),
    async logInQr(show, password) {
      const words = {
        qrCode: async ({ token }: { token: Buffer }) => show(token),
        onError,
        ...(password === undefined ? {} : { password: async () => password }),
      };
      return idOf(await client.signInUserWithQrCode(credentials, words));
    },
    getMe: async () => idOf(await client.getMe()),
    logOut: () =>
      name === 'teleproto'
        ? (client as unknown as { logOut(): Promise<unknown> }).logOut()
        : client.invoke(new Api.auth.LogOut()),
    authKey: async () => session.getAuthKey()?.getKey(),
    dcId: async () => session.dcId,
    close: () => client.destroy(),
  };
}
