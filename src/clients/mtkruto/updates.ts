/** How far updates were read, as MTKruto has it: the account in one record, each channel in one of its own. */

import { checkCounter, checkId, checkObject, refuse } from '../../check.ts';
import { readStateFields } from '../../formats/mtkruto/state-fields.ts';
import type { Value } from '../../formats/mtkruto/value.ts';
import { ChannelState, type Session, UpdateState } from '../../session.ts';
import type { LiveSession } from '../live-session.ts';
import { openSession } from './auth.ts';
import type { MtkrutoKey } from './interface.ts';
import type { Part } from './routed-store.ts';

/** The value of the key `["updates.state"]`: the object of the API. */
export interface MtkrutoState {
  _: 'updates.state';
  pts: number;
  qts: number;
  date: number;
  seq: number;
  unread_count: number;
}

/** The key `["updates.state"]`. It is saved behind. */
export class StatePart implements Part {
  readonly #live: LiveSession;
  readonly #channels: ChannelsPart;
  /** Of no use to MTKruto, but part of what it gave. */
  #unreadCount = 0;

  constructor(live: LiveSession, channels: ChannelsPart) {
    this.#live = live;
    this.#channels = channels;
  }

  has(key: MtkrutoKey): boolean {
    return key.length === 1;
  }

  get(): MtkrutoState | null {
    const { state } = openSession(this.#live);
    if (state === null) return null;
    const { pts, qts, date, seq } = state;
    return { _: 'updates.state', pts, qts, date, seq, unread_count: this.#unreadCount };
  }

  /** Takes the object, or what other storages of MTKruto make of it. @throws SessionError `INVALID_VALUE` */
  set(_key: MtkrutoKey, value: unknown): void {
    if (value === null) {
      this.#live.change((session) => {
        this.#channels.wait(session.state?.channels ?? []);
        session.state = null;
      });
      return;
    }
    const isBytes = Array.isArray(value) || value instanceof Uint8Array;
    const given = isBytes
      ? readStateFields(value as Value)
      : (checkObject('updates.state', '', value) as MtkrutoState);
    const { pts, qts, date, seq } = new UpdateState({ ...given, channels: [] }, 'updates.state');
    const count = 'unread_count' in given ? given.unread_count : 0;
    this.#unreadCount = typeof count === 'number' ? count : 0;
    this.#live.change((session) => {
      if (session.state === null)
        session.state = new UpdateState({ pts, qts, date, seq, channels: this.#channels.take() });
      else Object.assign(session.state, { pts, qts, date, seq });
    });
  }

  keys(): MtkrutoKey[] {
    return openSession(this.#live).state === null ? [] : [['updates.state']];
  }
}

/**
 * The keys `["channelPts", id]`, with bare ids as bigints. A session has channels only where it has a state: until then
 * they wait in memory.
 */
export class ChannelsPart implements Part {
  readonly #live: LiveSession;
  readonly #waiting = new Map<number, number>();

  constructor(live: LiveSession) {
    this.#live = live;
  }

  has(key: MtkrutoKey): boolean {
    return key.length === 2 && typeof key[1] === 'bigint';
  }

  get(key: MtkrutoKey): number | null {
    const id = Number(key[1]);
    const { state } = openSession(this.#live);
    if (state === null) return this.#waiting.get(id) ?? null;
    return state.channels.find((channel) => channel.id === id)?.pts ?? null;
  }

  /** @throws SessionError `INVALID_VALUE` */
  set(key: MtkrutoKey, value: unknown): void {
    const id = checkId('channelPts', 'id', numberOf(key[1]!));
    const pts = value === null ? null : checkCounter(`channelPts[${id}]`, 'pts', value);
    const { state } = openSession(this.#live);
    if (state !== null) this.#live.change((session) => setChannel(session, id, pts));
    else if (pts === null) this.#waiting.delete(id);
    else this.#waiting.set(id, pts);
  }

  *keys(): Generator<MtkrutoKey> {
    const { state } = openSession(this.#live);
    const ids = state === null ? this.#waiting.keys() : state.channels.map(({ id }) => id);
    for (const id of ids) yield ['channelPts', BigInt(id)];
  }

  /** Those that waited, for the state that is there now. */
  take(): { id: number; pts: number }[] {
    const channels = [...this.#waiting].map(([id, pts]) => ({ id, pts }));
    this.#waiting.clear();
    return channels;
  }

  /** Keeps channels whose state is gone. */
  wait(channels: readonly { id: number; pts: number }[]): void {
    for (const { id, pts } of channels) this.#waiting.set(id, pts);
  }

  /** Forgets those that wait: they were of another login. */
  clear(): void {
    this.#waiting.clear();
  }
}

/** Numbers that would be rounded are none. */
function numberOf(part: unknown): unknown {
  const number = Number(part);
  return Number.isSafeInteger(number) ? number : refuse('channelPts', 'id', 'an id below 2^53', part);
}

function setChannel({ state }: Session, id: number, pts: number | null): void {
  const index = state!.channels.findIndex((channel) => channel.id === id);
  if (pts === null) {
    if (index >= 0) state!.channels.splice(index, 1);
  } else if (index >= 0) state!.channels[index]!.pts = pts;
  else state!.channels.push(new ChannelState({ id, pts }));
}
