/** A session has one holder, who is told to all; and it goes on from one to the next. */

import { sampleSession } from '../samples.ts';
import type { StoreCase } from '../store-conformance.ts';
import { expectCode, expectRejection, expectSession, expectThat, outcomeOf } from '../verdict.ts';

export const storeHoldCases: StoreCase[] = [
  {
    name: 'hold: what another holds is refused and its holder named if, and only if, a hold is declared',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      const first = await trial.taken(store, 'alice', { label: 'the first' });
      const other = await trial.other(store);
      const second = other.session('alice');
      if (trial.place.hold !== true) {
        const { ok } = await outcomeOf(second.load());
        expectThat(
          ok,
          'A second load() was refused, but no hold is declared. If it is meant, say `hold: true`.',
        );
        expectThat(
          (await other.info('alice'))?.holder === null,
          'Without a hold info() must name no holder.',
        );
        return;
      }
      await expectCode(second.load(), 'HELD', 'load() of a session that another holds');
      for (const one of [store, other]) {
        const { holder } = (await one.info('alice'))!;
        expectThat(holder !== null, 'info() of a session that is held must name its holder.');
        expectThat(holder.label === 'the first', 'The holder must be named with its label.');
        expectThat(
          typeof holder.pid === 'number' && typeof holder.host === 'string' && holder.since instanceof Date,
          'The holder must have a pid, a host and the time since when.',
        );
        const isLease = holder.expires instanceof Date;
        expectThat(
          isLease === (trial.place.leases === true),
          'A lease must have the time when it expires, a hold that ends with its process null.',
        );
      }
      await first.close();
      expectThat((await other.info('alice'))?.holder === null, 'After close() nobody holds the session.');
      expectSession(await second.load(), sampleSession(1), 'What the next holder loads');
    },
  },
  {
    name: 'hold: who waits gets the session when its holder lets go, with the last save',
    async run(trial) {
      if (trial.place.hold !== true) return;
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      const first = await trial.taken(store, 'alice');
      const other = await trial.other(store);
      const second = other.session('alice', { wait: trial.options.timeout });
      const loading = outcomeOf(second.load());
      await first.save(sampleSession(2));
      await first.close();
      const outcome = await trial.inTime('load() of one who waits', loading);
      expectThat(outcome.ok, `load() of one who waits was refused after the holder let go.`);
      expectSession(outcome.value, sampleSession(2), 'What the one who waited loads');
    },
  },
  {
    name: 'hold: a wait ends with its signal (ABORTED), with its time (HELD), and with close() (CLOSED)',
    async run(trial) {
      if (trial.place.hold !== true) return;
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      const first = await trial.taken(store, 'alice');
      const other = await trial.other(store);
      const stop = new AbortController();
      const aborted = other.session('alice', { wait: 60_000, signal: stop.signal }).load();
      const closed = other.session('alice', { wait: 60_000 });
      const closing = closed.load();
      const late = other.session('alice', { wait: 20 }).load();
      const ends = [
        trial.inTime('A wait of 20 ms', expectCode(late, 'HELD', 'A wait of 20 ms')),
        trial.inTime('A wait', expectCode(aborted, 'ABORTED', 'A wait whose signal was aborted')),
        trial.inTime('A wait', expectCode(closing, 'CLOSED', 'A wait of a session that was closed')),
      ];
      stop.abort();
      await trial.inTime('close()', closed.close());
      await Promise.all(ends);
      await first.save(sampleSession(3));
    },
  },
  {
    name: 'hold: closing the store gives back everything that it holds',
    async run(trial) {
      const store = await trial.store();
      const other = await trial.other(store);
      for (const name of ['a', 'b', 'c']) {
        await trial.put(store, name, sampleSession(1));
        await trial.taken(store, name);
      }
      await store.close();
      await store.close();
      if (other === store) return;
      for (const name of ['a', 'b', 'c']) {
        expectSession(await other.session(name).load(), sampleSession(1), 'What the next holder loads');
      }
    },
  },
  {
    name: 'hold: a session is taken by force if, and only if, leases are declared; that is told, and stops the old holder',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      const first = await trial.taken(store, 'alice', { label: 'the first' });
      const other = await trial.other(store);
      const force = (async () => trial.taken(other, 'alice', { takeOver: 'host is gone' }))();
      if (trial.place.leases !== true) {
        await expectCode(force, 'UNSUPPORTED', 'A take-over in a store without leases');
        return;
      }
      const second = await force;
      const late = await expectRejection(first.save(sampleSession(2)), 'save() of the holder before');
      expectThat((late as { code?: unknown }).code === 'LEASE_LOST', 'A stale save must be LEASE_LOST.');
      expectThat(first.held?.aborted === true, 'The signal `held` of the holder before must be aborted.');
      expectSession(await second.load(), sampleSession(1), 'What the one who took it loads');
      const { takenOver } = (await store.info('alice'))!;
      expectThat(takenOver?.reason === 'host is gone', 'info().takenOver must tell the reason.');
      expectThat(
        takenOver.at instanceof Date && takenOver.from.includes('the first'),
        'info().takenOver must tell when it was, and from whom.',
      );
    },
  },
];
