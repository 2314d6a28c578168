/** {@link Server}: commands and scripts, with answers that are texts and errors that hold no secret. */

import { commandsOf, type RedisClient, type RedisCommands, type Reply, replyOf } from './client.ts';
import { ioError, isNoScript } from './redis-error.ts';
import type { Script } from './scripts.ts';

export class Server {
  readonly isCluster: boolean;
  readonly #commands: RedisCommands;
  /** Where it is, for messages. */
  readonly what: string;

  /** @param what where it is, for messages @throws SessionError `INVALID_VALUE` */
  constructor(client: RedisClient, what: string) {
    this.#commands = commandsOf(client);
    this.isCluster = this.#commands.isCluster;
    this.what = what;
  }

  /** @param key see {@link RedisCommands.send} @throws SessionError `IO` */
  async send(key: string | null, ...args: string[]): Promise<Reply> {
    try {
      return replyOf(await this.#commands.send(key, args));
    } catch (error) {
      throw ioError(this.what, error);
    }
  }

  /**
   * Runs a script. The first key finds the server.
   *
   * @throws SessionError `IO`
   */
  async run({ text, sha1 }: Script, keys: string[], args: string[]): Promise<Reply> {
    const rest = [String(keys.length), ...keys, ...args];
    const key = keys[0]!;
    try {
      try {
        return replyOf(await this.#commands.send(key, ['EVALSHA', sha1, ...rest]));
      } catch (error) {
        // It was not run: it is new to this server, which keeps it from now on.
        if (!isNoScript(error)) throw error;
        return replyOf(await this.#commands.send(key, ['EVAL', text, ...rest]));
      }
    } catch (error) {
      throw ioError(this.what, error);
    }
  }

  /** @see RedisCommands.onLoss */
  onLoss(listener: () => void): () => void {
    return this.#commands.onLoss(listener);
  }

  /** The server's time in unix milliseconds. */
  async now(key: string): Promise<number> {
    const [seconds, micros] = (await this.send(key, 'TIME')) as [string, string];
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  }

  /** @see RedisCommands.subscribe @throws SessionError `IO` */
  async subscribe(
    channel: string,
    onMessage: (message: string) => void,
    onGap: () => void,
  ): Promise<() => Promise<void>> {
    try {
      return await this.#commands.subscribe(channel, onMessage, onGap);
    } catch (error) {
      throw ioError(this.what, error);
    }
  }
}
