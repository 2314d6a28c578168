/** How a client tells of its life: by its public methods, which are listened to on this one object. */

import type { Core } from './core.ts';
import type { Home } from './home.ts';
import type { ClientParts, GramjsClient, Sender } from './interface.ts';

/** What is needed besides the client. */
export interface AttachOptions {
  core: Core;
  home: Home;
  /** Whether the client asks its session for peers and does not wait, as GramJS. */
  recall: ((peer: unknown) => Promise<unknown>) | null;
}

/** Clients that are connected, or try to be: when the last one has disconnected, the session is closed. */
export class Attached {
  readonly #options: AttachOptions;
  readonly #running = new Set<object>();
  /** How often those that were told to stop may try to connect. */
  readonly #stopped = new WeakMap<Sender, number>();

  constructor(options: AttachOptions) {
    this.#options = options;
  }

  add(client: GramjsClient & ClientParts): void {
    const { core, recall } = this.#options;
    if (core.clients.has(client)) return;
    core.clients.add(client);
    this.#onConnect(client);
    this.#onDisconnect(client);
    this.#onInvoke(client);
    if (recall === null) return;
    const getInputEntity = client.getInputEntity.bind(client);
    client.getInputEntity = async (peer) => {
      await recall(peer).catch(() => {}); // who is not known is asked for
      return getInputEntity(peer);
    };
  }

  /** Takes all clients off the network; the session is closed by that. */
  async disconnect(): Promise<void> {
    for (const client of this.#options.core.clients) {
      await client.disconnect().catch(() => {}); // `onError` has heard of it
    }
  }

  /** Nobody runs any more, as the session is closed. */
  clear(): void {
    this.#running.clear();
  }

  #onConnect(client: GramjsClient & ClientParts): void {
    const { core } = this.#options;
    const connect = client.connect.bind(client);
    client.connect = async () => {
      this.#running.add(client);
      try {
        await core.prepare(client);
        this.#allow(client._sender);
      } catch (error) {
        this.#running.delete(client);
        throw error;
      }
      try {
        return await connect();
      } catch (error) {
        core.heed(error, true);
        throw error;
      }
    };
  }

  #onDisconnect(client: GramjsClient & ClientParts): void {
    const { core } = this.#options;
    const disconnect = client.disconnect.bind(client);
    client.disconnect = async () => {
      // teleproto forgets how far channels were read.
      core.collect();
      this.#stop(client._sender);
      // GramJS leaves the connections to other data centres as they are.
      const others = [...(client._exportedSenderPromises?.values() ?? [])];
      try {
        await disconnect();
      } finally {
        for (const other of others) other.then(stopOther).catch(() => {});
        // GramJS disconnects once more, seconds after it was destroyed: the session may be another client's by then.
        this.#running.delete(client);
        if (this.#running.size === 0) await core.close();
      }
    };
  }

  /** Who tries to reconnect goes on with that after a disconnect, in both packages. */
  #stop(sender: Sender | undefined): void {
    if (sender === undefined || this.#stopped.has(sender)) return;
    this.#stopped.set(sender, sender._retries);
    sender._retries = 0;
  }

  #allow(sender: Sender | undefined): void {
    const retries = sender && this.#stopped.get(sender);
    if (retries === undefined) return;
    sender!._retries = retries;
    this.#stopped.delete(sender!);
  }

  #onInvoke(client: GramjsClient & ClientParts): void {
    const { core, home } = this.#options;
    const invoke = client.invoke.bind(client);
    client.invoke = async (request, dcId, sender) => {
      try {
        const result = await invoke(request, dcId, sender);
        // A login that is not kept is no login.
        await core.saveLogin();
        return result;
      } catch (error) {
        // Other data centres have keys of their own; the client logs in there by itself.
        core.heed(error, sender === undefined && (!dcId || dcId === home.id));
        throw error;
      }
    };
  }
}

async function stopOther(sender: Pick<Sender, '_retries' | 'disconnect'> | undefined): Promise<void> {
  if (sender === undefined) return;
  sender._retries = 0;
  await sender.disconnect();
}
