/** How the clients look for whom they have met: rows of the package's own session, from our peers. */

import { type Peer, toMarkedId } from '../../peers.ts';
import type { EntityRow } from './interface.ts';
import type { MetPeers, Question } from './met-peers.ts';

/**
 * The packages know how to read what they are asked for (a link, `@name`, a number, an object of the API) and to make the
 * answer; where it comes from is one question or several, which are answered here.
 */
export class Entities {
  readonly #peers: MetPeers;
  /** What was asked and not found in memory, since somebody listens. */
  #missed: Question[] | null = null;

  constructor(peers: MetPeers) {
    this.#peers = peers;
  }

  /** Runs something that asks, and again where the store knew an answer. */
  async recalling<T>(look: () => T): Promise<T> {
    const [first, missed] = this.#listen(look);
    if (missed.length === 0) return first();
    for (const question of missed) if (await this.#peers.recall(question)) return look();
    return first();
  }

  row(question: Question): EntityRow | undefined {
    const peer = this.#peers.find(question);
    if (peer !== null) return rowOf(peer);
    this.#missed?.push(question);
    return undefined;
  }

  /** @param exact whether the id is marked; a bare one may be of a user, a group or a channel */
  rowById(id: unknown, exact: boolean): EntityRow | undefined {
    const number = Number(id);
    const marked = exact || number < 0 ? [number] : [number, -1e12 - number, -number];
    for (const each of marked) {
      const row = this.row({ by: 'id', marked: each });
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** What it gives or throws, for later, and what it did not find. */
  #listen<T>(look: () => T): [result: () => T, missed: Question[]] {
    const missed: Question[] = [];
    this.#missed = missed;
    try {
      const result = look();
      return [() => result, missed];
    } catch (error) {
      return [
        () => {
          throw error;
        },
        missed,
      ];
    } finally {
      this.#missed = null;
    }
  }
}

function rowOf(peer: Peer): EntityRow {
  return [String(toMarkedId(peer)), String(peer.accessHash ?? 0n)];
}
