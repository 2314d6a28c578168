/**
 * How to point real clients at a loopback data centre: the options that each needs, and trust in its RSA key. The
 * packages of the clients are handed in, so that the very copy is used that the program under test uses.
 */

import { readPublicKey } from './rsa-key.ts';

/**
 * Where a data centre is, and how it proves who it is. A `LoopbackDc` is one, and what `JSON.parse` makes of it again in
 * another process, so that a client can be pointed at it from there.
 */
export interface DcPlace {
  /** Number of the data centre. */
  readonly id: number;
  readonly testMode: boolean;
  /** `127.0.0.1`. */
  readonly host: string;
  readonly port: number;
  /** The ports of this data centre and of those beside it, by number. */
  readonly ports: Readonly<Record<number, number>>;
  /** The public RSA key, PKCS#1 PEM. */
  readonly publicKeyPem: string;
}

/** What {@link mtcuteOptions} needs of `@mtcute/node/utils.js`. */
export interface MtcuteUtils {
  addPublicKey(crypto: never, key: string): void;
  NodeCryptoProvider: new () => object;
}

/** A data centre as mtcute describes it. */
export interface MtcuteDc {
  id: number;
  ipAddress: string;
  port: number;
  testMode: boolean;
}

/** Options of mtcute's clients. */
export interface MtcuteOptions {
  apiId: number;
  apiHash: string;
  testMode: boolean;
  defaultDcs: { main: MtcuteDc; media: MtcuteDc };
}

/**
 * Lets mtcute trust a data centre, and gives the options to connect to it. Add `storage`, such as a
 * `MemoryStorage`, and whatever the test needs.
 *
 * ```ts no-run
 * import { MemoryStorage, TelegramClient } from '@mtcute/node';
 * import * as utils from '@mtcute/node/utils.js';
 *
 * const client = new TelegramClient({ ...mtcuteOptions(utils, dc), storage: new MemoryStorage() });
 * ```
 *
 * @param port a port of the data centre from `listenAs`, if not its usual one
 */
export function mtcuteOptions(utils: MtcuteUtils, dc: DcPlace, port: number = dc.port): MtcuteOptions {
  utils.addPublicKey(new utils.NodeCryptoProvider() as never, dc.publicKeyPem);
  const main = { id: dc.id, ipAddress: dc.host, port, testMode: dc.testMode };
  return { apiId: 1, apiHash: 'loopback', testMode: dc.testMode, defaultDcs: { main, media: main } };
}

/** What {@link gramjsOptions} needs of `telegram` or `teleproto`. */
export interface GramjsParts<Connection> {
  /** A connection class of `telegram/network`: `ConnectionTCPFull`, `ConnectionTCPAbridged`, `ConnectionTCPObfuscated`. */
  connection: Connection;
  /** `_serverKeys` of `telegram/crypto/RSA`. */
  _serverKeys: Map<string, { n: unknown; e: number }>;
  /** `returnBigInt` of `telegram/Helpers`. */
  returnBigInt(value: bigint): unknown;
}

/** Options of `TelegramClient` of `telegram` and `teleproto`. */
export interface GramjsOptions<Connection> {
  connection: Connection;
  useWSS: false;
  testServers: boolean;
}

/** Where a connection class is told to dial. */
interface Dial {
  dcId: number;
}

/**
 * Lets `telegram` or `teleproto` trust a data centre and those beside it, and gives the options to connect to them.
 * The session decides with which number it begins: `session.setDC(dc.id, dc.host, dc.port)`. The port goes through
 * the connection class, because `telegram` ignores the one of the session.
 *
 * ```ts no-run
 * import { TelegramClient } from 'telegram';
 * import { _serverKeys } from 'telegram/crypto/RSA.js';
 * import { returnBigInt } from 'telegram/Helpers.js';
 * import { ConnectionTCPFull } from 'telegram/network/index.js';
 *
 * const parts = { connection: ConnectionTCPFull, _serverKeys, returnBigInt };
 * session.setDC(dc.id, dc.host, dc.port);
 * const client = new TelegramClient(session, 1, 'loopback', { ...gramjsOptions(parts, dc), connectionRetries: 3 });
 * ```
 *
 * @param port a port of the data centre from `listenAs`, if not its usual one
 */
export function gramjsOptions<Connection>(
  { connection, _serverKeys, returnBigInt }: GramjsParts<Connection>,
  dc: DcPlace,
  port: number = dc.port,
): GramjsOptions<Connection> {
  const { fingerprint, modulus, exponent } = readPublicKey(dc.publicKeyPem);
  _serverKeys.set(`${fingerprint}`, { n: returnBigInt(modulus), e: Number(exponent) });
  const Base = connection as new (dial: Dial) => object;
  class LoopbackConnection extends Base {
    constructor(dial: Dial) {
      const there = dial.dcId === dc.id ? port : dc.ports[dial.dcId];
      super({ ...dial, ...(there === undefined ? {} : { ip: dc.host, port: there }) });
    }
  }
  return { connection: LoopbackConnection as Connection, useWSS: false, testServers: dc.testMode };
}
