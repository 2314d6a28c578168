/** The update stream (core.telegram.org/api/updates). */

import { RpcError } from '../rpc-error.ts';
import { accountOf, type Call, type Method } from '../state.ts';
import type { TlObject } from '../tl-object.ts';
import type { UserUpdates } from '../user-updates.ts';

/** The methods, by name. */
export const updatesMethods: Readonly<Record<string, Method>> = {
  'updates.getState': (_, call) => updatesOf(call).stateObject(),

  'updates.getDifference': ({ pts, qts, date }, call) => {
    const updates = updatesOf(call);
    // Of channels it says only that there is something to ask for.
    const channels = [...call.state.channels.values()].filter(({ members }) => members.has(updates.id));
    const changed = channels.map((each) => each.changedSince(Number(date))).filter((each) => each !== null);
    return updates.difference(Number(pts), Number(qts), changed);
  },

  'updates.getChannelDifference': ({ channel, pts, limit }, call) => {
    const { id } = accountOf(call);
    const found = call.state.channels.get(Number((channel as TlObject).channelId));
    if (found === undefined) throw new RpcError(400, 'CHANNEL_INVALID');
    if (!found.members.has(id)) throw new RpcError(400, 'CHANNEL_PRIVATE');
    return found.difference(Number(pts), Number(limit));
  },

  'channels.getChannels': ({ id }, call) => {
    accountOf(call);
    const asked = (id as TlObject[]).map(({ channelId }) => call.state.channels.get(Number(channelId)));
    return {
      _: 'messages.chats',
      chats: asked.filter((each) => each !== undefined).map((each) => each.object()),
    };
  },
};

/** The updates of who calls. */
export function updatesOf(call: Call): UserUpdates {
  const { id } = accountOf(call);
  // A user who is logged in here and lives elsewhere gets no updates here, as with Telegram.
  const found = call.state.updates.get(id);
  if (found === undefined) throw new RpcError(401, 'AUTH_KEY_UNREGISTERED');
  return found;
}
