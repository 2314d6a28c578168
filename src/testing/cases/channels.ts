/** Accounts with very many channels. */

import type { CaseOf } from '../conformance.ts';
import { sampleSession } from '../samples.ts';
import { expectSession } from '../verdict.ts';

export const channelCases: CaseOf[] = [
  {
    name: 'channels: thousands of them are kept, and so is every change among them',
    async run(trial) {
      const session = sampleSession(1, trial.options.channels);
      const channels = session.state!.channels;
      const storage = await trial.saved(session);
      const check = async (after: string) =>
        expectSession(
          await storage.load(),
          session,
          `A session of ${trial.options.channels} channels, ${after},`,
        );
      await check('saved once');

      channels[Math.floor(channels.length / 2)]!.pts += 1;
      await storage.save(session);
      await check('after one channel went on');

      channels.splice(10, 100);
      await storage.save(session);
      await check('after a hundred channels were left');

      channels.reverse();
      await storage.save(session);
      await check('after they were put in another order');

      channels.unshift(channels.at(-1)!.with({ id: 5 }));
      channels.pop();
      await storage.save(session);
      await check('after one channel took the place of another');

      await trial.expectKept(storage, session, `all changes among ${trial.options.channels} channels`);
    },
  },
  {
    name: 'channels: without a state there are no channels, and none come back with the next state',
    async run(trial) {
      const session = sampleSession(1, 20);
      const storage = await trial.saved(session);
      const none = session.with({ state: null });
      await storage.save(none);
      expectSession(await storage.load(), none, 'What load() gives after the state was set to null');
      const fresh = session.with({ state: { pts: 1, qts: 0, date: 0, seq: 0 } });
      await storage.save(fresh);
      await trial.expectKept(storage, fresh, 'a new state was saved after null');
    },
  },
];
