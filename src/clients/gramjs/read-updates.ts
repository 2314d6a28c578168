/** {@link ReadUpdates}: how far GramJS has read the updates, which it does not count itself. */

import { ChannelState, UpdateState, type UpdateStateFields } from '../../session.ts';
import type { LiveSession } from '../live-session.ts';
import { type Answer, isObject } from './interface.ts';

/** How many updates that came too early wait for those before them. */
const MAX_EARLY = 100;

/** An update that moves a counter: to which value, and by how much. */
interface Step {
  pts: number;
  count: number;
}

/**
 * GramJS takes updates as they come, and asks for none that it missed. The state is moved by those that follow each other
 * without a hole, and stays in front of a hole: so whoever goes on with the session, and can ask, misses nothing.
 */
export class ReadUpdates {
  readonly #live: LiveSession;
  #early: Step[] = [];

  constructor(live: LiveSession) {
    this.#live = live;
  }

  /** Forgets what waits: it was of another login. */
  clear(): void {
    this.#early = [];
  }

  /** Looks at what the server sent. */
  hear(answer: unknown): void {
    if (!isObject(answer)) return;
    const { state } = this.#live.session;
    const { className } = answer;
    // Who has asked for what was missed has it now.
    if (className === 'updates.Difference') this.#set(answer.state, state);
    else if (className === 'updates.DifferenceSlice') this.#set(answer.intermediateState, state);
    else if (className === 'updates.State') this.#hearState(answer, state);
    else if (state !== null) this.#hearUpdates(answer, state);
  }

  /** Where the server is. If that is ahead there is something that was not read. */
  #hearState(now: Answer, state: UpdateState | null): void {
    if (state === null || (state.pts === now.pts && state.qts === now.qts)) this.#set(now, state);
  }

  #set(now: unknown, before: UpdateState | null): void {
    if (!isObject(now)) return;
    const { pts, qts, date, seq } = now;
    const next = new UpdateState({
      pts,
      qts,
      date,
      seq,
      channels: before?.channels ?? [],
    } as UpdateStateFields);
    this.#early = [];
    this.#change(before, next);
  }

  #change(before: UpdateState | null, next: UpdateState): void {
    if (before?.equals(next)) return;
    this.#live.change((session) => {
      session.state = next;
    });
  }

  #hearUpdates(answer: Answer, state: UpdateState): void {
    const after = new UpdateState(state);
    const { className, updates, update, date, seq, seqStart } = answer;
    let isWhole = true;
    for (const each of [answer, update, ...(Array.isArray(updates) ? updates : [])]) {
      if (isObject(each) && !this.#take(after, each)) isWhole = false;
    }
    if ((className === 'Updates' || className === 'UpdatesCombined') && isCount(seq) && seq > 0) {
      if ((isCount(seqStart) ? seqStart : seq) === after.seq + 1) after.seq = seq;
    }
    if (isWhole && isCount(date) && String(className).startsWith('Update')) {
      after.date = Math.max(after.date, date);
    }
    this.#change(state, after);
  }

  /** Says whether it moved what it is about, or is about nothing that is counted. */
  #take(state: UpdateState, update: Answer): boolean {
    const { pts, ptsCount, qts, className } = update;
    if (isCount(qts) && className !== 'updates.State') {
      if (qts === state.qts + 1) state.qts = qts;
      return qts <= state.qts;
    }
    if (!isCount(pts) || !isCount(ptsCount)) return true;
    const step = { pts, count: ptsCount };
    const channel = channelOf(update);
    if (channel === null) return this.#move(state, step);
    const known = state.channels.find(({ id }) => id === channel);
    if (known === undefined) state.channels.push(new ChannelState({ id: channel, pts }));
    else if (follows(known.pts, step)) known.pts = pts;
    return true;
  }

  #move(state: UpdateState, step: Step): boolean {
    if (step.pts <= state.pts) return true;
    this.#early.push(step);
    const before = state.pts;
    for (let next = this.#next(state.pts); next !== undefined; next = this.#next(state.pts)) {
      state.pts = next.pts;
      this.#early = this.#early.filter(({ pts }) => pts > state.pts);
    }
    if (this.#early.length > MAX_EARLY) this.#early.shift();
    return state.pts > before;
  }

  #next(pts: number): Step | undefined {
    return this.#early.find((step) => follows(pts, step));
  }
}

function follows(pts: number, step: Step): boolean {
  return step.pts > pts && step.pts - step.count === pts;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The channel that an update is about, or null. */
function channelOf({ className, channelId, message }: Answer): number | null {
  if (!String(className).includes('Channel')) return null;
  const peer = isObject(message) ? message.peerId : undefined;
  const id = channelId ?? (isObject(peer) ? peer.channelId : undefined);
  return id == null ? null : Number(id);
}
