/** `node bench/directory.ts [--quick]`: a folder of many session files, as a store. Medians in milliseconds. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Session } from 'tgsession';
import { DirectorySessions } from 'tgsession/directory';
import { snapshotOf, write } from 'tgsession/formats';
import { sessionOf } from './many-sessions.ts';
import { median, timed } from './timing.ts';

const quick = process.argv.includes('--quick');
const COUNT = quick ? 500 : 10_000;
const ROUNDS = quick ? 2 : 5;
/** So many channels make files of some 40 kB. */
const CHANNELS = 1000;

const folder = mkdtempSync(join(import.meta.dirname, '.files-'));
const nameOf = (i: number) => `session-${String(i).padStart(5, '0')}`;

async function bytesOf(session: Session): Promise<Uint8Array> {
  return (await write([snapshotOf(session)], 'telethon-v2-sqlite')).files.get('')!;
}

try {
  let size = 0;
  for (let i = 0; i < COUNT; i++) {
    const bytes = await bytesOf(sessionOf(1000 + i, CHANNELS));
    writeFileSync(join(folder, `${nameOf(i)}.session`), bytes, { mode: 0o600 });
    size = bytes.length;
  }
  const notes = new DirectorySessions(folder);
  for (let i = 0; i < 20; i++) await notes.describe(nameOf((i * 7919) % COUNT), { tags: ['some'] });
  // A file that was changed just now is read again, as its time may not tell of the next change.
  await new Promise((resolve) => setTimeout(resolve, 2500));

  const rows = new Map<string, number[]>();
  const row = async (name: string, call: () => Promise<unknown>) => {
    rows.set(name, [...(rows.get(name) ?? []), await timed(call)]);
  };
  const all = async (store: DirectorySessions, filter: Parameters<DirectorySessions['find']>[0]) => {
    for await (const { name } of store.find(filter)) if (name === '') return;
  };
  for (let round = 0; round < ROUNDS; round++) {
    const store = new DirectorySessions(folder);
    const after = nameOf((round * 1009) % (COUNT - 200));
    await row('page of 100, files never read before', () => store.list({ after }));
    await row('page of 100, again', () => store.list({ after }));
    await row('find by tag (20 have it)', () => all(store, { tag: 'some' }));
    await row('find by user id, first time', () => all(store, { userId: 1000 + round }));
    await row('find by user id, again', () => all(store, { userId: 1000 + round }));
    await row('claim of 10, and giving them back', async () => {
      for (const session of await store.claim({ limit: 10 })) await session.close();
    });
    await store.close();
  }
  console.log(
    `${COUNT.toLocaleString('en')} files of ${Math.round(size / 1000)} kB, medians of ${ROUNDS} in ms\n`,
  );
  console.log('| | median | fastest | slowest |\n|---|---|---|---|');
  for (const [name, times] of rows) {
    const cells = [median(times), Math.min(...times), Math.max(...times)].map((ms) => ms.toFixed(0));
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
  console.log(`\nNode.js ${process.version}, load of the machine ${loadavg()[0]!.toFixed(1)}.`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
