/** Counting what peers lose in a format. */

import type { Loss } from './codec.ts';

/** Why peers are left out whose access hashes are of no use elsewhere. */
export const KNOWN_IN_PART =
  'left out, as they are known only in part, with access hashes of no use elsewhere';

/** Counts, so that a thousand peers with the same loss are one sentence. */
export class PeerLosses {
  readonly #counts = new Map<string, Loss & { count: number }>();

  /** Counts one. */
  add(field: string, what: string): void {
    const key = `${field} ${what}`;
    const loss = this.#counts.get(key) ?? { field, message: what, count: 0 };
    loss.count++;
    this.#counts.set(key, loss);
  }

  /** A sentence for each loss. */
  losses(): Loss[] {
    return [...this.#counts.values()].map(({ field, message, count }) => ({
      field,
      message: `${count} peers: ${message}.`,
    }));
  }
}
