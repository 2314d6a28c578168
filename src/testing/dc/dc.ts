/** {@link startLoopbackDc}: a data centre of Telegram on 127.0.0.1, for tests. */

import { randomInt } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { checkDcId } from '../../check.ts';
import { type AccountFields, Accounts } from './accounts.ts';
import { AuthKeys } from './auth-keys.ts';
import { type ChannelFields, ChannelUpdates } from './channel-updates.ts';
import type { DcPlace } from './clients.ts';
import { Connection } from './connection.ts';
import { DcLog } from './log.ts';
import { Logins } from './logins.ts';
import { acceptLoginToken } from './methods/login.ts';
import { type RsaKey, rsaKey } from './rsa-key.ts';
import { type Schema, Schemas, writeAnswer } from './schema.ts';
import { type ClientSession, permanent, Sessions } from './sessions.ts';
import { anyAccount, type DcState, type ScriptedAnswer } from './state.ts';
import type { TlObject } from './tl-object.ts';
import { loadToolkit, longAt, type Toolkit } from './toolkit.ts';
import { SERVICE_ACCOUNT, UserUpdates } from './user-updates.ts';

/** Options of {@link startLoopbackDc}. */
export interface LoopbackDcOptions {
  /** Number of the data centre. Default 2. */
  id?: number;
  /** Whether it is one of the test servers. Default false. */
  testMode?: boolean;
  /** Accounts that live here; more with {@link LoopbackDc.addUser}. */
  users?: readonly AccountFields[];
  /** A data centre that this one is to stand beside: clients are sent from one to the other, logins go along. */
  beside?: LoopbackDc;
  /** The port to listen on. Default 0: any that is free, below 32768. */
  port?: number;
  /** Schemas of clients other than mtcute, telegram and teleproto, by layer. */
  schemas?: readonly Schema[];
}

/** The keys that a data centre knows. */
export type LoopbackAuthKeys = Pick<AuthKeys, 'add' | 'destroy' | 'has' | 'ids' | 'revoke' | 'userOf'>;

const HOST = '127.0.0.1';
/** The ports to choose from. String sessions of GramJS hold no port above 32767. */
const PORTS = [20_000, 32_767] as const;

/**
 * Starts a data centre on 127.0.0.1. It speaks MTProto 2.0 over TCP (full, abridged, intermediate, padded
 * intermediate, each also obfuscated) and as much of the API as a client needs to log in and to follow its updates.
 *
 * TL and cryptography come from mtcute: `npm install --save-dev @mtcute/core @mtcute/node`. Clients are answered in
 * their own layer: those of mtcute, and of `telegram` and `teleproto` if they are installed.
 *
 * ```ts
 * import { startLoopbackDc } from 'tgsession/testing/dc';
 *
 * const dc = await startLoopbackDc({ users: [{ id: 1000, phone: '+99966', code: '12345' }] });
 * console.log(dc.address); // point a client here
 * await dc.close();
 * ```
 *
 * @throws Error if mtcute is not installed
 */
export async function startLoopbackDc(options: LoopbackDcOptions = {}): Promise<LoopbackDc> {
  const [toolkit, rsa] = await Promise.all([loadToolkit(), rsaKey()]);
  const dc = new LoopbackDc(options, toolkit, rsa);
  await dc.listen(options.port ?? 0);
  return dc;
}

/** A data centre of Telegram on 127.0.0.1. Made by {@link startLoopbackDc}. */
export class LoopbackDc {
  /** What arrived, for assertions. */
  readonly log: DcLog = new DcLog();

  readonly #state: DcState;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<Connection>();
  #connected = 0;

  /** @internal */
  constructor(
    { id = 2, testMode = false, users = [], beside, schemas = [] }: LoopbackDcOptions,
    toolkit: Toolkit,
    rsa: RsaKey,
  ) {
    const serverSalt = longAt(toolkit.crypto.randomBytes(8));
    const network = beside === undefined ? new Map<number, DcState>() : beside.#state.network;
    this.#state = {
      id: checkDcId('startLoopbackDc', 'id', id),
      testMode,
      toolkit,
      rsa,
      serverSalt,
      keys: new AuthKeys(serverSalt),
      accounts: new Accounts(),
      logins: new Logins(),
      sessions: new Sessions(),
      updates: new Map(),
      channels: new Map(),
      log: this.log,
      schemas: new Schemas(schemas),
      scripted: new Map(),
      network,
      port: 0,
      deliver: (user, updates, except) => this.#deliver({ user }, updates, except),
      deliverToKey: (keyId, updates) => this.#deliver({ keyId }, updates),
    };
    if (network.has(id)) throw new Error(`There is a data centre ${id} already.`);
    network.set(id, this.#state);
    this.addUser({ id: SERVICE_ACCOUNT, firstName: 'Telegram', phone: '42777' });
    for (const user of users) this.addUser(user);
  }

  /** Number of the data centre. */
  get id(): number {
    return this.#state.id;
  }

  /** Whether it is one of the test servers. */
  get testMode(): boolean {
    return this.#state.testMode;
  }

  /** `127.0.0.1`. */
  get host(): string {
    return HOST;
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#state.port;
  }

  /** `127.0.0.1:port`, as a session holds it. */
  get address(): string {
    return `${HOST}:${this.port}`;
  }

  /** The public RSA key that clients have to trust, as PKCS#1 PEM. All data centres of a process have the same. */
  get publicKeyPem(): string {
    return this.#state.rsa.publicKeyPem;
  }

