/**
 * What a session holds, as plain values. The names and meanings are those of the `telethon.session` module of
 * Telethon v2, in camelCase. Every value is checked when it is made (`INVALID_VALUE` names the field), and once
 * more, where it changed, when it is saved.
 *
 * @module
 */

import { checkAddress } from './address.ts';
import { AuthKey, authKeyId, checkAuthKey, INSPECT, sameAuthKey } from './auth-key.ts';
import {
  checkBoolean,
  checkCounter,
  checkDcId,
  checkId,
  checkObject,
  checkText,
  type Place,
  refuse,
} from './check.ts';

/** Longest username that is kept, in UTF-16 units; Telegram's own limit is 32. */
export const MAX_USERNAME_LENGTH = 256;

/** The fields of a {@link DataCenter}. */
export interface DataCenterFields {
  /** Number of the data centre, 1 to 2^31 - 1. Production has 1 to 5 and 203. */
  id: number;
  /** `ip:port` over IPv4, or null. */
  ipv4Addr?: string | null;
  /** `ip:port` over IPv6, the address not bracketed, or null. */
  ipv6Addr?: string | null;
  /** The 256 bytes of the authorization key with this data centre, or null. Copied. */
  auth?: Uint8Array | null;
}

/** Data-centre information: where it is, and the key shared with it. */
export class DataCenter {
  /** Number of the data centre. */
  id: number;
  /** `ip:port` over IPv4, or null. */
  ipv4Addr: string | null;
  /** `ip:port` over IPv6, the address not bracketed, or null. */
  ipv6Addr: string | null;
  /**
   * The 256 bytes of the authorization key, or null. **This is the login: whoever has it is the user.**
   * A key that is assigned is copied.
   */
  declare auth: Uint8Array | null;

  // Or what makes it when it is first asked for: to give it memory of its own takes longer than to parse a string.
  #auth: Uint8Array | null | (() => Uint8Array);

  // The field is an object's own, so that spread, clone and assignment work as with any other; and a getter, so that
  // console.dir, which turns an object's own way to be printed off, shows no bytes of the key.
  static readonly #authField: PropertyDescriptor & ThisType<DataCenter> = {
    enumerable: true,
    configurable: true,
    get() {
      if (typeof this.#auth === 'function') this.#auth = this.#auth();
      return this.#auth;
    },
    set(value) {
      // A save checks its length; here it only learns to keep its bytes to itself.
      this.#auth = value instanceof Uint8Array ? new AuthKey(value) : value;
    },
  };

  /** @throws SessionError `INVALID_VALUE` */
  constructor(fields: DataCenterFields, at: Place = 'DataCenter') {
    const { id, ipv4Addr = null, ipv6Addr = null, auth = null } = checkObject(at, '', fields);
    this.id = checkDcId(at, 'id', id);
    this.ipv4Addr = checkAddress(at, 'ipv4Addr', ipv4Addr, 4);
    this.ipv6Addr = checkAddress(at, 'ipv6Addr', ipv6Addr, 6);
    this.#auth = checkAuthKey(at, 'auth', auth);
    Object.defineProperty(this, 'auth', DataCenter.#authField);
  }

  /** The id of the key (16 hexadecimal digits, see {@link authKeyId}), or null. */
  get authKeyId(): string | null {
    return this.auth instanceof Uint8Array ? authKeyId(this.auth) : null;
  }

  /** A copy with some fields changed; a field that is undefined stays as it is. */
  with(changes: Partial<DataCenterFields>): DataCenter {
    return new DataCenter(changed(this, changes));
  }

  /** Whether all fields are the same. */
  equals(other: DataCenter): boolean {
    return (
      this.id === other.id &&
      this.ipv4Addr === other.ipv4Addr &&
      this.ipv6Addr === other.ipv6Addr &&
      sameAuthKey(this.auth, other.auth)
    );
  }

  toString(): string {
    const key = this.authKeyId;
    const parts = [`${this.id}`, this.ipv4Addr, this.ipv6Addr, key === null ? 'no key' : `auth key ${key}`];
    return `DataCenter(${parts.filter((part) => part !== null).join(', ')})`;
  }

  /** For people and logs: the id of the key stands for it. */
  toJSON(): { id: number; ipv4Addr: string | null; ipv6Addr: string | null; authKeyId: string | null } {
    return { id: this.id, ipv4Addr: this.ipv4Addr, ipv6Addr: this.ipv6Addr, authKeyId: this.authKeyId };
  }

  [INSPECT](): string {
    return this.toString();
  }
}

/** The fields of a {@link User}. */
export interface UserFields {
  /** Identifier of the user, 1 to 2^53 - 1. */
  id: number;
  /** Number of the user's home data centre. */
  dc: number;
  /** Whether the user is a bot. */
  bot: boolean;
  /** Main username without `@`, or null. */
  username?: string | null;
}

/** Information about the logged-in user. */
export class User {
  /** Identifier of the user. */
  id: number;
  /** Number of the user's home data centre, the one to connect to. */
  dc: number;
  /** Whether the user is a bot. */
  bot: boolean;
  /** Main username without `@`, or null. */
  username: string | null;

