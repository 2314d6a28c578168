/** Sending text, so that a bot under test can answer. */

import { RpcError } from '../rpc-error.ts';
import { accountOf, type Call, type Method } from '../state.ts';
import { updatesObject } from '../timeline.ts';
import type { TlAnswer, TlObject } from '../tl-object.ts';
import { updatesOf } from './updates.ts';
import { accountFor } from './users.ts';

/** The methods, by name. */
export const messagesMethods: Readonly<Record<string, Method>> = {
  'messages.sendMessage': (request, call) => {
    const peer = request.peer as TlObject;
    return peer._ === 'inputPeerChannel' ? post(request, peer, call) : send(request, peer, call);
  },
};

function send({ message, randomId }: TlObject, peer: TlObject, call: Call): TlAnswer {
  const sender = updatesOf(call);
  const receiver = accountFor(peer, call);
  if (receiver === undefined) throw new RpcError(400, 'PEER_ID_INVALID');
  const date = Math.floor(Date.now() / 1000);
  const { id, event } = sender.sent(receiver.id, String(message), date);
  const updates = updatesObject(event, date);
  call.state.deliver(sender.id, updates, call.connection);
  if (receiver.id === sender.id) return withMessageId(updates, id, randomId);
  for (const { updates: boxes } of call.state.network.values()) {
    boxes.get(receiver.id)?.pushMessage({ text: String(message), from: sender.id, date });
  }
  // As Telegram answers for text to another person; a client does not take it for a message that arrived.
  const { pts, ptsCount } = event.update;
  return { _: 'updateShortSentMessage', out: true, id, pts, ptsCount, date };
}

function post({ message, randomId }: TlObject, { channelId }: TlObject, call: Call): TlAnswer {
  const { id: user } = accountOf(call);
  const channel = call.state.channels.get(Number(channelId));
  if (channel === undefined || !channel.members.has(user)) throw new RpcError(400, 'CHANNEL_INVALID');
  const { id, event, date } = channel.posted(String(message), user, call.connection);
  return withMessageId(updatesObject(event, date), id, randomId);
}

/** What tells the sender which id its message got. */
function withMessageId(updates: TlObject, id: number, randomId: unknown): TlObject {
  const named = { _: 'updateMessageID', id, randomId };
  return { ...updates, updates: [named, ...(updates.updates as TlObject[])] };
}
