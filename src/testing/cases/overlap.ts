/** Calls made before earlier ones have ended: each settles, and what is stored is one whole session. */

import type { CaseOf } from '../conformance.ts';
import { sampleSession } from '../samples.ts';
import { expectOneOf, expectSession, outcomeOf } from '../verdict.ts';

export const overlapCases: CaseOf[] = [
  {
    name: 'overlap: two loads at once both give the session, each its own',
    async run(trial) {
      const first = await trial.saved(sampleSession());
      const storage = await trial.reopen(first);
      const [one, two] = await Promise.all([storage.load(), storage.load()]);
      expectSession(one, sampleSession(), 'What the first of two loads gives');
      one!.dcs[1]!.auth!.fill(1);
      expectSession(two, sampleSession(), 'What the second of two loads gives');
    },
  },
  {
    name: 'overlap: of several saves at once the last one called wins',
    async run(trial) {
      const storage = await trial.loaded();
      const sizes = [40, 1, 30, 2, 20, 3];
      await Promise.all(sizes.map((size, i) => storage.save(sampleSession(i + 1, size))));
      await trial.expectKept(storage, sampleSession(6, 3), 'six saves at once');
    },
  },
  {
    name: 'overlap: one session changed and saved again and again without waiting ends in its last form',
    async run(trial) {
      const session = sampleSession(1, 10);
      const storage = await trial.loaded();
      const saves: Promise<void>[] = [];
      for (let i = 1; i <= 10; i++) {
        session.state!.channels[i - 1]!.pts += i;
        saves.push(storage.save(session));
      }
      const last = session.with({});
      session.state!.pts += 1000;
      await Promise.all(saves);
      await trial.expectKept(storage, last, 'ten saves of one object, without waiting,');
    },
  },
  {
    name: 'overlap: a save that fails does not take the ones beside it along',
    async run(trial) {
      const storage = await trial.loaded();
      const bad = sampleSession(2);
      bad.state!.pts = Number.NaN;
      const calls = [sampleSession(1), bad, sampleSession(3)].map((session) =>
        outcomeOf(storage.save(session)),
      );
      const outcomes = await Promise.all(calls);
      const good = outcomes.map(({ ok }) => ok).join(', ');
      expectOneOf(
        await storage.load(),
        [sampleSession(3)],
        `What load() gives after saves that resolved (${good})`,
      );
      await trial.expectKept(storage, sampleSession(3), 'a good, a bad and a good save at once');
    },
  },
  {
    name: 'overlap: a load during a save gives the old session or the new one, whole',
    async run(trial) {
      const storage = await trial.saved(sampleSession(1, 30));
      const saving = storage.save(sampleSession(2, 10));
      const loaded = await storage.load();
      await saving;
      expectOneOf(loaded, [sampleSession(1, 30), sampleSession(2, 10)], 'What load() gives during a save()');
      await trial.expectKept(storage, sampleSession(2, 10), 'a load() during a save()');
    },
  },
  {
    name: 'overlap: a close during a save lets it end, and what the save said is true',
    async run(trial) {
      const storage = await trial.saved(sampleSession(1));
      const saving = outcomeOf(storage.save(sampleSession(2, 30)));
      await storage.close();
      const { ok } = await saving;
      const expected = ok ? sampleSession(2, 30) : sampleSession(1);
      await trial.expectKept(
        storage,
        expected,
        `a close() during a save() that ${ok ? 'resolved' : 'rejected'}`,
      );
    },
  },
  {
    name: 'overlap: a save during a close settles, and what it said is true',
    async run(trial) {
      const storage = await trial.saved(sampleSession(1));
      const closing = storage.close();
      const { ok } = await outcomeOf(storage.save(sampleSession(2, 30)));
      await closing;
      const expected = ok ? sampleSession(2, 30) : sampleSession(1);
      await trial.expectKept(
        storage,
        expected,
        `a save() during a close() that ${ok ? 'resolved' : 'rejected'}`,
      );
    },
  },
  {
    name: 'overlap: a close during a load settles, and the storage opens again',
    async run(trial) {
      const first = await trial.saved(sampleSession(1));
      const storage = await trial.reopen(first);
      const loading = outcomeOf(storage.load());
      await storage.close();
      const outcome = await loading;
      if (outcome.ok) expectSession(outcome.value, sampleSession(1), 'What load() gave during a close()');
      const again = await trial.reopen(storage);
      expectSession(
        await again.load(),
        sampleSession(1),
        'What load() gives after a close() during a load()',
      );
      await again.save(sampleSession(2));
      await trial.expectKept(again, sampleSession(2), 'a close() during a load()');
    },
  },
  {
    name: 'overlap: two closes at once, and a load right behind them',
    async run(trial) {
      const storage = await trial.saved(sampleSession(1));
      const [, , loaded] = await Promise.all([storage.close(), storage.close(), storage.load()]);
      expectSession(loaded, sampleSession(1), 'What load() gives right behind close()');
      await storage.save(sampleSession(2));
      await trial.expectKept(storage, sampleSession(2), 'a load() right behind close()');
    },
  },
];
