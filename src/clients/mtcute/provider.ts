/**
 * What mtcute asks of a storage (`ITelegramStorageProvider` of @mtcute/core; formats/mtcute.md, section 3), as far as it
 * concerns us: types of our own, so that nothing of mtcute has to be installed for those who use another client.
 */

/** The log that mtcute gives to a storage. */
export interface MtcuteLog {
  error(format: string, ...args: unknown[]): void;
}

/** The life of a storage. */
export interface MtcuteDriver {
  setup(log: MtcuteLog, platform: unknown): void;
  load(): Promise<void>;
  save(): Promise<void>;
  destroy(): Promise<void>;
}

/** Values by name. What is set may wait for `driver.save`. */
export interface MtcuteKeyValues {
  set(key: string, value: Uint8Array): void;
  get(key: string): Uint8Array | null;
  delete(key: string): void;
  deleteAll(): void;
}

/** Keys by the number of the data centre. What is done is durable when the promise resolves. */
export interface MtcuteAuthKeys {
  set(dc: number, key: Uint8Array | null): Promise<void>;
  get(dc: number): Uint8Array | null;
  setTemp(dc: number, idx: number, key: Uint8Array | null, expires: number): void;
  getTemp(dc: number, idx: number, now: number): Uint8Array | null;
  deleteByDc(dc: number): Promise<void>;
  deleteAll(): Promise<void>;
}

/** What mtcute knows of a peer. */
export interface MtcutePeer {
  /** Marked id. */
  id: number;
  /** `low|high`, see `readHash`; empty for small groups. */
  accessHash: string;
  /** Whether only a part is known. mtcute leaves it undefined as well. */
  isMin: boolean;
  /** In lower case, the main one first. */
  usernames: string[];
  /** When it was seen, in milliseconds (though documented as seconds). */
  updated: number;
  phone?: string;
  /** The object of the API; of no bytes where it is not known, which mtcute takes for unreadable and does without. */
  complete: Uint8Array;
}

/** Whom the account has met. */
export interface MtcutePeers {
  store(peer: MtcutePeer): void;
  getById(id: number): Promise<MtcutePeer | null>;
  getByUsername(username: string): Promise<MtcutePeer | null>;
  getByPhone(phone: string): Promise<MtcutePeer | null>;
  deleteAll(): Promise<void>;
}

/** In which messages peers were met that are only known in part. */
export interface MtcuteReferences {
  store(peerId: number, chatId: number, msgId: number): void;
  getByPeer(peerId: number): [number, number] | null;
  delete(chatId: number, msgIds: number[]): void;
  deleteByPeer(peerId: number): void;
  deleteAll(): void;
}

/** The whole of it. */
export interface MtcuteProvider {
  readonly driver: MtcuteDriver;
  readonly kv: MtcuteKeyValues;
  readonly authKeys: MtcuteAuthKeys;
  readonly peers: MtcutePeers;
  readonly refMessages: MtcuteReferences;
}
