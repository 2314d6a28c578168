/** {@link PostgresBackend}: sessions and leases in a schema of PostgreSQL. */

import { randomUUID } from 'node:crypto';
import type { SessionChanges } from '../../changes.ts';
import { checkBoolean } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import type { Session } from '../../session.ts';
import type { Backend, LeaseRef, SaveOptions, Taken, TakeOneRequest, TakeRequest } from '../backend.ts';
import type {
  ListOptions,
  SessionDetails,
  SessionFilter,
  SessionInfo,
  SessionStatus,
  StoreHolder,
} from '../store.ts';
import { PostgresAside } from './aside.ts';
import { type PostgresClient, sqlClientOf } from './client.ts';
import { Database } from './database.ts';
import { Entries } from './entries.ts';
import { Leases } from './leases.ts';
import { PostgresPeers } from './peers.ts';
import { Reading } from './read.ts';
import { Saving } from './save.ts';
import { checkSchema, prepareSchema, quoted, releaseChannel } from './schema.ts';
import { Taking } from './taking.ts';

/** How long a connection may take to prove that it hears what is told, in milliseconds. */
const LISTEN_PROOF = 5000;

/** Options of a store in PostgreSQL that are about the database. */
export interface PostgresOptions {
  /** The schema for the tables. It is made if it is not there. Default `tgsession`. */
  schema?: string;
  /**
   * Whether the server keeps the statements, which saves it planning each. Set it to false behind a pooler that hands out
   * another connection for each transaction and keeps no statements. It is then also found out, at the cost of one failed
   * statement. Default true.
   */
  prepare?: boolean;
}

export class PostgresBackend implements Backend {
  readonly what: string;
  readonly peers: PostgresPeers;
  readonly aside: PostgresAside;
  readonly #schema: string;
  readonly #database: Database;
  readonly #taking: Taking;
  readonly #leases: Leases;
  readonly #saving: Saving;
  readonly #entries: Entries;
  readonly #reading: Reading;
  readonly #listening = new Set<() => Promise<void>>();

  /** @throws SessionError `INVALID_VALUE` */
  constructor(client: PostgresClient, { schema = 'tgsession', prepare = true }: PostgresOptions = {}) {
    this.#schema = checkSchema(schema);
    this.what = `PostgreSQL (schema ${schema})`;
    const own = `${quoted(schema)}.`;
    checkBoolean('options', 'prepare', prepare);
    this.#database = new Database(sqlClientOf(client), this.what, own, prepare);
    this.#taking = new Taking(this.#database);
    this.#leases = new Leases(this.#database, schema);
    this.#saving = new Saving(this.#database);
    this.#entries = new Entries(this.#database);
    this.#reading = new Reading(this.#database);
    this.peers = new PostgresPeers(this.#database);
    this.aside = new PostgresAside(this.#database);
  }

  prepare(): Promise<void> {
    return prepareSchema(this.#database, this.#schema);
  }

  take(request: TakeOneRequest): Promise<Taken> {
    return this.#taking.take(request);
  }

  claim(request: TakeRequest & { filter: SessionFilter; limit: number }): Promise<LeaseRef[]> {
    return this.#taking.claim(request);
  }

  renew(leases: readonly LeaseRef[], ttl: number): Promise<boolean[]> {
    return this.#leases.renew(leases, ttl);
  }

  release(lease: LeaseRef): Promise<void> {
    return this.#leases.release(lease);
  }

  expiries(names: readonly string[]): Promise<number[]> {
    return this.#leases.expiries(names);
  }

  async onRelease(listener: (name: string | null) => void): Promise<() => Promise<void>> {
    const channel = releaseChannel(this.#schema);
    // No name begins with a space.
    const proof = ` ${randomUUID()}`;
    let prove = () => {};
    const proven = new Promise<void>((resolve) => {
      prove = resolve;
    });
    const onMessage = (name: string) => {
      if (name === proof) prove();
      else if (!name.startsWith(' ')) listener(name);
    };
    const unlisten = await this.#database.listen(channel, onMessage, () => listener(null));
    const stop = async () => {
      this.#listening.delete(stop);
      await unlisten();
    };
    this.#listening.add(stop);
    try {
      await this.#prove(proof, channel, proven);
    } catch (error) {
      await stop().catch(() => {});
      throw error;
    }
    return stop;
  }

  /** Behind some poolers one can listen, and never hears anything. */
  async #prove(proof: string, channel: string, proven: Promise<void>): Promise<void> {
    await this.#database.run('SELECT pg_notify($1::text, $2::text)::text', [channel, proof]);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new SessionError('UNSUPPORTED', `${this.what}: this connection hears no NOTIFY.`);
      timer = setTimeout(reject, LISTEN_PROOF, error);
    });
    await Promise.race([proven, late]).finally(() => clearTimeout(timer));
  }

  read(name: string): Promise<Session | null> {
    return this.#reading.read(name);
  }

  save(lease: LeaseRef, changes: SessionChanges, options: SaveOptions = {}): Promise<boolean> {
    return this.#saving.save(lease, changes, options.replace ?? false);
  }

  list(options: Required<ListOptions>): Promise<SessionInfo[]> {
    return this.#entries.list(options);
  }

  info(name: string): Promise<SessionInfo | null> {
    return this.#entries.info(name);
  }

  delete(name: string): Promise<'deleted' | 'absent' | StoreHolder> {
    return this.#entries.delete(name);
  }

  setStatus(name: string, status: SessionStatus, reason: string | null): Promise<boolean> {
    return this.#entries.setStatus(name, status, reason);
  }

  describe(name: string, details: SessionDetails): Promise<boolean> {
    return this.#entries.describe(name, details);
  }

  async close(): Promise<void> {
    for (const stop of [...this.#listening]) await stop();
  }
}
