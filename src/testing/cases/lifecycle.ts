/** From load to close, in every order in which a client may come to call them. */

import { Session } from '../../session.ts';
import type { CaseOf } from '../conformance.ts';
import { sampleSession } from '../samples.ts';
import { expectOneOf, expectSession, outcomeOf } from '../verdict.ts';

export const lifecycleCases: CaseOf[] = [
  {
    name: 'lifecycle: load() of an empty place gives null, and leaves it empty',
    async run(trial) {
      const storage = trial.storage();
      expectSession(await storage.load(), null, 'What load() gives of an empty place');
      await trial.expectKept(storage, null, 'a load() that gave null');
    },
  },
  {
    name: 'lifecycle: load() gives what save() was given',
    async run(trial) {
      const storage = await trial.saved(sampleSession());
      await trial.expectKept(storage, sampleSession(), 'a save()');
    },
  },
  {
    name: 'lifecycle: a save replaces all of the session saved before',
    async run(trial) {
      const storage = await trial.saved(sampleSession(1, 20));
      for (const next of [sampleSession(2, 1), new Session(), sampleSession(3)]) {
        await storage.save(next);
        expectSession(await storage.load(), next, 'What load() gives after a second save()');
      }
      await trial.expectKept(storage, sampleSession(3), 'several saves');
    },
  },
  {
    name: 'lifecycle: a session that did not change can be saved again',
    async run(trial) {
      const session = sampleSession();
      const storage = await trial.saved(session);
      await storage.save(session);
      await storage.save(session.with({}));
      await trial.expectKept(storage, session, 'saving the same session three times');
    },
  },
  {
    name: 'lifecycle: save() works without a load() before it',
    async run(trial) {
      const storage = trial.storage();
      await storage.save(sampleSession());
      await trial.expectKept(storage, sampleSession(), 'a save() without a load() before it');
    },
  },
  {
    name: 'lifecycle: close() may be called before load(), and twice',
    async run(trial) {
      const storage = trial.storage();
      await storage.close();
      await storage.load();
      await storage.save(sampleSession());
      await storage.close();
      await storage.close();
      await trial.expectKept(storage, sampleSession(), 'closing twice');
    },
  },
  {
    name: 'lifecycle: load() after close() opens again, as often as one likes',
    async run(trial) {
      const storage = trial.storage();
      expectSession(await storage.load(), null, 'What load() gives of an empty place');
      for (let round = 1; round <= 5; round++) {
        await storage.save(sampleSession(round));
        await storage.close();
        expectSession(await storage.load(), sampleSession(round), 'What load() gives after close()');
      }
      await trial.expectKept(storage, sampleSession(5), 'closing and loading five times');
    },
  },
  {
    name: 'lifecycle: a save after close() is kept or refused, never lost in silence',
    async run(trial) {
      const storage = await trial.saved(sampleSession(1));
      await storage.close();
      const { ok } = await outcomeOf(storage.save(sampleSession(2)));
      const expected = sampleSession(ok ? 2 : 1);
      const what = `a save() after close() that ${ok ? 'resolved' : 'rejected'}`;
      expectOneOf(await storage.load(), [expected], `What load() gives after ${what}`);
      await trial.expectKept(storage, expected, what);
    },
  },
];
