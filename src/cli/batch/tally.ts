/** The sums of a run: all that is kept of its results. */

import type { Result } from './job.ts';

/** Sums over sources; `losses` and `accounts` over what was written. */
export interface Tally {
  total: number;
  converted: number;
  there: number;
  failed: number;
  ignored: number;
  /** How many targets that were there are older than their sources. */
  older: number;
  /** How many targets were written. */
  written: number;
  /** How many failures there were of each error code. */
  errors: Record<string, number>;
  /** In how many targets something is lost, by field; numbers in lists left out. */
  losses: Record<string, number>;
  /** With how many sources something was assumed. */
  assumed: number;
}

export function emptyTally(total: number): Tally {
  const zero = { converted: 0, there: 0, failed: 0, ignored: 0, older: 0, written: 0, assumed: 0 };
  return { total, ...zero, errors: {}, losses: {} };
}

/** Adds a result. */
export function count(tally: Tally, { status, older, outputs, notes, error }: Result): void {
  tally[status]++;
  if (older) tally.older++;
  if (notes.length > 0 || outputs.some((one) => one.notes.length > 0)) tally.assumed++;
  if (status === 'failed') {
    for (const failure of [error, ...outputs.map((one) => one.error)]) {
      if (failure !== null) tally.errors[failure.code] = (tally.errors[failure.code] ?? 0) + 1;
    }
  }
  for (const output of outputs.filter((one) => one.status === 'converted')) {
    tally.written++;
    const fields = new Set(output.losses.map(({ field }) => field.replace(/\[\d+\]/g, '[]')));
    for (const field of fields) tally.losses[field] = (tally.losses[field] ?? 0) + 1;
  }
}

/** How many sources are done, in whatever way. */
export function done({ converted, there, failed, ignored }: Tally): number {
  return converted + there + failed + ignored;
}
