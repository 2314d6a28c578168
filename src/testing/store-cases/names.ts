/** Sessions are told apart by their names, and by every character of them. */

import { sampleSession } from '../samples.ts';
import type { StoreCase } from '../store-conformance.ts';
import { expectCode, expectSession, expectThat } from '../verdict.ts';

/** Names that a store may mix up: by case, by what its keys are made of, by what its paths are. */
const NAMES = [
  'alice',
  'alice2',
  'alice.2',
  'alice-2',
  'a+b@example.org',
  'a=3d',
  'x..y',
  '12025550123',
  'z.session',
  'имя',
  '名前',
];

const BAD = [
  '',
  '.hidden',
  '-rf',
  'a/b',
  'a\\b',
  'a b',
  'a:b',
  'a\0b',
  'a%b',
  "a'b",
  'x'.repeat(129),
  'e\u0301',
];

export const nameCases: StoreCase[] = [
  {
    name: 'names: a session that nobody saved is not there, also after it was loaded',
    async run(trial) {
      const store = await trial.store();
      const storage = store.session('alice');
      expectSession(await storage.load(), null, 'What load() gives of a name under which nothing was saved');
      expectThat(
        (await store.info('alice')) === null,
        'info() of a session that was never saved must be null.',
      );
      expectThat((await store.list()).length === 0, 'list() shows a session that was never saved.');
      await storage.close();
      expectThat((await store.info('alice')) === null, 'A load() alone made a session.');
    },
  },
  {
    name: 'names: each name has a session of its own',
    async run(trial) {
      const store = await trial.store();
      for (const [i, name] of NAMES.entries()) await trial.put(store, name, sampleSession(i + 1));
      const other = await trial.other(store);
      for (const [i, name] of NAMES.entries()) {
        const storage = other.session(name);
        expectThat(storage.name === name, `session(${JSON.stringify(name)}).name must be that name.`);
        expectSession(await storage.load(), sampleSession(i + 1), `What load() gives of ${name}`);
        await storage.close();
      }
      const listed = (await other.list()).map(({ name }) => name);
      expectThat(
        JSON.stringify([...listed].sort()) === JSON.stringify([...NAMES].sort()),
        `list() gives the names ${listed.join(', ')} instead of ${NAMES.join(', ')}.`,
      );
    },
  },
  {
    name: 'names: two that differ in upper and lower case are two sessions, or the second one is refused with EXISTS',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'Alice', sampleSession(1));
      try {
        await trial.put(store, 'aLICE', sampleSession(2));
      } catch (error) {
        await expectCode(
          Promise.reject(error),
          'EXISTS',
          'A session of a name that is there in another case',
        );
      }
      const storage = await trial.taken(store, 'Alice');
      expectSession(
        await storage.load(),
        sampleSession(1),
        'What load() gives of Alice after aLICE was saved',
      );
    },
  },
  {
    name: 'names: what can be no name is refused with INVALID_VALUE everywhere',
    async run(trial) {
      const store = await trial.store();
      for (const name of BAD) {
        const text = JSON.stringify(name);
        await expectCode((async () => store.session(name))(), 'INVALID_VALUE', `session(${text})`);
        await expectCode((async () => store.info(name))(), 'INVALID_VALUE', `info(${text})`);
        await expectCode((async () => store.delete(name))(), 'INVALID_VALUE', `delete(${text})`);
        await expectCode((async () => store.setStatus(name, 'ok'))(), 'INVALID_VALUE', `setStatus(${text})`);
        await expectCode((async () => store.describe(name, {}))(), 'INVALID_VALUE', `describe(${text})`);
      }
    },
  },
];
