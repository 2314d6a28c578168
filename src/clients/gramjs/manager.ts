/** How far teleproto has read the updates: its own count of them, from the session and back into it. */

import { ChannelState, UpdateState } from '../../session.ts';
import type { LiveSession } from '../live-session.ts';
import type { UpdateManager } from './interface.ts';

/** Tells teleproto where the session is. Without that it asks the server where it is now, and goes on from there. */
export function feedState(live: LiveSession, manager: UpdateManager): void {
  const { state } = live.session;
  if (state === null) return;
  const { pts, qts, date, seq, channels } = state;
  manager.refreshFromState({ pts, qts, date, seq });
  for (const channel of channels) manager.getOrCreateChannel?.(String(channel.id)).pts.init(channel.pts);
}

/**
 * Puts in the session where teleproto is. Where it knows nothing the session stays as it is.
 *
 * @throws SessionError `INVALID_VALUE` for what is no state
 */
export function collectState(live: LiveSession, manager: UpdateManager): void {
  if (manager.state === undefined) return;
  const { state } = live.session;
  const { pts, qts, date, seq } = manager.state;
  const channels = new Map(state?.channels.map((channel) => [channel.id, channel.pts]));
  let isOther = state === null || state.pts !== pts || state.qts !== qts;
  isOther ||= state?.date !== date || state?.seq !== seq;
  for (const [text, tracker] of manager.channels ?? []) {
    const id = Number(text);
    if (!tracker.pts.inited() || channels.get(id) === tracker.pts.current()) continue;
    channels.set(id, tracker.pts.current());
    isOther = true;
  }
  if (!isOther) return;
  const next = new UpdateState({
    pts,
    qts,
    date,
    seq,
    channels: [...channels].map(([id, channelPts]) => new ChannelState({ id, pts: channelPts })),
  });
  live.change((session) => {
    session.state = next;
  });
}
