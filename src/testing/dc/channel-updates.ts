/** A channel or supergroup, which counts its updates itself. */

import { differenceFields, type Event, Timeline, updatesObject } from './timeline.ts';
import type { TlObject } from './tl-object.ts';
import type { PushOptions } from './user-updates.ts';

/** What a channel is made of. */
export interface ChannelFields {
  /** Bare id of the channel, without -100 in front. */
  id: number;
  title?: string;
  /** Ids of the users that are in it. */
  members: readonly number[];
  /** Where its updates stand. Default 1. */
  pts?: number;
  /** Whether all may write (a supergroup). Default false. */
  megagroup?: boolean;
}

/** A post. */
export interface ChannelPost {
  /** The text. */
  text: string;
  /** Unix time in seconds. Default now. */
  date?: number;
}

/** Tells the clients of a user, all connections but one. */
type Deliver = (user: number, updates: TlObject, except?: number) => void;

/** A channel, to be scripted by a test. */
export class ChannelUpdates {
  /** Bare id of the channel. */
  readonly id: number;
  /** Ids of the users that are in it. */
  readonly members: Set<number>;

  readonly #title: string;
  readonly #megagroup: boolean;
  readonly #timeline: Timeline;
  readonly #deliver: Deliver;
  readonly #date = Math.floor(Date.now() / 1000);
  #lastMessage = 0;
  #lastEvent = 0;

  constructor(
    { id, title = 'Channel', members, pts = 1, megagroup = false }: ChannelFields,
    deliver: Deliver,
  ) {
    this.id = id;
    this.members = new Set(members);
    this.#title = title;
    this.#megagroup = megagroup;
    this.#timeline = new Timeline(pts);
    this.#deliver = deliver;
  }

  /** Where its updates stand. Assigned, it jumps there, and what was before is not known any more. */
  get pts(): number {
    return this.#timeline.pts;
  }

  set pts(pts: number) {
    this.#timeline.pts = pts;
  }

  /** Posts a message. Gives its id. */
  pushMessage({ text, date = Math.floor(Date.now() / 1000) }: ChannelPost, options?: PushOptions): number {
    const message = this.#message(text, date);
    this.push({ _: 'updateNewChannelMessage', message }, options);
    return message.id;
  }

  /** Lets any update happen that moves `pts` by one; its fields `pts` and `ptsCount` are filled in. */
  push(update: TlObject, { deliver = true }: PushOptions = {}): void {
    const event = this.#add(update);
    if (deliver) this.#tell(event);
  }

  /** Notes a message that a member sent, and tells all but the connection that it came from. */
  posted(text: string, from: number, connection: number): { id: number; event: Event; date: number } {
    const date = Math.floor(Date.now() / 1000);
    const fromId = { _: 'peerUser', userId: from };
    const message = { ...this.#message(text, date), ...(this.#megagroup ? { fromId } : {}) };
    const event = this.#add({ _: 'updateNewChannelMessage', message });
    this.#tell(event, connection);
    return { id: message.id, event, date };
  }

  #message(text: string, date: number) {
    const peerId = { _: 'peerChannel', channelId: this.id };
    return { _: 'message', id: ++this.#lastMessage, post: !this.#megagroup, peerId, date, message: text };
  }

  #add(update: TlObject): Event {
    this.#lastEvent = Math.floor(Date.now() / 1000);
    return this.#timeline.add(1, (pts) => ({
      update: { ...update, pts, ptsCount: 1 },
      users: [],
      chats: [this.object()],
    }));
  }

  #tell(event: Event, except?: number): void {
    const updates = updatesObject(event, Math.floor(Date.now() / 1000));
    for (const member of this.members) this.#deliver(member, updates, except);
  }

  /** Tells the members that something happened, and not what: they ask for the difference. */
  poke(): void {
    this.#tell(this.#tooLong());
  }

  /** That something happened since a date (unix time in seconds), and not what; null if nothing did. */
  changedSince(date: number): Event | null {
    return this.#lastEvent >= date ? this.#tooLong() : null;
  }

  #tooLong(): Event {
    const update = { _: 'updateChannelTooLong', channelId: this.id, pts: this.pts };
    return { update, users: [], chats: [this.object()] };
  }

  /** Forgets what has happened: a client that is not up to date is told that it missed too much. */
  forget(): void {
    this.#timeline.forget();
  }

  /** The channel as members see it. */
  object(): TlObject {
    return {
      _: 'channel',
      broadcast: !this.#megagroup,
      megagroup: this.#megagroup,
      id: this.id,
      accessHash: 0x6000000000000001n + BigInt(this.id),
      title: this.#title,
      photo: { _: 'chatPhotoEmpty' },
      date: this.#date,
    };
  }

  /** The answer to `updates.getChannelDifference`. */
  difference(pts: number, limit: number): TlObject {
    const missed = this.#timeline.after(pts, Math.max(1, limit));
    if (missed === null) return this.#wholeDialog();
    const { events, final } = missed;
    if (events.length === 0)
      return { _: 'updates.channelDifferenceEmpty', final: true, pts: this.pts, timeout: 30 };
    const fields = differenceFields(events);
    return { _: 'updates.channelDifference', final, pts: missed.pts, timeout: 30, ...fields };
  }

  #wholeDialog(): TlObject {
    const dialog = {
      _: 'dialog',
      peer: { _: 'peerChannel', channelId: this.id },
      topMessage: this.#lastMessage,
      readInboxMaxId: 0,
      readOutboxMaxId: 0,
      unreadCount: 0,
      unreadMentionsCount: 0,
      unreadReactionsCount: 0,
      unreadPollVotesCount: 0,
      notifySettings: { _: 'peerNotifySettings' },
      pts: this.pts,
    };
    return {
      _: 'updates.channelDifferenceTooLong',
      final: true,
      timeout: 30,
      dialog,
      messages: [],
      chats: [this.object()],
      users: [],
    };
  }
}
