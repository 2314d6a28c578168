/** What another Storage object on the same place finds: the next process, or the same one after a restart. */

import { Session } from '../../session.ts';
import type { CaseOf } from '../conformance.ts';
import { sampleSession } from '../samples.ts';
import { expectSession, expectThat } from '../verdict.ts';

export const reopenCases: CaseOf[] = [
  {
    name: 'reopen: another Storage object finds the last save if, and only if, the place is declared persistent',
    async run(trial) {
      const first = await trial.saved(sampleSession(1));
      await first.save(sampleSession(2));
      await first.close();
      const found = await trial.storage().load();
      if (trial.place.persistent === true) {
        expectSession(found, sampleSession(2), 'What another Storage object on the same place loads');
      } else {
        expectThat(
          found === null,
          'Another Storage object found the saved session: declare `persistent: true`, so that the suite tests it.',
        );
      }
    },
  },
  {
    name: 'reopen: many Storage objects, one after the other, each go on where the last one ended',
    async run(trial) {
      let storage = trial.storage();
      let expected: Session | null = null;
      for (let round = 1; round <= 10; round++) {
        expectSession(await storage.load(), expected, `What load() gives in round ${round}`);
        expected = round % 4 === 0 ? new Session() : sampleSession(round, round);
        await storage.save(expected);
        storage = await trial.reopen(storage);
      }
      await trial.expectKept(storage, expected, 'ten rounds');
    },
  },
];
