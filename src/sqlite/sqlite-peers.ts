/** The peers of a {@link SqliteSession}, in further tables of its file. */

import { SessionError } from '../errors.ts';
import { checkedPeers, checkPage, checkPeerKey } from '../peers/check.ts';
import { CompactPeers } from '../peers/compact.ts';
import { phoneToLookUp, usernameToLookUp } from '../peers/rules.ts';
import type { Peer, PeerKey, PeerStore } from '../peers.ts';
import type { Sql } from './driver.ts';
import { loginInFile } from './peer-login.ts';
import {
  clearPeers,
  countPeers,
  deleteOldest,
  deletePeer,
  findPeer,
  findPeerByName,
  hasPeersOf,
  pageOfPeers,
  preparePeerTables,
  putPeers,
} from './peer-tables.ts';
import type { SessionFile } from './session-file.ts';

/** Runs a call on the open file, when its turn has come. @throws SessionError `CLOSED` */
export type InFile = <T>(call: (file: SessionFile) => Promise<T>) => Promise<T>;

/** How many peers there are, as long as nobody else writes. */
interface Counted {
  file: SessionFile;
  dataVersion: unknown;
  count: number;
}

/**
 * Peers of the login that is in the file now. Everything is asked of the file itself, in one transaction each, so that it
 * is right whoever wrote there.
 */
export class SqlitePeers implements PeerStore {
  readonly #path: string;
  readonly #maxPeers: number;
  readonly #inFile: InFile;
  #counted: Counted | null = null;

  constructor(path: string, maxPeers: number, inFile: InFile) {
    this.#path = path;
    this.#maxPeers = maxPeers;
    this.#inFile = inFile;
  }

  async get(kind: Peer['kind'], id: number): Promise<Peer | null> {
    const key = checkPeerKey('peer', { kind, id });
    return this.#look((sql) => findPeer(sql, key), null);
  }

  async getByUsername(username: string): Promise<Peer | null> {
    const name = usernameToLookUp(username);
    return this.#look((sql) => findPeerByName(sql, name), null);
  }

  async getByPhone(phone: string): Promise<Peer | null> {
    const name = phoneToLookUp(phone);
    return this.#look((sql) => (name === null ? null : findPeerByName(sql, name)), null);
  }

  async put(peers: Iterable<Peer>): Promise<void> {
    // What is put is what was given, whatever becomes of it while this waits for its turn.
    const copy = new CompactPeers(checkedPeers(peers));
    if (copy.length === 0) return this.#inFile(async () => {});
    return this.#inFile(async (file) => {
      let counted: Counted | null = null;
      const hasFile = await file.write((sql, dataVersion) => {
        const login = loginInFile(sql);
        if (login === null) throw this.#noLogin();
        const isNew = preparePeerTables(sql, login);
        const { added, changed } = putPeers(sql, copy);
        const before = this.#known(file, dataVersion);
        const count = isNew || before === null ? countPeers(sql) : before + added;
        const gone = deleteOldest(sql, count, this.#maxPeers);
        counted = { file, dataVersion, count: count - gone };
        return isNew || changed || gone > 0;
      });
      if (!hasFile) throw this.#noLogin();
      this.#counted = counted;
    });
  }

  async list(page?: { after?: PeerKey | null; limit?: number }): Promise<Peer[]> {
    const { after, limit } = checkPage(page);
    return this.#look((sql) => pageOfPeers(sql, after, limit), []);
  }

  count(): Promise<number> {
    return this.#look(countPeers, 0);
  }

  async delete(kind: Peer['kind'], id: number): Promise<void> {
    const key = checkPeerKey('peer', { kind, id });
    return this.#write((sql) => deletePeer(sql, key));
  }

  clear(): Promise<void> {
    return this.#write((sql) => {
      clearPeers(sql);
      return true;
    });
  }

  /** Looks at the peers of this login; gives `none` if there are none. */
  #look<T>(read: (sql: Sql) => T, none: T): Promise<T> {
    return this.#inFile((file) =>
      file.look((sql) => (hasPeersOf(sql, loginInFile(sql)) ? read(sql) : none), none),
    );
  }

  /** Writes to the peers of this login, if there are any. */
  #write(apply: (sql: Sql) => boolean): Promise<void> {
    return this.#inFile(async (file) => {
      this.#counted = null;
      await file.write((sql) => hasPeersOf(sql, loginInFile(sql)) && apply(sql));
    });
  }

  #known(file: SessionFile, dataVersion: unknown): number | null {
    const counted = this.#counted;
    return counted?.file === file && counted.dataVersion === dataVersion ? counted.count : null;
  }

  #noLogin(): SessionError {
    return new SessionError(
      'NOT_FOUND',
      `${this.#path} holds no auth key that peers could belong to. save() the session first.`,
    );
  }
}
