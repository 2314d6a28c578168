/** Labels, tags and phone numbers. */

import { sampleSession } from '../samples.ts';
import type { StoreCase } from '../store-conformance.ts';
import { expectCode, expectSession, expectThat } from '../verdict.ts';

export const noteCases: StoreCase[] = [
  {
    name: 'notes: a label, tags and a phone number are kept, and what is left out stays as it is',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      await store.describe('alice', {
        label: 'Grüße',
        tags: ['zwei', 'eins', 'zwei'],
        phone: '+1 (202) 555-0123',
      });
      const other = await trial.other(store);
      const first = await other.info('alice');
      expectThat(first?.label === 'Grüße', 'describe() must keep the label.');
      expectThat(first.tags.join() === 'eins,zwei', 'describe() must keep the tags, each once, in order.');
      expectThat(first.phone === '12025550123', 'describe() must keep the digits of the phone number.');
      await other.describe('alice', { label: null });
      const second = await store.info('alice');
      expectThat(second?.label === null, 'describe({ label: null }) must take the label away.');
      expectThat(
        second.tags.length === 2 && second.phone !== null,
        'describe() must leave alone what it was not given.',
      );
      await store.describe('alice', { tags: [], phone: null });
      const third = await other.info('alice');
      expectThat(
        third?.tags.length === 0 && third.phone === null,
        'describe() must take away tags and phone.',
      );
    },
  },
  {
    name: 'notes: they are kept over saves, and a save over them',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      const storage = await trial.taken(store, 'alice');
      const other = await trial.other(store);
      await other.describe('alice', { label: 'while held' });
      await other.setStatus('alice', 'suspected', 'while held');
      await storage.save(sampleSession(2));
      expectSession(await storage.load(), sampleSession(2), 'What load() gives after notes and a save');
      await storage.close();
      const info = await other.info('alice');
      expectThat(info?.label === 'while held', 'A label that was set while the session was held is lost.');
      expectThat(info.status === 'suspected', 'A status that was set while the session was held is lost.');
      expectThat(info.user?.id === sampleSession(2).user!.id, 'The user of the last save must be told.');
    },
  },
  {
    name: 'notes: what is noted at the same time is all kept',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      // Without a hold the place cannot write on a condition, so that only one store can put its own writes in order.
      const other = trial.place.hold === true ? await trial.other(store) : store;
      for (let round = 0; round < 5; round++) {
        await Promise.all([
          store.describe('alice', { label: `label ${round}` }),
          other.describe('alice', { tags: [`tag${round}`] }),
          store.describe('alice', { phone: `${100 + round}` }),
          other.setStatus('alice', 'suspected', `reason ${round}`),
        ]);
        const { label, tags, phone, reason } = (await store.info('alice'))!;
        const found = [label, tags.join(), phone, reason].join('; ');
        const expected = `label ${round}; tag${round}; ${100 + round}; reason ${round}`;
        expectThat(found === expected, `Of what was noted at the same time something is lost: ${found}`);
      }
    },
  },
  {
    name: 'notes: of a session that is not there nothing can be noted, and nothing that is no note',
    async run(trial) {
      const store = await trial.store();
      await expectCode(store.describe('alice', { label: 'x' }), 'NOT_FOUND', 'describe() of no session');
      await trial.put(store, 'alice', sampleSession(1));
      const bad: object[] = [
        { label: '' },
        { label: 'x'.repeat(257) },
        { tags: 'a' },
        { tags: [''] },
        { tags: Array(101).fill('x') },
        { phone: 'none' },
        { label: 'half \ud800' },
      ];
      for (const details of bad) {
        const call = (async () => store.describe('alice', details))();
        await expectCode(call, 'INVALID_VALUE', `describe(${JSON.stringify(details)})`);
      }
      expectThat((await store.info('alice'))?.label === null, 'A note that was refused is kept.');
    },
  },
];