  /** The public RSA key in numbers, for clients that take no PEM. */
  get publicKey(): { readonly fingerprint: bigint; readonly modulus: bigint; readonly exponent: bigint } {
    const { fingerprint, modulus, exponent } = this.#state.rsa;
    return { fingerprint, modulus, exponent };
  }

  /** The keys that it knows: known ones can be added, and each destroyed (`-404`) or revoked (401). */
  get authKeys(): LoopbackAuthKeys {
    return this.#state.keys;
  }

  /** The ports of this data centre and of those beside it, by number. */
  get ports(): Readonly<Record<number, number>> {
    return Object.fromEntries([...this.#state.network.values()].map(({ id, port }) => [id, port]));
  }

  /** What a client in another process needs to know: `mtcuteOptions(utils, JSON.parse(JSON.stringify(dc)))`. */
  toJSON(): DcPlace {
    const { id, testMode, host, port, ports, publicKeyPem } = this;
    return { id, testMode, host, port, ports, publicKeyPem };
  }

  /** The port of this data centre or of one beside it, or null if there is none of that number. */
  portOf(id: number): number | null {
    return this.#state.network.get(id)?.port ?? null;
  }

  /** Adds an account that lives here. */
  addUser(fields: AccountFields): UserUpdates {
    const { id } = this.#state.accounts.add(fields);
    const around = {
      account: (other: number) => anyAccount(this.#state, other),
      deliver: this.#state.deliver,
    };
    const updates = new UserUpdates(id, around);
    this.#state.updates.set(id, updates);
    return updates;
  }

  /** The updates of an account, to be scripted. Throws for one that does not live here. */
  user(id: number): UserUpdates {
    const found = this.#state.updates.get(id);
    if (found === undefined) throw new Error(`No account ${id} lives here.`);
    return found;
  }

  /** Adds a channel. */
  addChannel(fields: ChannelFields): ChannelUpdates {
    const channel = new ChannelUpdates(fields, this.#state.deliver);
    this.#state.channels.set(channel.id, channel);
    return channel;
  }

  /** A channel, to be scripted. Throws if there is none. */
  channel(id: number): ChannelUpdates {
    const found = this.#state.channels.get(id);
    if (found === undefined) throw new Error(`There is no channel ${id} here.`);
    return found;
  }

  /**
   * Answers a method in place of the data centre, until it is given another answer or null.
   *
   * @param method such as `messages.getDialogs`
   */
  answer(method: string, answer: ScriptedAnswer | null): void {
    if (answer === null) this.#state.scripted.delete(method);
    else this.#state.scripted.set(method, answer);
  }

  /**
   * Scans a QR code with the phone of a user.
   *
   * @param token its bytes, or the `tg://login?token=` link
   * @throws RpcError for a token that is not good
   */
  acceptLoginToken(token: Uint8Array | string, user: number): void {
    const bytes = typeof token === 'string' ? Buffer.from(token.split('token=').at(-1)!, 'base64url') : token;
    acceptLoginToken(this.#state, bytes, user);
  }

  /**
   * Opens another port, whose clients come from another address, as far as the data centre believes. Telegram makes a
   * key useless that comes from two addresses at once; so does this data centre, and so can it be shown.
   *
   * @param address such as `203.0.113.7`
   * @returns the port, on 127.0.0.1
   */
  listenAs(address: string): Promise<number> {
    return this.#listen(0, () => address);
  }

  /** @internal */
  async listen(port: number): Promise<void> {
    this.#state.port = await this.#listen(port, ({ remoteAddress }) => remoteAddress ?? HOST);
  }

  /** Ends all connections at once, as a network that breaks. Clients may come again. */
  drop(): void {
    for (const connection of this.#connections) connection.drop();
  }

  /** Ends the data centre. Resolves when its ports are closed. */
  async close(): Promise<void> {
    this.#state.network.delete(this.id);
    const closed = this.#servers
      .splice(0)
      .map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    this.drop();
    await Promise.all(closed);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #listen(port: number, from: (socket: Socket) => string): Promise<number> {
    const server = createServer((socket) => this.#connect(socket, from(socket)));
    await (port === 0 ? listenAnywhere(server) : listenOn(server, port));
    this.#servers.push(server);
    return (server.address() as { port: number }).port;
  }

  #connect(socket: Socket, from: string): void {
    const others = () => this.#connections;
    const options = { number: ++this.#connected, from, port: socket.localPort!, others };
    const connection = new Connection(this.#state, socket, options);
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
  }

  #deliver(who: { user: number } | { keyId: string }, updates: TlObject, except?: number): void {
    for (const session of this.#state.sessions.connected(who)) {
      if (session.wantsUpdates && session.line!.number !== except) this.#tell(session, updates);
    }
  }

  #tell(session: ClientSession, updates: TlObject): void {
    const { layer, duplicated } = permanent(session.usedKey);
    const schema = layer === null ? undefined : this.#state.schemas.known(layer);
    if (schema === undefined || duplicated) return;
    session.line!.send(session, writeAnswer(schema, updates), 'notification', true);
  }
}

function listenOn(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

async function listenAnywhere(server: Server): Promise<void> {
  for (;;) {
    try {
      return await listenOn(server, randomInt(PORTS[0], PORTS[1] + 1));
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE') throw error;
    }
  }
}
