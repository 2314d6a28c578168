/** Claims: any free session, never one that somebody has, never a dead one. */

import type { StoredSession } from '../../stores/store.ts';
import { sampleSession } from '../samples.ts';
import type { StoreCase } from '../store-conformance.ts';
import { expectCode, expectThat, outcomeOf } from '../verdict.ts';

const namesOf = (sessions: readonly StoredSession[]) => sessions.map(({ name }) => name).sort();

/** The cases of a store that has claims; one that declares none is checked to refuse them. */
const CASES: StoreCase[] = [
  {
    name: 'claims: what is claimed is held until it is closed',
    async run(trial) {
      const store = await trial.store();
      for (const name of ['a', 'b', 'c']) await trial.put(store, name, sampleSession(1));
      const other = await trial.other(store);
      const first = await store.claim({ limit: 2, label: 'claimer' });
      expectThat(first.length === 2, `A claim of 2 of 3 free sessions gave ${first.length}.`);
      for (const session of first) {
        await expectCode(other.session(session.name).load(), 'HELD', 'load() of a session that is claimed');
        expectThat((await session.load()) !== null, 'load() of a claimed session must give it.');
        await session.save(sampleSession(2));
        expectThat(
          (await other.info(session.name))?.holder?.label === 'claimer',
          'The holder of a claimed session must be named with the label of the claim.',
        );
      }
      const second = await other.claim({ limit: 10 });
      expectThat(second.length === 1, `A claim of what is left of 3, 1, gave ${second.length}.`);
      expectThat((await store.claim()).length === 0, 'A claim where nothing is free must be empty.');
      await first[0]!.close();
      expectThat(
        namesOf(await other.claim()).join() === first[0]!.name,
        'What was given back must be free to be claimed.',
      );
    },
  },
  {
    name: 'claims: those at the same time share nothing, and together get everything',
    async run(trial) {
      const store = await trial.store();
      const other = await trial.other(store);
      const count = Math.max(12, trial.options.sessions);
      for (let i = 0; i < count; i++) await trial.put(store, `s${i}`, sampleSession(i + 1));
      const claimed: StoredSession[] = [];
      // One that finds others at work may get fewer than there are.
      for (let round = 0; round < 20 && claimed.length < count; round++) {
        const claims = [store, other, store, other].map((one) => one.claim({ limit: Math.ceil(count / 3) }));
        claimed.push(...(await Promise.all(claims)).flat());
      }
      const names = namesOf(claimed);
      expectThat(
        new Set(names).size === names.length,
        `Two claims got the same session: ${names.join(', ')}`,
      );
      expectThat(names.length === count, `Of ${count} free sessions only ${names.length} were claimed.`);
    },
  },
  {
    name: 'claims: dead sessions never, suspected ones only if they are asked for, others by the filter',
    async run(trial) {
      const store = await trial.store();
      for (const name of ['dead', 'suspected', 'tagged', 'usual']) {
        await trial.put(store, name, sampleSession(1));
      }
      await store.setStatus('dead', 'dead');
      await store.setStatus('suspected', 'suspected');
      await store.describe('tagged', { tags: ['x'] });
      const claim = async (filter: object) => namesOf(await store.claim({ filter, limit: 100 })).join();
      expectThat((await claim({ tag: 'x' })) === 'tagged', 'A claim with a tag must get what has it.');
      expectThat((await claim({ userId: 1 })) === '', 'A claim must not get what does not fit.');
      const user = { userId: sampleSession(1).user!.id };
      const rest = await claim(user);
      expectThat(rest === 'usual', `A claim without a status must get what is ok; it got ${rest}.`);
      const suspected = await claim({ status: 'suspected' });
      expectThat(suspected === 'suspected', `A claim of suspected sessions got ${suspected}.`);
      const dead = (async () => store.claim({ filter: { status: 'dead' } }))();
      await expectCode(dead, 'INVALID_VALUE', 'A claim of dead sessions');
    },
  },
  {
    name: 'claims: a name that is held but was never saved is not claimed',
    async run(trial) {
      const store = await trial.store();
      const fresh = await trial.taken(store, 'fresh');
      expectThat((await store.claim()).length === 0, 'A session that was never saved was claimed.');
      await fresh.close();
      expectThat((await store.claim()).length === 0, 'A session that was never saved was claimed.');
    },
  },
  {
    name: 'claims: who waits gets the first one that is free',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      const first = await trial.taken(store, 'alice');
      const other = await trial.other(store);
      const claiming = outcomeOf(other.claim({ wait: trial.options.timeout }));
      await first.close();
      const outcome = await trial.inTime('claim() of one who waits', claiming);
      expectThat(outcome.ok && outcome.value.length === 1, 'claim() did not get what was given back.');
    },
  },
  {
    name: 'claims: a wait ends with its signal, and with its time',
    async run(trial) {
      const store = await trial.store();
      const stop = new AbortController();
      const waiting = store.claim({ wait: 60_000, signal: stop.signal });
      const ended = expectCode(waiting, 'ABORTED', 'claim() whose signal was aborted');
      const none = await trial.inTime('claim() that waits 20 ms', store.claim({ wait: 20 }));
      expectThat(none.length === 0, 'claim() of an empty store must be empty.');
      stop.abort();
      await trial.inTime('claim()', ended);
    },
  },
];

export const claimCases: StoreCase[] = [
  ...CASES.map(({ name, run }) => ({
    name,
    run: async (trial: Parameters<typeof run>[0]) => {
      if (trial.place.claims === true) await run(trial);
    },
  })),
  {
    name: 'claims: a store that has none refuses them with UNSUPPORTED',
    async run(trial) {
      if (trial.place.claims === true) return;
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      await expectCode((async () => store.claim())(), 'UNSUPPORTED', 'claim() where no claims are declared');
    },
  },
];
