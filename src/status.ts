/** What Telegram said of a session when somebody asked: `tgsession check`, say. @module */

/** What Telegram said, of which key, and when. */
export interface AuthKeyStatus {
  /**
   * `alive`: somebody is logged in with the key. `revoked`: nobody is, or not any more. `duplicated`: two clients used the
   * key at once, and it is dead.
   */
  status: 'alive' | 'revoked' | 'duplicated';
  /** The word of the server, such as `AUTH_KEY_UNREGISTERED`; null for a session that is alive. At most 64 characters. */
  reason: string | null;
  /** Id of the key that was asked with (see `authKeyId`): of a session with another one it says nothing. */
  keyId: string;
  /** The user that the server named, or null. */
  userId: number | null;
  /** Number of the data centre that answered. */
  dc: number;
  /** When it was asked, to the millisecond. */
  at: Date;
}

/** Keeps the status that was found last, as durably as the storage that it belongs to keeps the session. */
export interface StatusStore {
  /** Keeps a status, in the place of the one before. @throws SessionError `INVALID_VALUE` */
  put(status: AuthKeyStatus): Promise<void>;
  /** The status that was found last, or null. */
  get(): Promise<AuthKeyStatus | null>;
}
