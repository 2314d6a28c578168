/** {@link KeyValues}: what a client of mtcute keeps by name, and what of it is the session. */

import { refuse } from '../../check.ts';
import { ByteReader } from '../../formats/bytes.ts';
import { isTestServer, usualAddress } from '../../formats/data-centers.ts';
import { readCurrentUser, writeCurrentUser } from '../../formats/mtcute/current-user.ts';
import { readDcOption, writeDcOption } from '../../formats/mtcute/dc.ts';
import { TlWriter } from '../../formats/tl.ts';
import { ChannelState, UpdateState } from '../../session.ts';
import { dataCenterOf, type LiveSession } from '../live-session.ts';
import type { AuthKeys } from './auth-keys.ts';
import type { MtcuteKeyValues } from './provider.ts';

const MAIN = 'dc_main';
const USER = 'current_user';
const STATE = ['updates_pts', 'updates_qts', 'updates_date', 'updates_seq'] as const;
const CHANNEL = 'updates_channel:';

/** The data centre that mtcute begins with where it is told none. */
const DEFAULT_DC = 2;
const MAX_INT32 = 2 ** 31 - 1;

/** What the values need to know, and whom they tell. */
export interface ValueOptions {
  /** Whether the client was made for the test servers; undefined where the addresses have to tell. */
  testMode: boolean | undefined;
  /** Called when what the client met so far was met by another user. */
  onOtherUser(): void;
}

/**
 * All values are as the client left them, in memory. Those that are a part of a session are put in it by `commit()`, when
 * the client saves: `dc_main`, `current_user`, `updates_…`. The others (salts, `dc_media`) are made anew after a restart.
 */
export class KeyValues implements MtcuteKeyValues {
  readonly #live: LiveSession;
  readonly #keys: () => AuthKeys;
  readonly #options: ValueOptions;
  readonly #values = new Map<string, Uint8Array>();
  #changed = new Set<string>();
  /** The user that the values belong to, also after its login was over. */
  #userId: number | null = null;
  #isLoggedOut = false;
  #places: { state: UpdateState; at: Map<number, ChannelState> } | null = null;

  constructor(live: LiveSession, keys: () => AuthKeys, options: ValueOptions) {
    this.#live = live;
    this.#keys = keys;
    this.#options = options;
  }

  /** The main data centre that the client was told, or null. */
  get mainDc(): number | null {
    return this.#values.get(MAIN)?.[1] ?? null;
  }

  /** Takes over what was loaded. */
  fill(): void {
    this.clear();
    const { user, state } = this.#live.session;
    this.#fillMain();
    if (user !== null) {
      this.#userId = user.id;
      const usernames = user.username === null ? [] : [user.username];
      this.#values.set(USER, writeCurrentUser({ id: user.id, bot: user.bot, isPremium: false, usernames }));
    }
    if (state === null) return;
    const { pts, qts, date, seq, channels } = state;
    // What mtcute cannot count, as no server does, it has to ask for.
    if ([pts, qts, date, seq].some((value) => value > MAX_INT32)) return;
    for (const [i, value] of [pts, qts, date, seq].entries()) this.#values.set(STATE[i]!, toInt(value));
    for (const each of channels) {
      if (each.pts <= MAX_INT32) this.#values.set(`${CHANNEL}${each.id}`, toInt(each.pts));
    }
  }

  /** Forgets everything, once the session is closed. */
  clear(): void {
    this.#values.clear();
    this.#changed.clear();
    this.#userId = null;
    this.#isLoggedOut = false;
    this.#places = null;
  }

  set(key: string, value: Uint8Array): void {
    this.#values.set(key, new Uint8Array(value));
    this.#changed.add(key);
  }

  get(key: string): Uint8Array | null {
    return this.#values.get(key)?.slice() ?? null;
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#changed.add(key);
  }

