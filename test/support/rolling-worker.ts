/**
 * A process of a rolling deployment: it takes its sessions, waiting for the process before it, and saves the next number of
 * one after the other, until a signal hands them over. It says as lines of JSON when it began and ended to use each, in a
 * clock that processes share. Arguments: kind, url, schema or prefix, first number of its names, how many.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { UpdateState } from '../../src/index.ts';
import { handover } from '../../src/stores/handover.ts';
import { sampleSession } from '../../src/testing/index.ts';
import { openStore, type StoreKind } from './open-store.ts';

const [kind, url, where, first, count] = process.argv.slice(2) as [StoreKind, string, string, string, string];
const { store } = await openStore(kind, url, where, { lease: { ttl: 60_000 } });
const names = Array.from({ length: Number(count) }, (_, i) => `s${Number(first) + i}`);
const now = () => Number(process.hrtime.bigint()) / 1e6;
const say = (event: string, more: object = {}) => {
  process.stdout.write(`${JSON.stringify({ event, at: now(), ...more })}\n`);
};

/** How many are handed over at the same time: as many as there are connections. */
const AT_ONCE = 10;

let isStopping = false;

/** One session in use. */
async function use(name: string) {
  const storage = store.session(name, { wait: 120_000 });
  const session = (await storage.load()) ?? sampleSession();
  say('began', { name, pts: session.state?.pts ?? 0 });
  storage.held!.addEventListener('abort', () => say('aborted', { name }));
  const saveNext = async () => {
    const pts = (session.state?.pts ?? 0) + 1;
    session.state = session.state?.with({ pts }) ?? new UpdateState({ pts, qts: 0, date: 0, seq: 0 });
    await storage.save(session);
  };
  await saveNext();
  return {
    saveNext,
    /** The last words, as of a client that disconnects; it does not use the session any more after that. */
    async end() {
      await saveNext();
      say('ended', { name, pts: session.state!.pts });
      await storage.close();
    },
  };
}

// Connected, with the database looked at: from here on it is only the process before that is waited for.
await store.info(names[0]!);
say('waiting');
const uses = names.map(use);
handover(store, {
  timeout: 60_000,
  async stop() {
    isStopping = true;
    say('stopping');
    // Some at a time: so each one is given back as soon as it is saved, and not only when all are.
    const rest = uses.values();
    const some = Array.from({ length: AT_ONCE }, async () => {
      for (const one of rest) await (await one).end();
    });
    await Promise.all(some);
  },
});
const all = await Promise.all(uses);
say('ready');
for (let i = 0; !isStopping; i = (i + 1) % all.length) {
  await all[i]!.saveNext();
  await sleep(4);
}
