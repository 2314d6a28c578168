/** One TCP connection: its transport, its handshake, its encrypted messages. */

import type { Socket } from 'node:net';
import type { KeyEntry } from './auth-keys.ts';
import { answerMessage } from './dispatch.ts';
import { Handshake } from './handshake.ts';
import { decrypt, encrypt, keyIdOf, MessageIds, readPlain, unpack, writePlain } from './messages.ts';
import { type ClientSession, type Line, permanent } from './sessions.ts';
import type { DcState } from './state.ts';
import { longAt } from './toolkit.ts';
import { Transport } from './transports.ts';

/** Errors of the transport layer (core.telegram.org/mtproto/mtproto-transports#transport-errors). */
const UNKNOWN_KEY = -404;
const WRONG_DC = -444;
/** Test servers are named by their number and this. */
const TEST_SERVERS = 10_000;
/** `bad_server_salt`: the salt is wrong. */
const WRONG_SALT = 48;

/** A connection of a client. */
export class Connection implements Line {
  readonly number: number;
  /** The IP address that it comes from. */
  readonly from: string;
  /** The keys that were used on it. */
  readonly keys = new Set<KeyEntry>();

  readonly #state: DcState;
  readonly #socket: Socket;
  readonly #port: number;
  readonly #others: () => Iterable<Connection>;
  readonly #transport = new Transport();
  readonly #ids = new MessageIds();
  #handshake: Handshake | undefined;
  #queue: Promise<void> = Promise.resolve();
  #endedByUs = false;

  constructor(
    state: DcState,
    socket: Socket,
    options: { number: number; from: string; port: number; others: () => Iterable<Connection> },
  ) {
    this.#state = state;
    this.#socket = socket;
    this.number = options.number;
    this.from = options.from;
    this.#port = options.port;
    this.#others = options.others;
    state.log.add({ kind: 'connect', connection: this.number, from: this.from });
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#receive(bytes));
    // What a client does to its socket is its own affair; 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      state.sessions.disconnect(this);
      state.log.add({
        kind: 'disconnect',
        connection: this.number,
        by: this.#endedByUs ? 'server' : 'client',
      });
    });
  }

  /** Ends the connection at once, as a network does. */
  drop(): void {
    this.#endedByUs = true;
    this.#socket.destroy();
  }

  send(session: ClientSession, body: Uint8Array, kind: 'answer' | 'notification', content: boolean): void {
    if (!this.#socket.writable) return;
    const seqNo = session.content * 2 + (content ? 1 : 0);
    if (content) session.content++;
    const { id, key } = session.usedKey;
    const { toolkit, serverSalt } = this.#state;
    const message = { salt: serverSalt, sessionId: session.id, id: this.#ids.next(kind), seqNo, body };
    this.#socket.write(this.#transport.wrap(encrypt(toolkit, id, key, message)));
  }

  #receive(bytes: Buffer): void {
    const { framing } = this.#transport;
    let packets: Buffer[];
    try {
      packets = this.#transport.push(bytes);
    } catch (error) {
      this.#refuse((error as Error).message, null);
      return;
    }
    if (framing === null && this.#transport.framing !== null) {
      const { obfuscated } = this.#transport;
      this.#state.log.add({
        kind: 'transport',
        connection: this.number,
        framing: this.#transport.framing,
        obfuscated,
      });
    }
    // One after the other: the schema of a client may have to be loaded first.
    for (const packet of packets) {
      this.#queue = this.#queue
        .then(() => this.#packet(packet))
        .catch((error) => this.#refuse((error as Error).message, null));
    }
  }

  async #packet(packet: Buffer): Promise<void> {
    if (this.#socket.destroyed) return;
    const keyId = keyIdOf(packet);
    if (keyId === null) return this.#plain(readPlain(packet));
    const key = this.#state.keys.find(keyId);
    if (key === undefined) return this.#refuse(`${UNKNOWN_KEY}`, keyId, UNKNOWN_KEY);
    this.keys.add(permanent(key));
    this.#noteDuplicates(permanent(key));
    await this.#encrypted(key, packet);
  }

  #plain(body: Buffer | Uint8Array): void {
    const { toolkit, rsa, log } = this.#state;
    const { object } = toolkit.read(body);
    if (object._ === 'mt_msgs_ack') return;
    if (object._ === 'mt_req_pq_multi') this.#handshake = new Handshake(toolkit, rsa);
    if (this.#handshake === undefined) throw new Error(`${object._} is no beginning of a handshake.`);
    const { answer, made } = this.#handshake.answer(object);
    if (made !== undefined) {
      this.#handshake = undefined;
      const { dc, expiresIn, key, salt } = made;
      if (dc !== null && Math.abs(dc) !== this.#state.id + (this.#state.testMode ? TEST_SERVERS : 0)) {
        this.#refuse(`${WRONG_DC}`, null, WRONG_DC);
        return;
      }
      const { id } = this.#state.keys.put(key, { salt, temporary: expiresIn !== null });
      log.add({
        kind: 'handshake',
        connection: this.number,
        authKeyId: id,
        temporary: expiresIn !== null,
        dc,
      });
    }
    this.#socket.write(this.#transport.wrap(writePlain(this.#ids.next('answer'), toolkit.write(answer))));
  }

  async #encrypted(key: KeyEntry, packet: Buffer): Promise<void> {
    const state = this.#state;
    const { toolkit, serverSalt } = state;
    const message = decrypt(toolkit, key.key, packet);
    const session = state.sessions.of(key, message.sessionId);
    session.line = this;
    if (!key.salts.has(message.salt)) {
      const about = { badMsgId: message.id, badMsgSeqno: message.seqNo, errorCode: WRONG_SALT };
      const bad = { _: 'mt_bad_server_salt', ...about, newServerSalt: serverSalt };
      return this.send(session, toolkit.write(bad), 'notification', false);
    }
    const messages = unpack(toolkit, message);
    if (!session.introduced && messages.length > 0) {
      session.introduced = true;
      const uniqueId = longAt(toolkit.crypto.randomBytes(8));
      const created = {
        _: 'mt_new_session_created',
        firstMsgId: messages[0]!.id,
        uniqueId,
        serverSalt,
      };
      this.send(session, toolkit.write(created), 'notification', true);
    }
    for (const each of messages) await answerMessage({ state, session, line: this, port: this.#port }, each);
  }

  /** A key that comes from two addresses at once is useless from then on, for both. */
  #noteDuplicates(key: KeyEntry): void {
    for (const other of this.#others()) {
      if (other.from !== this.from && other.keys.has(key)) key.duplicated = true;
    }
  }

  /** Sends the client away, with an error of the transport layer if it is to know why. */
  #refuse(reason: string, authKeyId: string | null, code?: number): void {
    this.#state.log.add({ kind: 'refusal', connection: this.number, authKeyId, reason });
    this.#endedByUs = true;
    if (code === undefined) {
      this.#socket.destroy();
      return;
    }
    const error = Buffer.alloc(4);
    error.writeInt32LE(code);
    this.#socket.end(this.#transport.wrap(error));
  }
}
