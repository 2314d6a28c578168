/** What has happened in one box of updates: events that each move `pts` on, and the part of them that one missed. */

import type { TlObject } from './tl-object.ts';

/** Something that happened, with the people and channels that it is about. */
export interface Event {
  readonly update: TlObject;
  readonly users: readonly TlObject[];
  readonly chats: readonly TlObject[];
}

interface Placed extends Event {
  /** `pts` after the event. */
  readonly pts: number;
}

/** What followed after some `pts`. */
export interface Missed {
  readonly events: readonly Event[];
  /** `pts` after the last of them. */
  readonly pts: number;
  /** Whether that is all. */
  readonly final: boolean;
}

/** A box of updates. */
export class Timeline {
  #pts: number;
  #events: Placed[] = [];
  /** The `pts` from which on everything is still known. */
  #since: number;

  constructor(pts: number) {
    this.#pts = pts;
    this.#since = pts;
  }

  get pts(): number {
    return this.#pts;
  }

  /** Goes to a `pts` without telling how, and forgets what was before. */
  set pts(pts: number) {
    this.#pts = pts;
    this.forget();
  }

  /** Adds an event that counts as many; `update` makes it from the `pts` after it. */
  add(count: number, event: (pts: number) => Event): Event {
    this.#pts += count;
    const placed = { ...event(this.#pts), pts: this.#pts };
    this.#events.push(placed);
    return placed;
  }

  /** Forgets all events: who is not up to date has missed too much. */
  forget(): void {
    this.#events = [];
    this.#since = this.#pts;
  }

  /** At most `limit` events after a `pts`, or null if they are not known any more. */
  after(pts: number, limit: number): Missed | null {
    if (pts < this.#since) return null;
    const missed = this.#events.filter((event) => event.pts > pts);
    const events = missed.slice(0, limit);
    const final = events.length === missed.length;
    return { events, pts: final ? this.#pts : events.at(-1)!.pts, final };
  }
}

const NEW_MESSAGES = new Set(['updateNewMessage', 'updateNewChannelMessage']);

/** The fields that all answers with a difference have. */
export function differenceFields(events: readonly Event[]) {
  const updates = events.map(({ update }) => update);
  return {
    newMessages: updates.filter(({ _ }) => NEW_MESSAGES.has(_)).map(({ message }) => message),
    otherUpdates: updates.filter(({ _ }) => !NEW_MESSAGES.has(_)),
    users: uniqueById(events.flatMap(({ users }) => users)),
    chats: uniqueById(events.flatMap(({ chats }) => chats)),
  };
}

/** An event as clients are told of it while they are connected. */
export function updatesObject({ update, users, chats }: Event, date: number): TlObject {
  return {
    _: 'updates',
    updates: [update],
    users: uniqueById(users),
    chats: uniqueById(chats),
    date,
    seq: 0,
  };
}

function uniqueById(objects: readonly TlObject[]): TlObject[] {
  return [...new Map(objects.map((object) => [object.id, object])).values()];
}