  /** @throws SessionError `INVALID_VALUE` */
  constructor(fields: UserFields, at: Place = 'User') {
    const { id, dc, bot, username = null } = checkObject(at, '', fields);
    this.id = checkId(at, 'id', id);
    this.dc = checkDcId(at, 'dc', dc);
    this.bot = checkBoolean(at, 'bot', bot);
    this.username = username === null ? null : checkText(at, 'username', username, MAX_USERNAME_LENGTH);
  }

  /** A copy with some fields changed; a field that is undefined stays as it is. */
  with(changes: Partial<UserFields>): User {
    return new User(changed(this, changes));
  }

  /** Whether all fields are the same. */
  equals(other: User): boolean {
    return (
      this.id === other.id &&
      this.dc === other.dc &&
      this.bot === other.bot &&
      this.username === other.username
    );
  }

  toString(): string {
    const name = this.username === null ? '' : `, @${this.username}`;
    return `User(${this.id}${name}, dc ${this.dc}${this.bot ? ', bot' : ''})`;
  }

  [INSPECT](): string {
    return this.toString();
  }
}

/** The fields of a {@link ChannelState}. */
export interface ChannelStateFields {
  /** Bare id of the channel, 1 to 2^53 - 1: positive, without the `-100` mark. */
  id: number;
  /** How far the channel's updates have been read, 0 to 2^53 - 1. */
  pts: number;
}

/** Update state of one channel. */
export class ChannelState {
  /** Bare id of the channel. */
  id: number;
  /** How far the channel's updates have been read. */
  pts: number;

  /** @throws SessionError `INVALID_VALUE` */
  constructor(fields: ChannelStateFields, at: Place = 'ChannelState') {
    const { id, pts } = checkObject(at, '', fields);
    this.id = checkId(at, 'id', id);
    this.pts = checkCounter(at, 'pts', pts);
  }

  /** A copy with some fields changed; a field that is undefined stays as it is. */
  with(changes: Partial<ChannelStateFields>): ChannelState {
    return new ChannelState(changed(this, changes));
  }

  /** Whether both fields are the same. */
  equals(other: ChannelState): boolean {
    return this.id === other.id && this.pts === other.pts;
  }

  toString(): string {
    return `ChannelState(${this.id}, pts ${this.pts})`;
  }

  [INSPECT](): string {
    return this.toString();
  }
}

/** The fields of an {@link UpdateState}. */
export interface UpdateStateFields {
  /** Count of private-chat and small-group events, 0 to 2^53 - 1. */
  pts: number;
  /** Count of secret-chat and bot events. */
  qts: number;
  /** Date of the newest update, in unix seconds. */
  date: number;
  /** Sequence number of the newest update. */
  seq: number;
  /** How far each channel has been read; no channel twice. */
  channels?: readonly ChannelStateFields[];
}

/** How far the update stream has been read. All zeros is a real state, and not the same as none. */
export class UpdateState {
  /** Count of private-chat and small-group events. */
  pts: number;
  /** Count of secret-chat and bot events. */
  qts: number;
  /** Date of the newest update, in unix seconds. */
  date: number;
  /** Sequence number of the newest update. */
  seq: number;
  /** How far each channel has been read. */
  channels: ChannelState[];

  /** @throws SessionError `INVALID_VALUE` */
  constructor(fields: UpdateStateFields, at: Place = 'UpdateState') {
    const { pts, qts, date, seq, channels = [] } = checkObject(at, '', fields);
    this.pts = checkCounter(at, 'pts', pts);
    this.qts = checkCounter(at, 'qts', qts);
    this.date = checkCounter(at, 'date', date);
    this.seq = checkCounter(at, 'seq', seq);
    this.channels = copyEach(at, 'channels', channels, (fields, where) => new ChannelState(fields, where));
  }

