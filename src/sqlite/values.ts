/** Values of columns read with bigints, on their way into a session. */

import type { SqlValue } from './driver.ts';

/**
 * An integer as a number, where a number can hold it. Anything else stays what it is, so that the check which
 * follows names the field and says what was found.
 */
export function toInteger(value: SqlValue | undefined): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  // Integers come as bigint: a number is a REAL, and those are no integers.
  return typeof value === 'number' ? new Real(value) : value;
}

/** Whether a column for a key says that there is none. */
export function isNoKey(value: SqlValue | undefined): boolean {
  return value === null || (value instanceof Uint8Array && value.length === 0);
}

/** A floating-point value, so that it is not taken for an integer that happens to be whole. */
class Real {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}
