/** {@link storageConformance}: what any storage has to keep, as cases for any test runner. */

import type { Storage } from '../storage.ts';
import { channelCases } from './cases/channels.ts';
import { failureCases } from './cases/failure.ts';
import { holdCases } from './cases/hold.ts';
import { isolationCases } from './cases/isolation.ts';
import { lifecycleCases } from './cases/lifecycle.ts';
import { overlapCases } from './cases/overlap.ts';
import { peerCases } from './cases/peers.ts';
import { refusalCases } from './cases/refusal.ts';
import { reopenCases } from './cases/reopen.ts';
import { valueCases } from './cases/values.ts';
import { walkCases } from './cases/walk.ts';
import { Trial } from './trial.ts';

/** An empty, isolated location for one session: a file name, a row, a key. Every case gets its own. */
export interface Place {
  /** Makes a new `Storage` object on this place, as a second process or a restart would. */
  storage(): Storage;
  /** Whether another `Storage` object on this place finds what was saved, once the first is closed. */
  persistent?: boolean;
  /**
   * Whether `load()` takes the session for itself until `close()`, so that another `Storage` object on this place
   * is refused with a `SessionHeldError`. Left out: the suite checks that nobody is refused.
   */
  hold?: boolean;
  /** Whether its storages have `peers`. Left out: the suite checks that they have none. */
  peers?: boolean;
  /**
   * Makes saves fail from now on (true), or work again (false): fill the disk, cut the connection. With it the
   * suite proves that a save that fails leaves the old session whole; without it, it uses sessions that cannot
   * be saved.
   */
  failSaves?(on: boolean): void | Promise<void>;
  /** Called at the end of the case, after all storages were closed. */
  cleanup?(): void | Promise<void>;
}

/** What {@link storageConformance} needs to know. */
export interface ConformanceOptions {
  /** Gives an empty place, a new one at each call. */
  open(): Place | Promise<Place>;
  /** How many channels the large session has. Default 10,000, as accounts with many channels have. */
  channels?: number;
  /** How many saves the random walk makes. Default 200. */
  steps?: number;
  /** How long a single call of the storage may take, in milliseconds, before it counts as hanging. Default 10,000. */
  timeout?: number;
}

/** One promise of a storage, to be run by a test runner. */
export interface ConformanceCase {
  /** The promise, in words; unique within the suite. */
  name: string;
  /** Resolves if the storage keeps the promise; else rejects with an error that says what it did instead. */
  run(): Promise<void>;
}

/** A case before it knows the storage. */
export interface CaseOf {
  name: string;
  run(trial: Trial): Promise<void>;
}

/**
 * The conformance suite for authors of a `Storage`. It brings no test runner: it gives cases, run them in yours.
 *
 * ```ts
 * import { MemorySession } from 'tgsession';
 * import { storageConformance } from 'tgsession/testing';
 *
 * const cases = storageConformance({ open: () => ({ storage: () => new MemorySession() }) });
 * ```
 *
 * Vitest:
 * ```ts no-run
 * import { test } from 'vitest';
 * for (const { name, run } of cases) test(name, run);
 * ```
 *
 * node:test:
 * ```ts no-run
 * import { test } from 'node:test';
 * for (const { name, run } of cases) test(name, run);
 * ```
 *
 * Bun:
 * ```ts no-run
 * import { test } from 'bun:test';
 * for (const { name, run } of cases) test(name, run);
 * ```
 *
 * The cases need nothing of each other and may run in any order, also at the same time. No message holds a key.
 */
export function storageConformance(options: ConformanceOptions): ConformanceCase[] {
  const all = { channels: 10_000, steps: 200, timeout: 10_000, ...options };
  const cases: CaseOf[] = [
    ...lifecycleCases,
    ...failureCases,
    ...isolationCases,
    ...valueCases,
    ...channelCases,
    ...walkCases,
    ...refusalCases,
    ...overlapCases,
    ...reopenCases,
    ...holdCases,
    ...peerCases,
  ];
  return cases.map(({ name, run }) => ({
    name,
    async run() {
      const trial = new Trial(await options.open(), all);
      try {
        await run(trial);
      } finally {
        await trial.end();
      }
    },
  }));
}