  deleteAll(): void {
    for (const key of [...this.#values.keys()]) this.delete(key);
  }

  /**
   * Puts what changed in the session.
   *
   * @returns whether a login or a logout is among it
   * @throws SessionError `INVALID_VALUE` for a value that cannot be read; the others are put all the same
   */
  commit(): boolean {
    const changed = this.#changed;
    if (changed.size === 0) return false;
    this.#changed = new Set();
    const errors: unknown[] = [];
    const attempt = (step: () => void) => {
      try {
        step();
      } catch (error) {
        errors.push(error);
      }
    };
    // The user comes first: if it is another one, the session before is kept aside as it was.
    if (changed.has(USER)) attempt(() => this.#commitUser());
    if (changed.has(MAIN)) attempt(() => this.#commitMain());
    if ([...changed].some((key) => key.startsWith('updates_'))) attempt(() => this.#commitState(changed));
    if (errors.length > 0) throw errors[0];
    return changed.has(USER);
  }

  /** Which data centre the client begins with, where that is not the one that it has of its own. */
  #fillMain(): void {
    const { user, dcs } = this.#live.session;
    const withKey = dcs.filter(({ auth }) => auth !== null);
    const id = user?.dc ?? (withKey.length === 1 ? withKey[0]!.id : null);
    if (id === null) return;
    const dc = dcs.find((each) => each.id === id);
    const test = this.#options.testMode ?? (dc && isTestServer(dc)) ?? false;
    const known = dc?.ipv4Addr != null || dc?.ipv6Addr != null;
    if (!known && id === DEFAULT_DC) return;
    const ipv4Addr = known ? dc!.ipv4Addr : usualAddress(id, test, 4);
    const option = writeDcOption(
      MAIN,
      { id, ipv4Addr, ipv6Addr: dc?.ipv6Addr ?? null, mediaOnly: false },
      test,
    );
    if (option !== null) this.#values.set(MAIN, option);
  }

  #commitMain(): void {
    const value = this.#values.get(MAIN);
    if (value === undefined) return;
    const { id, ipv4Addr, ipv6Addr } = readDcOption(new ByteReader(value, MAIN));
    this.#live.change((session) => {
      const dc = dataCenterOf(session, id);
      // The other family's address is as good as before.
      if (ipv4Addr !== null) dc.ipv4Addr = ipv4Addr;
      if (ipv6Addr !== null) dc.ipv6Addr = ipv6Addr;
      if (session.user !== null) session.user.dc = id;
    });
  }

  #commitUser(): void {
    const value = this.#values.get(USER);
    if (value === undefined) {
      // Forgotten, but not logged out.
      this.#live.change((session) => {
        session.user = null;
      });
      return;
    }
    const user = readCurrentUser(new ByteReader(value, USER));
    if (user === null) {
      this.#live.logOut();
      this.#forget(null);
      this.#isLoggedOut = true;
      return;
    }
    const { id, bot, usernames } = user;
    const isSame = this.#userId === id;
    if (!isSame) this.#forget(id);
    this.#isLoggedOut = false;
    const dc = this.#keys().main ?? DEFAULT_DC;
    this.#live.setUser({ id, bot, dc, username: usernames[0] ?? null });
    this.#keys().keepMain();
    // After a login with a new key the client goes on counting, and stores only what changes.
    if (isSame && this.#live.session.state === null) this.#commitState(new Set());
  }

  /**
   * How far channels were read is nothing to another user. The client asks for it when it needs it; of the other four it
   * has its own copy, and stores those that change. Whom the one has met is nothing to the other either.
   */
  #forget(userId: number | null): void {
    if (this.#userId !== null) this.#options.onOtherUser();
    this.#userId = userId;
    for (const key of [...this.#values.keys()]) if (key.startsWith(CHANNEL)) this.#values.delete(key);
  }

  /** mtcute stores one value after the other: it is a state once all four are there. */
  #commitState(changed: ReadonlySet<string>): void {
    // What the client still stores after a logout is the state of nobody.
    if (this.#isLoggedOut) return;
    const [pts, qts, date, seq] = STATE.map((key) => readUint(key, this.#values.get(key)));
    if (pts == null || qts == null || date == null || seq == null) {
      if (STATE.some((key) => changed.has(key) && !this.#values.has(key))) {
        this.#live.change((session) => {
          session.state = null;
        });
      }
      return;
    }
    this.#live.change((session) => {
      if (session.state === null) {
        const channels = [...this.#values].flatMap(([key, value]) => channelOf(key, value));
        session.state = new UpdateState({ pts, qts, date, seq, channels });
        return;
      }
      Object.assign(session.state, { pts, qts, date, seq });
      for (const key of changed) if (key.startsWith(CHANNEL)) this.#commitChannel(session.state, key);
    });
  }

  #commitChannel(state: UpdateState, key: string): void {
    if (this.#places?.state !== state) {
      this.#places = { state, at: new Map(state.channels.map((channel) => [channel.id, channel])) };
    }
    const { at } = this.#places;
    const value = this.#values.get(key);
    const [channel] = channelOf(key, value ?? toInt(0));
    const found = at.get(channel!.id);
    if (value === undefined) {
      state.channels = state.channels.filter(({ id }) => id !== channel!.id);
      at.delete(channel!.id);
    } else if (found !== undefined) found.pts = channel!.pts;
    else {
      state.channels.push(channel!);
      at.set(channel!.id, channel!);
    }
  }
}

function toInt(value: number): Uint8Array {
  return new TlWriter().int(value).done();
}

/** A number of 4 bytes; null where there is none. Dates after 2038 come as negative ones. */
function readUint(key: string, value: Uint8Array | undefined): number | null {
  if (value === undefined) return null;
  const reader = new ByteReader(value, key);
  const number = reader.u32le('');
  reader.end();
  return number;
}

/** The channel that a value is about, in a list; none for another value. @throws SessionError `INVALID_VALUE` */
function channelOf(key: string, value: Uint8Array): ChannelState[] {
  if (!key.startsWith(CHANNEL)) return [];
  const digits = key.slice(CHANNEL.length);
  if (!/^[1-9]\d{0,15}$/.test(digits)) refuse(CHANNEL, 'id', 'a bare channel id', digits);
  return [new ChannelState({ id: Number(digits), pts: readUint(key, value)! }, key)];
}
