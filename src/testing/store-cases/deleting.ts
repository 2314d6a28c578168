/** Deleting: for good, and not what somebody uses. */

import type { Peer } from '../../peers.ts';
import { sampleSession } from '../samples.ts';
import type { StoreCase } from '../store-conformance.ts';
import { expectCode, expectSession, expectThat } from '../verdict.ts';

const PEER: Peer = {
  kind: 'user',
  id: 5,
  accessHash: 5n,
  usernames: ['five'],
  phone: null,
  name: null,
  seen: 5,
};

export const deleteCases: StoreCase[] = [
  {
    name: 'delete: a session is gone, with all that was noted, its peers and what is aside, also under its name later',
    async run(trial) {
      const store = await trial.store();
      const storage = await trial.taken(store, 'alice');
      await storage.save(sampleSession(1));
      await storage.peers?.put([PEER]);
      await storage.aside?.put(sampleSession(2), 'replaced');
      await storage.close();
      await trial.put(store, 'bob', sampleSession(3));
      await store.describe('alice', { label: 'old', tags: ['old'], phone: '1' });
      await store.setStatus('alice', 'dead', 'old');
      const other = await trial.other(store);
      expectThat(await other.delete('alice'), 'delete() of a session that is there must give true.');
      expectThat(!(await store.delete('alice')), 'delete() of a session that is gone must give false.');
      expectThat((await store.info('alice')) === null, 'A deleted session is still there.');
      const names = (await store.list()).map(({ name }) => name);
      expectThat(names.join() === 'bob', 'delete() must remove one session, and only that.');
      const again = store.session('alice');
      expectSession(await again.load(), null, 'What load() gives of a deleted session');
      await again.save(sampleSession(1));
      const { label, tags, phone, status, reason } = (await other.info('alice'))!;
      expectThat(
        status === 'ok' && label === null && tags.length === 0 && phone === null && reason === null,
        'A new session of the name must have nothing of what was noted of the old one.',
      );
      if (again.peers !== undefined) {
        expectThat((await again.peers.count()) === 0, 'A new session of the name has peers of the old one.');
      }
      if (again.aside !== undefined) {
        expectThat(
          (await again.aside.list()).length === 0,
          'A new session has what was aside of the old one.',
        );
      }
    },
  },
  {
    name: 'delete: a session that is held is refused with HELD, and stays whole',
    async run(trial) {
      if (trial.place.hold !== true) return;
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      await store.describe('alice', { label: 'mine' });
      const storage = await trial.taken(store, 'alice');
      const other = await trial.other(store);
      for (const one of [store, other]) {
        await expectCode(one.delete('alice'), 'HELD', 'delete() of a session that is held');
      }
      await storage.save(sampleSession(2));
      expectSession(await storage.load(), sampleSession(2), 'What load() gives after a delete() was refused');
      expectThat(
        (await other.info('alice'))?.label === 'mine',
        'A delete() that was refused took notes away.',
      );
      await storage.close();
      expectThat(await other.delete('alice'), 'delete() of a session that was given back must give true.');
    },
  },
];
