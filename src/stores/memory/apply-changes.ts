/** Makes the session that changes lead to. */

import type { SessionChanges } from '../../changes.ts';
import { Session, UpdateState } from '../../session.ts';

/** The session after changes. @param before what was there; null for nothing, or where nobody knows */
export function changedSession(before: Session | null, changes: SessionChanges): Session {
  const { dcsPut, dcsGone, user, state, channelsPut, channelsGone } = changes;
  const dcs = new Map(before?.dcs.map((dc) => [dc.id, dc]));
  for (const id of dcsGone) dcs.delete(id);
  for (const dc of dcsPut) dcs.set(dc.id, dc);
  const channels = new Map(before?.state?.channels.map((channel) => [channel.id, channel]));
  for (const id of channelsGone) channels.delete(id);
  for (const channel of channelsPut) channels.set(channel.id, channel);
  const counters = state === undefined ? (before?.state ?? null) : state;
  return new Session({
    dcs: [...dcs.values()],
    user: user === undefined ? (before?.user ?? null) : user,
    state: counters === null ? null : new UpdateState({ ...counters, channels: [...channels.values()] }),
  });
}
