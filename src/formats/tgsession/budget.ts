/** How much a file may make a reader keep, beside the peers, which are kept as they stand there. */

import { SessionError, type SessionErrorCode } from '../../errors.ts';
import type { Path } from './path.ts';

/** How many values a file may have: accounts and data centres count as ten. */
const MAX_VALUES = 1_000_000;

/** Counts values, so that a small file cannot fill the memory. */
export class Budget {
  readonly #code: SessionErrorCode;
  #left = MAX_VALUES;

  /** @param code of the error if there are too many */
  constructor(code: SessionErrorCode) {
    this.#code = code;
  }

  /** How much is left. */
  get left(): number {
    return this.#left;
  }

  /** Counts values. @throws SessionError if there are too many */
  spend(path: Path, values: number): void {
    this.#left -= values;
    if (this.#left >= 0) return;
    throw new SessionError(
      this.#code,
      `${path}: there are more than ${MAX_VALUES} values beside the peers; no file may have more.`,
      { field: String(path), found: `more than ${MAX_VALUES} values` },
    );
  }

  /** Forgets what was counted since then, as it is not kept. */
  reset(left: number): void {
    this.#left = left;
  }
}
