/** Counting what peers lose in a format, and the checks of their values. */

import { refuse } from '../check.ts';
import type { Loss } from './codec.ts';

/** Longest display name or phone that is written; Telegram's own limits are far below. */
const MAX_TEXT_LENGTH = 4096;

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

/** Whether a text is one that every storage keeps as it is. */
export function isText(text: string): boolean {
  return text.length <= MAX_TEXT_LENGTH && text.isWellFormed() && !text.includes('\0');
}

/** @throws SessionError `INVALID_VALUE` for anything but a signed integer of 64 bits */
export function checkInt64(at: string, name: string, value: unknown): bigint {
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value;
  return refuse(at, name, 'a bigint of 64 bits, signed', value);
}
