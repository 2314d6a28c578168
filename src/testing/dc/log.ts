/** What arrived at a data centre, in order, for the assertions of tests. It holds no bytes of keys. */

import type { TlObject } from './tl-object.ts';
import type { ClientDescription } from './wrappers.ts';

/** A client connected. */
export interface ConnectEntry {
  readonly kind: 'connect';
  /** Number of the connection, from 1. */
  readonly connection: number;
  /** The IP address that it comes from, as far as the data centre believes. */
  readonly from: string;
}

/** The first bytes told how the client frames its packets. */
export interface TransportEntry {
  readonly kind: 'transport';
  readonly connection: number;
  readonly framing: 'full' | 'abridged' | 'intermediate' | 'padded intermediate';
  readonly obfuscated: boolean;
}

/** A key was made. */
export interface HandshakeEntry {
  readonly kind: 'handshake';
  readonly connection: number;
  /** Id of the new key, 16 hexadecimal digits. */
  readonly authKeyId: string;
  /** Whether it is a temporary key, to be bound to a permanent one. */
  readonly temporary: boolean;
  /** The data centre that the client named: test servers + 10000, media negative; null if it named none. */
  readonly dc: number | null;
}

/** A method of the API was called. */
export interface RequestEntry {
  readonly kind: 'request';
  readonly connection: number;
  readonly authKeyId: string;
  /** The layer of the client. */
  readonly layer: number;
  /** Who is logged in with the key, or null. */
  readonly user: number | null;
  /** Name of the method, such as `updates.getDifference`. */
  readonly method: string;
  /** The call with its fields, such as `pts`. 64-bit numbers are `bigint`, or `number` where mtcute keeps ids so. */
  readonly request: TlObject;
  /** What `initConnection` said, if the call was wrapped in it. */
  readonly client: ClientDescription | null;
}

/** A client was sent away: by a transport error (`-404`), an RPC error (`406 AUTH_KEY_DUPLICATED`), or a closed door. */
export interface RefusalEntry {
  readonly kind: 'refusal';
  readonly connection: number;
  /** The key that was used, or null. */
  readonly authKeyId: string | null;
  /** The error as the client sees it, or why the connection was closed. */
  readonly reason: string;
}

/** Something of this data centre or of the test's own answers failed: a test should fail with it. */
export interface FaultEntry {
  readonly kind: 'fault';
  readonly connection: number;
  readonly error: unknown;
}

/** A connection ended. */
export interface DisconnectEntry {
  readonly kind: 'disconnect';
  readonly connection: number;
  /** Who ended it. */
  readonly by: 'client' | 'server';
}

/** Anything in the log. */
export type LogEntry =
  | ConnectEntry
  | TransportEntry
  | HandshakeEntry
  | RequestEntry
  | RefusalEntry
  | FaultEntry
  | DisconnectEntry;

type EntryOf<K extends LogEntry['kind']> = Extract<LogEntry, { kind: K }>;

/** The log of a data centre. */
export class DcLog {
  #entries: LogEntry[] = [];
  #waiting = new Set<() => void>();

  /** Everything so far, in the order of arrival. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** All entries of one kind. */
  of<K extends LogEntry['kind']>(kind: K): EntryOf<K>[] {
    return this.#entries.filter((entry): entry is EntryOf<K> => entry.kind === kind);
  }

  /** The calls of a method, or of all. */
  requests(method?: string): RequestEntry[] {
    return this.of('request').filter((entry) => method === undefined || entry.method === method);
  }

  /** The names of the methods that were called, in order. */
  get methods(): string[] {
    return this.requests().map(({ method }) => method);
  }

  /** Resolves to what `find` gives as soon as it gives something, now or after any later entry. */
  async until<T>(find: (log: this) => T | undefined | null | false): Promise<T> {
    for (;;) {
      const found = find(this);
      if (found !== undefined && found !== null && found !== false) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Resolves to the first call of a method, now or later. */
  request(method: string): Promise<RequestEntry> {
    return this.until(() => this.requests(method)[0]);
  }

  /** Forgets all entries, so that what follows stands alone. */
  clear(): void {
    this.#entries = [];
  }

  /** Adds an entry. */
  add(entry: LogEntry): void {
    this.#entries.push(entry);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const look of waiting) look();
  }
}
