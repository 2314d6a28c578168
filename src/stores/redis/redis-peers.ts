/** The peers of sessions in Redis. */

import { checkObject, refuse } from '../../check.ts';
import type { Login } from '../../login.ts';
import { checkPeer } from '../../peers/check.ts';
import type { Peer, PeerKey } from '../../peers.ts';
import type { LeaseRef, PeerBackend, PeerChanges } from '../backend.ts';
import { isYes, type Reply } from './client.ts';
import { parsed, placeOf, textOf } from './entries.ts';
import { isPeerMember, type Keys, peerMember } from './keys.ts';
import { SCRIPTS } from './scripts.ts';
import type { Server } from './server.ts';
import { counted } from './session-fields.ts';

/** Sorts before every time. */
const NEVER_SEEN = '-1';

export class RedisPeers implements PeerBackend {
  /** While a script runs, the server answers nobody: so many peers take it some milliseconds. */
  readonly atOnce = 250;
  readonly #server: Server;
  readonly #keys: Keys;

  constructor(server: Server, keys: Keys) {
    this.#server = server;
    this.#keys = keys;
  }

  async login(name: string): Promise<Login | null> {
    const key = this.#keys.session(name);
    const text = textOf(await this.#server.send(key, 'HGET', key, 'peers_of'));
    if (text === null) return null;
    const at = placeOf(name);
    const { keyId, userId } = parsed(at, 'peers_of', text);
    if (typeof keyId !== 'string' || (userId !== null && !Number.isSafeInteger(userId))) {
      return refuse(at, 'peers_of', 'a login', 'other fields');
    }
    return { keyId, userId: userId as number | null };
  }

  get(name: string, keys: readonly PeerKey[]): Promise<Peer[]> {
    return this.#at(name, keys.map(peerMember));
  }

  async named(name: string, names: readonly string[]): Promise<[name: string, peer: Peer][]> {
    if (names.length === 0) return [];
    const key = this.#keys.peerNames(name);
    const members = await this.#list(key, 'HMGET', key, ...names);
    const found = names.flatMap((each, i) => {
      const member = textOf(members[i]);
      return member === null ? [] : [[each, member] as const];
    });
    const unique = [...new Set(found.map(([, member]) => member))];
    const peers = new Map((await this.#at(name, unique)).map((peer) => [peerMember(peer), peer]));
    return found.flatMap(([each, member]) => {
      const peer = peers.get(member);
      return peer === undefined ? [] : [[each, peer] as [string, Peer]];
    });
  }

  async page(name: string, after: PeerKey | null, limit: number): Promise<Peer[]> {
    const from = after === null ? '-' : `(${peerMember(after)}`;
    const key = this.#keys.peersOrder(name);
    return this.#ofMembers(
      name,
      await this.#list(key, 'ZRANGEBYLEX', key, from, '+', 'LIMIT', '0', String(limit)),
    );
  }

  async oldest(name: string, limit: number): Promise<Peer[]> {
    const key = this.#keys.peersSeen(name);
    return this.#ofMembers(name, await this.#list(key, 'ZRANGE', key, '0', String(limit - 1)));
  }

  async count(name: string): Promise<number> {
    const key = this.#keys.peers(name);
    return Number(await this.#server.send(key, 'HLEN', key));
  }

  async write({ name, fence }: LeaseRef, changes: PeerChanges): Promise<boolean> {
    const { login, clear, put, gone, namesPut, namesGone } = changes;
    const keys = this.#keys;
    const args = [
      String(fence),
      JSON.stringify(login),
      clear ? '1' : '0',
      ...counted(put, (peer) => [
        peerMember(peer),
        peer.seen === null ? NEVER_SEEN : String(peer.seen),
        peerText(peer),
      ]),
      ...counted(gone, (key) => [peerMember(key)]),
      ...counted(namesPut, ([each, to]) => [each, peerMember(to)]),
      ...counted(namesGone, (each) => [each]),
    ];
    const of = [
      keys.session(name),
      keys.peers(name),
      keys.peersSeen(name),
      keys.peersOrder(name),
      keys.peerNames(name),
    ];
    return isYes(await this.#server.run(SCRIPTS.peers, of, args));
  }

  #ofMembers(name: string, members: Reply[]): Promise<Peer[]> {
    return this.#at(name, members.map(String));
  }

  async #at(name: string, members: string[]): Promise<Peer[]> {
    if (members.length === 0) return [];
    const key = this.#keys.peers(name);
    const texts = await this.#list(key, 'HMGET', key, ...members);
    return members.flatMap((member, i) => {
      const text = textOf(texts[i]);
      return text === null ? [] : [peerOf(placeOf(name), member, text)];
    });
  }

  async #list(key: string, ...args: string[]): Promise<Reply[]> {
    const reply = await this.#server.send(key, ...args);
    return Array.isArray(reply) ? reply : [];
  }
}

function peerText(peer: Peer): string {
  return JSON.stringify({ ...peer, accessHash: peer.accessHash === null ? null : String(peer.accessHash) });
}

/** @throws SessionError `DAMAGED`, `INVALID_VALUE` */
function peerOf(session: string, member: string, text: string): Peer {
  // What stands there as a key is not repeated before it is known to be one.
  if (!isPeerMember(member)) refuse(session, 'peers', 'named by kind and id', member);
  const at = `${session}.peers[${member}]`;
  const fields = checkObject(at, '', parsed(at, 'fields', text));
  const { accessHash } = fields;
  const hash =
    typeof accessHash === 'string' && /^-?\d{1,19}$/.test(accessHash) ? BigInt(accessHash) : accessHash;
  return checkPeer(at, { ...(fields as unknown as Peer), accessHash: hash as bigint | null });
}
