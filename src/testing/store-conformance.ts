/** {@link storeConformance}: what any store of many sessions has to keep, as cases for any test runner. */

import type { SessionStore } from '../stores/store.ts';
import type { ConformanceCase } from './conformance.ts';
import { claimCases } from './store-cases/claims.ts';
import { deleteCases } from './store-cases/deleting.ts';
import { listCases } from './store-cases/lists.ts';
import { nameCases } from './store-cases/names.ts';
import { noteCases } from './store-cases/notes.ts';
import { storeHoldCases } from './store-cases/sharing.ts';
import { statusCases } from './store-cases/statuses.ts';
import { userCases } from './store-cases/users.ts';
import { StoreTrial } from './store-trial.ts';

/** An empty, isolated place for many sessions: a folder, a schema, a prefix of keys. Every case gets its own. */
export interface StorePlace {
  /** The store on this place. Called once in each case. */
  store(): SessionStore | Promise<SessionStore>;
  /**
   * Another store object on the same place, as another process would make it. Left out: the place is known to one store
   * object only.
   */
  openSecond?(): SessionStore | Promise<SessionStore>;
  /**
   * Whether a session has one holder at a time: another one is refused with a `SessionHeldError`. Left out: the suite checks
   * that nobody is refused.
   */
  hold?: boolean;
  /** Whether `claim()` takes free sessions. Left out: the suite checks that it is refused with `UNSUPPORTED`. */
  claims?: boolean;
  /**
   * Whether a session can be taken from its holder by force (`takeOver`). Left out: the suite checks that it is refused with
   * `UNSUPPORTED`.
   */
  leases?: boolean;
  /** Called at the end of the case, after all stores were closed. */
  cleanup?(): void | Promise<void>;
}

/** What {@link storeConformance} needs to know. */
export interface StoreConformanceOptions {
  /** Gives an empty place, a new one at each call. */
  open(): StorePlace | Promise<StorePlace>;
  /** How many sessions the cases of lists and claims make. Default 30, at least 12. */
  sessions?: number;
  /** How long a call that waits for somebody else may take, in milliseconds. Default 10,000. */
  timeout?: number;
}

/** A case before it knows the store. */
export interface StoreCase {
  name: string;
  run(trial: StoreTrial): Promise<void>;
}

/**
 * The conformance suite for authors of a `SessionStore`: cases for any test runner, as `storageConformance` has them. Run
 * that one too, on `store.session(name)`.
 *
 * ```ts
 * import { storeConformance } from 'tgsession/testing';
 * import { DirectorySessions } from 'tgsession/directory';
 * import { mkdtempSync } from 'node:fs';
 *
 * const cases = storeConformance({
 *   open() {
 *     const folder = mkdtempSync('/tmp/store-');
 *     const store = () => new DirectorySessions(folder);
 *     return { store, openSecond: store, hold: true, claims: true };
 *   },
 * });
 * ```
 *
 * What is not declared is checked to be absent. No message holds a key.
 */
export function storeConformance(options: StoreConformanceOptions): ConformanceCase[] {
  const all = { sessions: 30, timeout: 10_000, ...options };
  const cases: StoreCase[] = [
    ...nameCases,
    ...listCases,
    ...noteCases,
    ...statusCases,
    ...userCases,
    ...storeHoldCases,
    ...claimCases,
    ...deleteCases,
  ];
  return cases.map(({ name, run }) => ({
    name,
    async run() {
      const trial = new StoreTrial(await options.open(), all);
      try {
        await run(trial);
      } finally {
        await trial.end();
      }
    },
  }));
}
