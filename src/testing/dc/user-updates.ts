/** The updates of one user: private chats, small groups and everything else that has no `pts` of its own. */

import { type Account, userObject } from './accounts.ts';
import { differenceFields, type Event, Timeline, updatesObject } from './timeline.ts';
import type { TlObject } from './tl-object.ts';

/** Where the updates of a user stand. */
export interface UpdateCounters {
  pts: number;
  qts: number;
  /** Unix time in seconds. */
  date: number;
  seq: number;
}

/** A message that arrives. */
export interface IncomingMessage {
  /** The text. */
  text: string;
  /** Id of the account that sends it. Default 777000, the service account of Telegram. */
  from?: number;
  /** Unix time in seconds. Default now. */
  date?: number;
}

/** How something is told to clients. */
export interface PushOptions {
  /**
   * Whether clients that are connected are told at once. Default true. False is as if they had been offline: they
   * learn of it by `getDifference` only.
   */
  deliver?: boolean;
}

/** How an update of any kind is told. */
export interface UpdateOptions extends PushOptions {
  /** By how much it moves `pts`; with more than 0 its fields `pts` and `ptsCount` are filled in. Default 0. */
  ptsCount?: number;
  /** Whether it moves `qts` by one; its field `qts` is filled in. Default false. */
  qts?: boolean;
  /** The users that it is about, for the client to know. */
  users?: readonly TlObject[];
  /** The chats that it is about. */
  chats?: readonly TlObject[];
}

/** What the updates of a user need of the data centre. */
export interface Surroundings {
  account(id: number): Account | undefined;
  deliver(user: number, updates: TlObject): void;
}

/** The service account that Telegram speaks through. */
export const SERVICE_ACCOUNT = 777_000;

/** Events in one answer to `getDifference`, as Telegram does it. */
const SLICE = 100;

/** The updates of a user, to be scripted by a test. */
export class UserUpdates {
  /** Id of the user. */
  readonly id: number;
  /** How many events one answer to `updates.getDifference` holds at most; what is more comes in slices. Default 100. */
  sliceSize: number = SLICE;

  readonly #around: Surroundings;
  readonly #timeline = new Timeline(1);
  #qts = 0;
  #date = Math.floor(Date.now() / 1000);
  #seq = 1;
  #lastMessage = 0;
  /** What moved `qts`, which no `pts` finds again. */
  #counted: { qts: number; event: Event }[] = [];

  constructor(id: number, around: Surroundings) {
    this.id = id;
    this.#around = around;
  }

  /** Where the updates stand. Assigned, it jumps there, and what was before is not known any more. */
  get state(): UpdateCounters {
    return { pts: this.#timeline.pts, qts: this.#qts, date: this.#date, seq: this.#seq };
  }

  set state({ pts, qts, date, seq }: UpdateCounters) {
    this.#timeline.pts = pts;
    [this.#qts, this.#date, this.#seq] = [qts, date, seq];
    this.#counted = [];
  }

  /** Lets a private message arrive. Gives its id. */
  pushMessage(
    { text, from = SERVICE_ACCOUNT, date = now() }: IncomingMessage,
    options?: PushOptions,
  ): number {
    const peerId = { _: 'peerUser', userId: from };
    return this.#message({ peerId, date, message: text }, from, options);
  }

  /** Notes a message that the user sent to another. Gives its id and the event. */
  sent(to: number, text: string, date: number): { id: number; event: Event } {
    const id = ++this.#lastMessage;
    const message = {
      _: 'message',
      out: true,
      id,
      fromId: { _: 'peerUser', userId: this.id },
      peerId: { _: 'peerUser', userId: to },
      date,
      message: text,
    };
    return { id, event: this.#add({ _: 'updateNewMessage', message }, 1, this.#people(to)) };
  }

  #message(fields: object, from: number, options: PushOptions = {}): number {
    const id = ++this.#lastMessage;
    const message = { _: 'message', id, ...fields } as TlObject;
    this.push({ _: 'updateNewMessage', message }, { ...options, ptsCount: 1, users: this.#people(from) });
    return id;
  }

  /** Lets any update happen. */
  push(
    update: TlObject,
    { deliver = true, ptsCount = 0, qts = false, users = [], chats = [] }: UpdateOptions = {},
  ): void {
    const event = this.#add(qts ? { ...update, qts: ++this.#qts } : update, ptsCount, users, chats);
    if (qts) this.#counted.push({ qts: this.#qts, event });
    if (deliver) this.#around.deliver(this.id, updatesObject(event, this.#date));
  }

  /** Forgets what has happened: a client that is not up to date is told that it missed too much. */
  forget(): void {
    this.#timeline.forget();
    this.#counted = [];
  }

  /** The answer to `updates.getState`. */
  stateObject(at: Partial<UpdateCounters> = {}): TlObject {
    return { _: 'updates.state', ...this.state, ...at, unreadCount: 0 };
  }

  /** The answer to `updates.getDifference`, with what else is to be told. */
  difference(pts: number, qts: number, more: readonly Event[] = []): TlObject {
    const missed = this.#timeline.after(pts, this.sliceSize);
    if (missed === null) return { _: 'updates.differenceTooLong', pts: this.#timeline.pts };
    const counted = this.#counted.filter((each) => each.qts > qts).map(({ event }) => event);
    const events = [...new Set([...missed.events, ...counted, ...(missed.final ? more : [])])];
    if (events.length === 0) return { _: 'updates.differenceEmpty', date: this.#date, seq: this.#seq };
    const state = this.stateObject({ pts: missed.pts });
    const fields = { ...differenceFields(events), newEncryptedMessages: [] };
    return missed.final
      ? { _: 'updates.difference', ...fields, state }
      : { _: 'updates.differenceSlice', ...fields, intermediateState: state };
  }

  #add(
    update: TlObject,
    ptsCount: number,
    users: readonly TlObject[],
    chats: readonly TlObject[] = [],
  ): Event {
    this.#date = Math.max(this.#date, now());
    return this.#timeline.add(ptsCount, (pts) => ({
      update: ptsCount > 0 ? { ...update, pts, ptsCount } : update,
      users,
      chats,
    }));
  }

  /** The user and another, as the user sees them. */
  #people(other: number): TlObject[] {
    const ids = [...new Set([this.id, other])];
    return ids.flatMap((id) => {
      const account = this.#around.account(id);
      return account === undefined ? [] : [userObject(account, id === this.id)];
    });
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
