/** {@link References}: in which messages peers were met, in memory. A cache: without it mtcute asks the server. */

import type { MtcuteReferences } from './provider.ts';

/** How many peers are kept at most, and how many messages for each. */
const MAX_PEERS = 10_000;
const MAX_MESSAGES = 8;

type Message = [chatId: number, msgId: number];

/** The newest messages of the peers that were met last. */
export class References implements MtcuteReferences {
  /** By peer, the one met last at the end; its messages in the order in which they came. */
  readonly #messages = new Map<number, Message[]>();
  /** Which peers were met in a chat, so that a deletion there looks at no others. */
  readonly #peers = new Map<number, Set<number>>();

  store(peerId: number, chatId: number, msgId: number): void {
    const before = this.#messages.get(peerId) ?? [];
    const others = before.filter((message) => message[0] !== chatId || message[1] !== msgId);
    this.#set(peerId, [...others, [chatId, msgId] as Message].slice(-MAX_MESSAGES));
    if (this.#messages.size > MAX_PEERS) this.#set(this.#messages.keys().next().value!, []);
  }

  getByPeer(peerId: number): Message | null {
    const last = this.#messages.get(peerId)?.at(-1);
    return last === undefined ? null : [...last];
  }

  delete(chatId: number, msgIds: number[]): void {
    const gone = new Set(msgIds);
    for (const peerId of [...(this.#peers.get(chatId) ?? [])]) {
      const left = this.#messages.get(peerId)!.filter(([chat, msg]) => chat !== chatId || !gone.has(msg));
      this.#set(peerId, left);
    }
  }

  deleteByPeer(peerId: number): void {
    this.#set(peerId, []);
  }

  deleteAll(): void {
    this.#messages.clear();
    this.#peers.clear();
  }

  #set(peerId: number, messages: Message[]): void {
    for (const [chatId] of this.#messages.get(peerId) ?? []) {
      const peers = this.#peers.get(chatId);
      peers?.delete(peerId);
      if (peers?.size === 0) this.#peers.delete(chatId);
    }
    this.#messages.delete(peerId);
    if (messages.length === 0) return;
    this.#messages.set(peerId, messages);
    for (const [chatId] of messages) {
      const peers = this.#peers.get(chatId);
      if (peers === undefined) this.#peers.set(chatId, new Set([peerId]));
      else peers.add(peerId);
    }
  }
}
