/** A session has one user: Telegram destroys a key that two clients use. For storages that declare a hold. */

import type { Storage } from '../../storage.ts';
import type { CaseOf } from '../conformance.ts';
import { sampleSession } from '../samples.ts';
import type { Trial } from '../trial.ts';
import { expectCode, expectRejection, expectSession, expectThat, outcomeOf } from '../verdict.ts';

/** Fails if a second user is not refused; without a declared hold, fails if he is. */
async function expectRefused(trial: Trial, storage: Storage, when: string): Promise<void> {
  const call = storage.load();
  if (trial.place.hold === true) return expectCode(call, 'HELD', `load() by a second Storage object ${when}`);
  const outcome = await outcomeOf(call);
  expectThat(
    outcome.ok,
    `load() by a second Storage object ${when} was refused, but the place declares no hold. If it is meant, declare \`hold: true\`. ${outcome.ok ? '' : outcome.error}`,
  );
  await storage.close();
}

function expectHeld(storage: Storage, when: string): void {
  expectThat(
    storage.held?.aborted !== true,
    `The signal \`held\` is aborted ${when}, though nobody took the session.`,
  );
}

export const holdCases: CaseOf[] = [
  {
    name: 'hold: while one Storage object has the session, another is refused if, and only if, a hold is declared',
    async run(trial) {
      const first = await trial.saved(sampleSession());
      const second = trial.storage();
      await expectRefused(trial, second, 'while a first one has it');
      await expectRefused(trial, second, 'that tries again');
      if (trial.place.hold !== true) return;
      expectHeld(first, 'while the session is held');
      await first.save(sampleSession(2));
      await trial.expectKept(first, sampleSession(2), 'somebody else was refused');
    },
  },
  {
    name: 'hold: who is refused learns who has the session',
    async run(trial) {
      if (trial.place.hold !== true) return;
      await trial.saved(sampleSession());
      const error = await expectRejection(trial.storage().load(), 'load() while another has the session');
      const { name, holder } = error as { name?: unknown; holder?: Record<string, unknown> | null };
      expectThat(
        name === 'SessionHeldError',
        `load() of a held session must reject with SessionHeldError, not ${name}.`,
      );
      expectThat(
        typeof holder?.pid === 'number' &&
          typeof holder.host === 'string' &&
          holder.since instanceof Date &&
          (holder.label === null || typeof holder.label === 'string'),
        'The SessionHeldError must name the holder: pid (a number), host (text), since (a Date), label (text or null).',
      );
    },
  },
  {
    name: 'hold: who was refused takes nothing away from the holder by closing',
    async run(trial) {
      const first = await trial.saved(sampleSession());
      for (const time of ['once', 'twice']) {
        const second = trial.storage();
        await expectRefused(trial, second, 'while a first one has it');
        await second.close();
        await second.close();
        await expectRefused(trial, trial.storage(), `after another one was refused and closed ${time}`);
      }
      if (trial.place.hold !== true) return;
      expectHeld(first, 'after another one was refused and closed');
      await first.save(sampleSession(2));
      await trial.expectKept(first, sampleSession(2), 'others were refused and closed');
    },
  },
  {
    name: 'hold: who does not have the session cannot save into it',
    async run(trial) {
      if (trial.place.hold !== true) return;
      const first = await trial.saved(sampleSession(1));
      const second = trial.storage();
      await expectRejection(second.save(sampleSession(2)), 'save() by one who does not have the session');
      await second.close();
      await trial.expectKept(first, sampleSession(1), 'a save() by somebody else was refused');
    },
  },
  {
    name: 'hold: close() gives the session free for the next one, who finds the last save',
    async run(trial) {
      if (trial.place.hold !== true) return;
      const first = await trial.saved(sampleSession(1));
      const second = trial.storage();
      await expectRefused(trial, second, 'while a first one has it');
      await first.close();
      expectSession(await second.load(), sampleSession(1), 'What the next holder loads');
      expectHeld(second, 'right after the session was taken');
      await expectRefused(trial, first, 'that had it before, now that it is taken again,');
      await second.close();
      expectSession(
        await first.load(),
        sampleSession(1),
        'What the first holder loads when it takes it back',
      );
    },
  },
  {
    name: 'hold: closing again after the session went on to the next one takes nothing away from it',
    async run(trial) {
      if (trial.place.hold !== true) return;
      const first = await trial.saved(sampleSession(1));
      await first.close();
      const second = await trial.loaded();
      await first.close();
      await expectRefused(trial, trial.storage(), 'after the first holder closed a second time');
      await second.save(sampleSession(2));
      await trial.expectKept(second, sampleSession(2), 'the holder before closed again');
    },
  },
  {
    name: 'hold: loading again does not refuse the holder itself, and one close is enough',
    async run(trial) {
      const first = await trial.saved(sampleSession(1));
      expectSession(await first.load(), sampleSession(1), 'What a second load() by the same object gives');
      expectSession(await first.load(), sampleSession(1), 'What a third load() by the same object gives');
      await first.close();
      if (trial.place.hold !== true) return;
      expectSession(
        await trial.storage().load(),
        sampleSession(1),
        'What the next one loads after one close()',
      );
    },
  },
  {
    name: 'hold: of two who come at once exactly one gets the session',
    async run(trial) {
      if (trial.place.hold !== true) return;
      await (await trial.saved(sampleSession(1))).close();
      const outcomes = await Promise.all(
        [trial.storage(), trial.storage()].map((one) => outcomeOf(one.load())),
      );
      const winners = outcomes.filter(({ ok }) => ok).length;
      expectThat(winners === 1, `Of two Storage objects that loaded at once ${winners} got the session.`);
    },
  },
  {
    name: 'hold: a close during a load leaves nothing held',
    async run(trial) {
      if (trial.place.hold !== true) return;
      await (await trial.saved(sampleSession(1))).close();
      const first = trial.storage();
      const loading = outcomeOf(first.load());
      await first.close();
      await loading;
      expectSession(await trial.storage().load(), sampleSession(1), 'What the next one loads after that');
    },
  },
];
