/** The session class that a client is given: the package's own, with everything in it that is kept. */

import { markedIdOf } from './answers.ts';
import type { Core } from './core.ts';
import type { Home } from './home.ts';
import type { BaseClass, BaseSession, ClientKey, EntityRow } from './interface.ts';

/** What the clients call. */
export interface ClientSession extends BaseSession {
  readonly dcId: number;
  readonly serverAddress: string | undefined;
  readonly port: number | undefined;
  authKey: ClientKey | undefined;
  setDC(dcId: number, serverAddress: string, port: number): void;
  setAuthKey(key?: ClientKey, dcId?: number): void;
  processEntities(answer: unknown): void;
  /** `getInputEntity`, with what the store of peers knows. */
  recall(key: unknown): Promise<unknown>;
  save(): Promise<void>;
  delete(): Promise<void>;
  close(): Promise<void>;
}

/** What a session is made of. */
export interface SessionParts {
  core: Core;
  home: Home;
  /** Whether the client waits for `getInputEntity`, as teleproto does. */
  mayWait: boolean;
  close(): Promise<void>;
}

/**
 * A session of the class that the client insists on. Whatever it sets is at once there for it, and saved behind.
 */
export function clientSession(Base: BaseClass, { core, home, mayWait, close }: SessionParts): ClientSession {
  class KeptSession extends Base implements ClientSession {
    get dcId(): number {
      return home.id;
    }

    get serverAddress(): string | undefined {
      return home.server?.ipAddress;
    }

    get port(): number | undefined {
      return home.server?.port;
    }

    get authKey(): ClientKey | undefined {
      return core.key();
    }

    set authKey(key: ClientKey | undefined) {
      core.setKey(key);
    }

    setDC(id: number, ipAddress: string, port: number): void {
      core.setServer({ id, ipAddress, port });
    }

    override load(): Promise<void> {
      return core.load();
    }

    override getAuthKey(dcId?: number): ClientKey | undefined {
      return core.key(dcId || undefined);
    }

    setAuthKey(key?: ClientKey, dcId?: number): void {
      core.setKey(key, dcId || undefined);
    }

    processEntities(answer: unknown): void {
      core.hear(answer);
    }

    override getInputEntity(key: unknown): unknown {
      return mayWait ? this.recall(key) : this.#look(key);
    }

    recall(key: unknown): Promise<unknown> {
      return core.entities.recalling(() => this.#look(key));
    }

    /** The packages know what all keys mean but one: a peer of the API. */
    #look(key: unknown): unknown {
      const marked = markedIdOf(key);
      if (marked === null) return super.getInputEntity(key);
      if (core.entities.row({ by: 'id', marked }) !== undefined) return super.getInputEntity(String(marked));
      throw new Error(`No peer with the id ${marked} was met.`);
    }

    getEntityRowsByPhone(phone: string): EntityRow | undefined {
      return core.entities.row({ by: 'phone', text: phone });
    }

    getEntityRowsByUsername(username: string): EntityRow | undefined {
      return core.entities.row({ by: 'username', text: username });
    }

    getEntityRowsByName(name: string): EntityRow | undefined {
      return core.entities.row({ by: 'name', text: name });
    }

    getEntityRowsById(id: unknown, exact = true): EntityRow | undefined {
      return core.entities.rowById(id, exact);
    }

    save(): Promise<void> {
      return core.save();
    }

    delete(): Promise<void> {
      return core.delete();
    }

    close(): Promise<void> {
      return close();
    }
  }
  return new KeptSession();
}
