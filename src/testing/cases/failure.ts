/** Saves that fail: the old session stays whole, the caller hears of it, and the storage can be used further. */

import type { CaseOf } from '../conformance.ts';
import { sampleSession } from '../samples.ts';
import { expectSession } from '../verdict.ts';

export const failureCases: CaseOf[] = [
  {
    name: 'failure: a save that fails rejects and leaves the session saved before, whole',
    async run(trial) {
      const storage = await trial.saved(sampleSession(1));
      await trial.failedSave(storage, sampleSession(2, 30));
      await trial.expectKept(storage, sampleSession(1), 'a save() that failed');
    },
  },
  {
    name: 'failure: where nothing was saved yet, a save that fails leaves nothing',
    async run(trial) {
      const storage = await trial.loaded();
      await trial.failedSave(storage, sampleSession(2));
      await trial.expectKept(storage, null, 'a first save() that failed');
    },
  },
  {
    name: 'failure: close() works after a save that failed',
    async run(trial) {
      const storage = await trial.saved(sampleSession(1));
      await trial.failedSave(storage, sampleSession(2));
      await storage.close();
      await storage.close();
      await trial.expectKept(storage, sampleSession(1), 'a save() that failed, and close()');
    },
  },
  {
    name: 'failure: what a failed save did not keep, the next save keeps',
    async run(trial) {
      const storage = await trial.saved(sampleSession(1));
      const next = sampleSession(2, 30);
      await trial.failedSave(storage, next);
      // The same again: a storage that only writes changes must not believe that these are written.
      await storage.save(next);
      expectSession(await storage.load(), next, 'What load() gives after a failed save() was repeated');
      await trial.expectKept(storage, next, 'a failed save() was repeated');
    },
  },
  {
    name: 'failure: after a save that failed, going back to the old session works too',
    async run(trial) {
      const storage = await trial.saved(sampleSession(1, 30));
      await trial.failedSave(storage, sampleSession(2));
      await storage.save(sampleSession(1, 30));
      await trial.expectKept(storage, sampleSession(1, 30), 'a failed save(), and one of the old session');
    },
  },
];
