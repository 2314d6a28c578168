/** {@link Connection}: the real client of mtcute on a storage of ours, which fails where it would wait for ever. */

import { type MtcuteStorage, mtcuteStorage } from '../../clients/mtcute.ts';
import type { Storage } from '../../storage.ts';
import { CommandError } from '../command.ts';
import { errorLine } from '../print.ts';
import { Line } from './line.ts';
import type { Mtcute } from './mtcute.ts';
import { durationText, inWords } from './refusals.ts';
import type { TestNetwork } from './test-dc.ts';
import type { LoginWatch } from './watch.ts';

/** How to connect. */
export interface ConnectionOptions {
  mtcute: Mtcute;
  apiId: number;
  apiHash: string;
  testMode: boolean;
  network: TestNetwork | null;
  /** Whether to try just once, and to keep quiet about waits: what fails is the answer. */
  once: boolean;
  /** Ends everything. */
  signal: AbortSignal;
  watch?: LoginWatch;
  /** Hears that the server does not know the key (-404), or that it is dead. */
  onAside?(reason: string): void;
}

/** Of a login: with pauses of 0 to 4 seconds between them. */
const MAX_FAILURES = 5;
/** Of a single try: mtcute connects anew before it believes that a key is not known, and once more after that. */
const MAX_CONNECTIONS = 3;
/** How long it may take to leave, in milliseconds. */
const CLOSE_LIMIT = 3000;

type Client = import('@mtcute/node').TelegramClient;

/** A client that is about to connect. */
export class Connection {
  readonly client: Client;
  readonly storage: MtcuteStorage;
  readonly #line: Line;
  readonly #signal: AbortSignal;

  constructor(storage: Storage, options: ConnectionOptions) {
    const { mtcute, network, testMode, once, signal, watch, apiId, apiHash } = options;
    const { node, utils } = mtcute;
    const begin = network?.dcs[0];
    const usual = testMode ? utils.defaultTestDc : utils.defaultProductionDc;
    const main = begin === undefined ? usual.main : { ...begin, testMode };
    const defaultDcs = begin === undefined ? usual : { main, media: main };
    if (network !== null) utils.addPublicKey(new utils.NodeCryptoProvider(), network.publicKey);
    this.#signal = signal;
    this.#line = new Line(mtcute, {
      maxFailures: once ? 1 : MAX_FAILURES,
      maxConnections: once ? MAX_CONNECTIONS : Number.POSITIVE_INFINITY,
      network,
    });
    this.storage = mtcuteStorage(storage, {
      testMode,
      defaultDcs,
      onError: () => {}, // whoever saves is told as well
      onAside: ({ reason }) => options.onAside?.(reason),
    });
    const { floodWaiter, internalErrorsHandler } = node.networkMiddlewares;
    const onBeforeWait = (_: unknown, seconds: number) =>
      errorLine(`Telegram wants a pause of ${durationText(seconds)} …`);
    const waiting = once ? [] : [floodWaiter({ onBeforeWait }), internalErrorsHandler({ maxRetries: 5 })];
    const watching = watch === undefined ? [] : [watch.middleware];
    const base = new node.BaseTelegramClient({
      apiId,
      apiHash,
      testMode,
      defaultDcs,
      storage: this.storage,
      // What is to be done when the process ends is ours to say.
      storageOptions: { cleanup: false },
      transport: this.#line,
      logLevel: 0,
      updates: false,
      disableUpdates: once,
      network: { middlewares: [this.storage.middleware, ...waiting, ...watching] as never },
    });
    base.onError.add(() => {});
    this.client = new node.TelegramClient({ client: base });
  }

  /**
   * Does something at the server.
   *
   * @param limit how long it may take, in milliseconds
   * @throws CommandError `REFUSED`, `FLOOD_WAIT`, `UNREACHABLE`; the reason of the signal; what the server said is in words
   * only with `inWords`
   */
  async call<T>(work: () => Promise<T>, limit = 60_000): Promise<T> {
    const signal = this.#signal;
    signal.throwIfAborted();
    const { promise: end, reject } = Promise.withResolvers<never>();
    end.catch(() => {});
    const unreachable = (why: string) =>
      reject(new CommandError('UNREACHABLE', `Telegram cannot be reached: ${why}.`));
    const onStop = () => reject(signal.reason);
    const isBounded = Number.isFinite(limit);
    const late = () => unreachable(`there is no answer within ${durationText(limit / 1000)}`);
    const timer = isBounded ? setTimeout(late, limit) : undefined;
    signal.addEventListener('abort', onStop, { once: true });
    // Within a call there may be another one, for a password.
    const { onDown } = this.#line;
    this.#line.onDown = unreachable;
    try {
      return await Promise.race([work(), end]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onStop);
      this.#line.onDown = onDown;
    }
  }

  /** The same, with what the server refused in words. */
  async said<T>(work: () => Promise<T>, limit?: number): Promise<T> {
    try {
      return await this.call(work, limit);
    } catch (error) {
      throw inWords(error);
    }
  }

  /** Disconnects. What is not saved by then is saved. @throws what the storage threw */
  async close(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_LIMIT);
    try {
      await Promise.race([this.client.destroy(), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
