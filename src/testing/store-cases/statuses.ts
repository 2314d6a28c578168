/** The status of a session; a dead one is never handed out by accident. */

import { sampleSession } from '../samples.ts';
import type { StoreCase } from '../store-conformance.ts';
import { expectCode, expectSession, expectThat } from '../verdict.ts';

export const statusCases: StoreCase[] = [
  {
    name: 'status: it is kept with its reason and its time',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      const other = await trial.other(store);
      await store.setStatus('alice', 'suspected', 'FLOOD_WAIT');
      const first = (await other.info('alice'))!;
      expectThat(first.status === 'suspected' && first.reason === 'FLOOD_WAIT', 'The status must be kept.');
      const ago = Math.abs(Date.now() - (first.statusSince?.getTime() ?? 0));
      expectThat(ago < 3_600_000, 'info().statusSince must be the time of setStatus().');
      await other.setStatus('alice', 'ok');
      const second = (await store.info('alice'))!;
      expectThat(
        second.status === 'ok' && second.reason === null,
        'A status without a reason must have none.',
      );
      await other.session('alice').setStatus('suspected', null);
      const third = (await store.info('alice'))!;
      expectThat(
        third.status === 'suspected',
        'setStatus() of the session must set its status in the store.',
      );
    },
  },
  {
    name: 'status: a dead session is refused with DEAD, unless it is asked for; it is not deleted',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      await store.setStatus('alice', 'dead', 'AUTH_KEY_UNREGISTERED');
      const other = await trial.other(store);
      for (const one of [store, other]) {
        const storage = one.session('alice');
        await expectCode(storage.load(), 'DEAD', 'load() of a dead session');
        await storage.close();
      }
      const storage = await trial.taken(other, 'alice', { dead: true });
      expectSession(await storage.load(), sampleSession(1), 'What load() of a dead session gives');
      await storage.save(sampleSession(2));
      await storage.close();
      expectThat(
        (await store.info('alice'))?.status === 'dead',
        'A save must not change the status: only who sets it knows.',
      );
      await store.setStatus('alice', 'ok');
      const again = await trial.taken(store, 'alice');
      expectSession(await again.load(), sampleSession(2), 'What load() gives of a session that is ok again');
    },
  },
  {
    name: 'status: a suspected session is handed out to who asks for it by name',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      await store.setStatus('alice', 'suspected');
      const storage = await trial.taken(store, 'alice');
      expectSession(await storage.load(), sampleSession(1), 'What load() gives of a suspected session');
    },
  },
  {
    name: 'status: of a session that is not there none can be set, and none that is no status',
    async run(trial) {
      const store = await trial.store();
      await expectCode(store.setStatus('alice', 'dead'), 'NOT_FOUND', 'setStatus() of no session');
      await trial.put(store, 'alice', sampleSession(1));
      const wrong = (async () => store.setStatus('alice', 'alive' as 'ok'))();
      await expectCode(wrong, 'INVALID_VALUE', 'setStatus("alive")');
      const long = (async () => store.setStatus('alice', 'dead', 'x'.repeat(257)))();
      await expectCode(long, 'INVALID_VALUE', 'setStatus() with a reason of 257 characters');
      expectThat((await store.info('alice'))?.status === 'ok', 'A status that was refused is kept.');
    },
  },
];