  /** A copy with some fields changed; a field that is undefined stays as it is. */
  with(changes: Partial<UpdateStateFields>): UpdateState {
    return new UpdateState(changed(this, changes));
  }

  /** Whether all fields are the same; the order of the channels does not matter. */
  equals(other: UpdateState): boolean {
    return (
      this.pts === other.pts &&
      this.qts === other.qts &&
      this.date === other.date &&
      this.seq === other.seq &&
      sameById(this.channels, other.channels)
    );
  }

  toString(): string {
    const { pts, qts, date, seq, channels } = this;
    return `UpdateState(pts ${pts}, qts ${qts}, date ${date}, seq ${seq}, ${channels.length} channels)`;
  }

  [INSPECT](): string {
    return this.toString();
  }
}

/** The fields of a {@link Session}. */
export interface SessionFields {
  /** Known data centres; none twice. Empty if left out. */
  dcs?: readonly DataCenterFields[];
  /** The logged-in user, or null. */
  user?: UserFields | null;
  /** How far updates have been read, or null. */
  state?: UpdateStateFields | null;
}

/** What a client needs to be, and to go on being, logged in. */
export class Session {
  /** Version of this model. It grows when fields are added. */
  static readonly VERSION = 1;

  /** Known data centres, with the keys shared with them. */
  dcs: DataCenter[];
  /** The logged-in user, or null. */
  user: User | null;
  /** How far updates have been read, or null. */
  state: UpdateState | null;

  /** Copies what it is given, so that nothing is shared with it. @throws SessionError `INVALID_VALUE` */
  constructor(fields: SessionFields = {}, at: Place = 'Session') {
    const { dcs = [], user = null, state = null } = checkObject(at, '', fields);
    this.dcs = copyEach(at, 'dcs', dcs, (dc, where) => new DataCenter(dc, where));
    this.user = user === null ? null : new User(user, `${at}.user`);
    this.state = state === null ? null : new UpdateState(state, `${at}.state`);
  }

  /** A copy with some fields changed; a field that is undefined stays as it is. */
  with(changes: SessionFields): Session {
    return new Session(changed(this, changes));
  }

  /** Whether all fields are the same; the order of data centres and channels does not matter. */
  equals(other: Session): boolean {
    return (
      sameById(this.dcs, other.dcs) &&
      sameOrNull(this.user, other.user) &&
      sameOrNull(this.state, other.state)
    );
  }

  toString(): string {
    return `Session(dcs [${this.dcs.join(', ')}], user ${this.user}, state ${this.state})`;
  }

  [INSPECT](): string {
    return this.toString();
  }
}

/** A value with changes on top. Undefined changes nothing: a value that happens to be missing must not erase one. */
function changed<T extends object>(value: T, changes: object): T {
  const given = Object.entries(checkObject('changes', '', changes)).filter(([, to]) => to !== undefined);
  return { ...value, ...Object.fromEntries(given) };
}

/** Copies a list of values with ids, each checked, no id twice. */
function copyEach<F extends { id: number }, T extends { id: number }>(
  at: Place,
  name: string,
  list: readonly F[],
  copy: (fields: F, at: Place) => T,
): T[] {
  if (!Array.isArray(list)) return refuse(at, name, 'a list', list);
  // One place serves every item: there may be thousands, and only an error needs the text.
  const place = { i: 0, toString: () => `${at}.${name}[${place.i}]` };
  const items: T[] = [];
  let seen: Set<number> | undefined;
  let last = 0;
  for (let i = 0; i < list.length; i++) {
    place.i = i;
    const item = copy(list[i]!, place);
    // Ids that only grow, as storages give them, cannot repeat; the set is for any other order.
    if (seen === undefined && item.id <= last) seen = new Set(items.map((earlier) => earlier.id));
    if (seen?.has(item.id)) refuse(place, 'id', 'unique', item.id, `${item.id} a second time`);
    seen?.add(item.id);
    last = item.id;
    items.push(item);
  }
  return items;
}

function sameOrNull<T extends { equals(other: T): boolean }>(a: T | null, b: T | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}

function sameById<T extends { id: number; equals(other: T): boolean }>(
  a: readonly T[],
  b: readonly T[],
): boolean {
  if (a.length !== b.length) return false;
  let others: Map<number, T> | undefined;
  return a.every((item, i) => {
    const sameOrder = b[i]!;
    if (sameOrder.id === item.id) return item.equals(sameOrder);
    others ??= new Map(b.map((other) => [other.id, other]));
    const other = others.get(item.id);
    return other !== undefined && item.equals(other);
  });
}
