/**
 * What the clients `telegram` (GramJS) and `teleproto` have, as far as it concerns us (formats/gramjs.md, section 3): types
 * of our own, so that neither has to be installed for those who use another client.
 */

/** A key as the clients pass it about: empty at first, and filled in place once it is made. */
export interface ClientKey {
  getKey(): Uint8Array | undefined;
  setKey(key?: Uint8Array): Promise<void>;
}

/** As much of a `StringSession` as ours is built on. */
export interface BaseSession {
  load(): Promise<void>;
  getAuthKey(dcId?: number): ClientKey | undefined;
  getInputEntity(key: unknown): unknown;
}

/** The class `StringSession` of either package. */
export interface BaseClass {
  new (text?: string): BaseSession;
  /** Both have it, and no other session class of theirs has. */
  decode(text: string): Uint8Array;
}

/** A row of entities: the marked id, and the access hash. */
export type EntityRow = [id: string, accessHash: string];

/** As much of a client as a session has to know. */
export interface GramjsClient {
  connect(): Promise<boolean>;
  disconnect(): Promise<void>;
  invoke(request: never, dcId?: number, sender?: never): Promise<unknown>;
  getInputEntity(peer: never): Promise<unknown>;
}

/** What teleproto knows of the updates. */
export interface UpdateManager {
  state?: Counters | undefined;
  refreshFromState(state: Counters): void;
  /** Of no public name there. */
  channels?: ReadonlyMap<string, ChannelTracker>;
  getOrCreateChannel?(id: string): ChannelTracker;
}

/** How far updates were read. */
export interface Counters {
  pts: number;
  qts: number;
  date: number;
  seq: number;
}

/** How far those of a channel were. */
export interface ChannelTracker {
  pts: { inited(): boolean; current(): number; init(pts: number): void };
}

/** A connection to a data centre. */
export interface Sender {
  authKey: ClientKey;
  /** How often it tries to connect. */
  _retries: number;
  isConnected(): boolean;
  reconnect(): void;
  disconnect(): Promise<void>;
}

/** What a client has besides, which its types hide or only one of the two has. */
export interface ClientParts {
  _sender?: Sender | undefined;
  /** GramJS: connections to other data centres. */
  _exportedSenderPromises?: ReadonlyMap<number, Promise<Sender | undefined>>;
  /** teleproto. */
  updateManager?: UpdateManager;
  catchUp?(): Promise<void>;
}

/** An object of the API, of any kind; not even that may be relied on. */
export type Answer = Readonly<Record<string, unknown>>;

/** Whether it is an object whose fields can be looked at. */
export function isObject(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null;
}
