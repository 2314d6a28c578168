/**
 * The keys of a store in Redis. All keys of one session have its name in braces, so that a cluster keeps them on one server
 * and one script may write them together; the indexes have none, and are written after it.
 */

import type { Peer, PeerKey } from '../../peers.ts';

/** Names of keys under a prefix. */
export class Keys {
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** Hash: user, state, lease, notes. */
  session(name: string): string {
    return `${this.prefix}{${name}}:session`;
  }
  /** Hash: id of a data centre to its fields. */
  dcs(name: string): string {
    return `${this.prefix}{${name}}:dcs`;
  }
  /** Hash: id of a channel to its pts. */
  channels(name: string): string {
    return `${this.prefix}{${name}}:channels`;
  }
  /** Hash: id to a session kept aside. */
  aside(name: string): string {
    return `${this.prefix}{${name}}:aside`;
  }
  /** Hash: peer to its fields. */
  peers(name: string): string {
    return `${this.prefix}{${name}}:peers`;
  }
  /** Sorted set: peers by when they were seen. */
  peersSeen(name: string): string {
    return `${this.prefix}{${name}}:peers-seen`;
  }
  /** Sorted set: peers in the order of pages. */
  peersOrder(name: string): string {
    return `${this.prefix}{${name}}:peers-order`;
  }
  /** Hash: name to peer. */
  peerNames(name: string): string {
    return `${this.prefix}{${name}}:peer-names`;
  }
  /** Every key of a session. */
  all(name: string): string[] {
    return [
      this.session(name),
      this.dcs(name),
      this.channels(name),
      this.aside(name),
      this.peers(name),
      this.peersSeen(name),
      this.peersOrder(name),
      this.peerNames(name),
    ];
  }

  /** Sorted set: all sessions that are there, by name. */
  get names(): string {
    return `${this.prefix}names`;
  }
  /** Sorted set: sessions by when their lease ends, as far as that was noted; 0 for those given back. */
  get until(): string {
    return `${this.prefix}until`;
  }
  /** Sorted set: the sessions with one value of a field, by name. */
  index(field: string, value: string): string {
    return `${this.prefix}by-${field}:${value}`;
  }
  /** Text: the version of all this. */
  get version(): string {
    return `${this.prefix}version`;
  }
  /** Channel: names of leases that were given back. */
  get released(): string {
    return `${this.prefix}released`;
  }
}

const LETTERS: Record<Peer['kind'], string> = { channel: 'c', chat: 'g', user: 'u' };
const ID_LENGTH = 16;

/** A peer as a member of sorted sets: kind and id in an order that text keeps. */
export function peerMember({ kind, id }: PeerKey): string {
  return `${LETTERS[kind]}${String(id).padStart(ID_LENGTH, '0')}`;
}

export function isPeerMember(text: string): boolean {
  return /^[cgu]\d{16}$/.test(text);
}
