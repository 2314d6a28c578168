/** The keys under which MTKruto keeps whom it has met. */

import { checkInteger, refuse } from '../../check.ts';
import { fromMarkedId } from '../../peers.ts';
import type { MtkrutoChat, MtkrutoPeer } from './chats.ts';
import type { MtkrutoKey } from './interface.ts';
import type { MetPeers, Named, NameKind } from './met-peers.ts';
import type { Part } from './routed-store.ts';

/**
 * The keys `["peers", marked id]`.
 *
 * @param onSelf hears of the account itself, each time that it is met
 */
export function peersPart(peers: MetPeers, onSelf: (chat: MtkrutoChat) => void): Part {
  return {
    has: (key) => key.length === 2 && typeof key[1] === 'number' && fromMarkedId(key[1]) !== null,
    get: ([, id]) => peers.chat(id as number),
    set([, id], value) {
      const peer = value === null ? null : checkPair('peers', value);
      peers.setChat(id as number, peer as MtkrutoPeer | null);
      const chat = peer?.[0] as MtkrutoChat | undefined;
      if (chat?.isSelf === true && chat.id === id) onSelf(chat);
    },
    async *keys(): AsyncGenerator<MtkrutoKey> {
      for await (const id of peers.ids()) yield ['peers', id];
    },
  };
}

/** The keys `["usernames", name]` or `["phoneNumbers", phone]`. */
export function namesPart(peers: MetPeers, name: 'usernames' | 'phoneNumbers', kind: NameKind): Part {
  return {
    has: (key) => key.length === 2 && typeof key[1] === 'string',
    get: ([, each]) => peers.named(kind, each as string),
    set([, each], value) {
      peers.setNamed(kind, each as string, value === null ? null : checkNamed(name, value));
    },
    async *keys(): AsyncGenerator<MtkrutoKey> {
      for await (const each of peers.names(kind)) yield [name, each];
    },
  };
}

function checkPair(name: string, value: unknown): unknown[] {
  return Array.isArray(value) && value.length === 2 ? value : refuse(name, '', 'a list of two', value);
}

function checkNamed(name: string, value: unknown): Named {
  const [id, date] = checkPair(name, value);
  if (!(date instanceof Date) || !(date.getTime() >= 0)) return refuse(name, 'date', 'a date', date);
  const marked = checkInteger(name, 'id', id, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return fromMarkedId(marked) === null ? refuse(name, 'id', 'the marked id of a peer', id) : [marked, date];
}
