/** The wrong account is an error, not a surprise. */

import { sampleSession } from '../samples.ts';
import type { StoreCase } from '../store-conformance.ts';
import { expectCode, expectSession } from '../verdict.ts';

const OWN = sampleSession(1).user!.id;

export const userCases: StoreCase[] = [
  {
    name: 'users: a session of another user than the one it is asked for is refused with WRONG_USER, and not held',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      const wrong = store.session('alice', { userId: OWN + 1 });
      await expectCode(wrong.load(), 'WRONG_USER', 'load() with the userId of somebody else');
      const right = store.session('alice', { userId: OWN });
      expectSession(await right.load(), sampleSession(1), 'What load() with the right userId gives');
    },
  },
  {
    name: 'users: a save of another user is refused with WRONG_USER, and the old session stays',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      const storage = await trial.taken(store, 'alice', { userId: OWN });
      await expectCode(
        storage.save(sampleSession(2)),
        'WRONG_USER',
        'save() of the session of somebody else',
      );
      expectSession(await storage.load(), sampleSession(1), 'What load() gives after that');
      await storage.save(sampleSession(1).with({ user: null }));
      await storage.save(sampleSession(1));
    },
  },
  {
    name: 'users: a place without a user yet takes the one that it is asked for',
    async run(trial) {
      const store = await trial.store();
      const storage = await trial.taken(store, 'alice', { userId: OWN });
      await expectCode(storage.save(sampleSession(2)), 'WRONG_USER', 'A first save() of somebody else');
      await storage.save(sampleSession(1));
      expectSession(await storage.load(), sampleSession(1), 'What load() gives after the first save()');
    },
  },
];
