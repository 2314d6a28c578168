/** What every client can be told to do, so that a promise is tested once for all of them. */

import type { AsideEntry } from '../../../src/index.ts';

/** The names of the clients: those of their packages. */
export type ClientName = 'mtcute' | 'telegram' | 'teleproto';

/** A real client on a storage of ours, as Alice (`+99966`, code `12345`). */
export interface Driver {
  /** Opens the storage and connects. Rejects, before it dials, if the storage cannot be had. */
  connect(): Promise<void>;
  /** Logs in by code. Gives the id of the user. */
  logIn(): Promise<number>;
  /** Asks the server who it is. */
  me(): Promise<number>;
  /** Follows the updates, from where they were read to if the client can. */
  catchUp(): Promise<void>;
  /** The access hash of a user by username or id, from what is stored if it is there. */
  accessHash(user: string | number): Promise<bigint>;
  logOut(): Promise<void>;
  /** Saves, disconnects, and gives the session back. */
  stop(): Promise<void>;
  /** Everything that the storage told of. */
  readonly errors: unknown[];
  readonly aside: AsideEntry[];
}

/** What is heard of a driver while it runs. */
export interface DriverOptions {
  /** A message arrived. */
  onMessage?(text: string): void;
  /** The client was told that a key is kept, of which this is the id. Only mtcute asks. */
  onKey?(keyId: string): void;
}

/** What a client does by itself. */
export interface Abilities {
  /** Whether it asks for what it missed. */
  catchesUp: boolean;
  /** Whether it waits until a new key is kept before it uses it. mtcute does not: the server may see one that is lost. */
  keepsBeforeUse: boolean;
}

export const abilities: Record<ClientName, Abilities> = {
  mtcute: { catchesUp: true, keepsBeforeUse: false },
  telegram: { catchesUp: false, keepsBeforeUse: true },
  teleproto: { catchesUp: true, keepsBeforeUse: true },
};

export const PHONE = '+99966';
export const CODE = '12345';
