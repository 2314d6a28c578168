/** What the client holds and what the storage holds share nothing. */

import type { Session } from '../../session.ts';
import type { CaseOf } from '../conformance.ts';
import { sampleKey, sampleSession } from '../samples.ts';
import { expectSession, expectThat } from '../verdict.ts';

/** Changes a session in every part, in place. */
function scramble(session: Session): void {
  for (const dc of session.dcs) {
    dc.ipv4Addr = '127.0.0.1:1';
    dc.auth?.fill(7);
  }
  session.dcs.pop();
  if (session.user !== null) session.user.id += 1;
  if (session.state !== null) {
    session.state.pts += 1;
    for (const channel of session.state.channels) channel.pts += 1;
    session.state.channels.pop();
  }
}

export const isolationCases: CaseOf[] = [
  {
    name: 'isolation: changing a loaded session, key bytes included, changes nothing until it is saved',
    async run(trial) {
      const storage = await trial.saved(sampleSession());
      const loaded = await storage.load();
      expectSession(loaded, sampleSession(), 'What load() gives after a save()');
      scramble(loaded!);
      await trial.expectKept(storage, sampleSession(), 'the loaded session was changed but not saved');
    },
  },
  {
    name: 'isolation: changing a session after it was saved, key bytes included, changes nothing',
    async run(trial) {
      const session = sampleSession();
      const storage = await trial.saved(session);
      scramble(session);
      await trial.expectKept(storage, sampleSession(), 'the saved session was changed afterwards');
    },
  },
  {
    name: 'isolation: two loads give sessions that share nothing',
    async run(trial) {
      const storage = await trial.saved(sampleSession());
      const [one, two] = [await storage.load(), await storage.load()];
      expectThat(one !== two, 'Two calls of load() gave the same object: a change of one changes the other.');
      scramble(one!);
      expectSession(two, sampleSession(), 'A session loaded before another one was changed');
    },
  },
  {
    name: 'isolation: save() keeps the session as it is when it is called, not as it becomes while it is saved',
    async run(trial) {
      const session = sampleSession();
      const storage = await trial.loaded();
      const saving = storage.save(session);
      scramble(session);
      await saving;
      await trial.expectKept(storage, sampleSession(), 'the session was changed while it was being saved');
    },
  },
  {
    name: 'isolation: a session changed in place, key bytes included, is saved when it is given again',
    async run(trial) {
      const session = sampleSession(1);
      const storage = await trial.saved(session);
      session.dcs[1]!.auth!.set(sampleKey(99));
      session.user!.username = 'renamed';
      session.state!.channels[0]!.pts += 1;
      await storage.save(session);
      await trial.expectKept(
        storage,
        session.with({}),
        'a saved session was changed in place and saved again',
      );
    },
  },
  {
    name: 'isolation: two places share nothing',
    async run(trial) {
      const other = await trial.options.open();
      const second = other.storage();
      try {
        const first = await trial.saved(sampleSession(1));
        expectSession(
          await second.load(),
          null,
          'What load() gives of an empty place, while another has a session,',
        );
        await second.save(sampleSession(2));
        await trial.expectKept(first, sampleSession(1), 'a save() in another place');
        expectSession(await second.load(), sampleSession(2), 'What load() gives of the other place');
      } finally {
        await second.close();
        await other.cleanup?.();
      }
    },
  },
];
