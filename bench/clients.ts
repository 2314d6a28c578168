/** W10: the real client of mtcute on our storages and on its own: a stream of updates, a restart, and many idle sessions. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Long } from '@mtcute/core';
import { BaseTelegramClient, TelegramClient } from '@mtcute/node';
import { formatMtcuteString } from '../src/formats/index.ts';
import { Session } from '../src/index.ts';
import { sampleKey } from '../src/testing/index.ts';
import { alternate, printTook, type Way } from './alternate.ts';
import { gramjs } from './gramjs.ts';
import { type Candidate, candidates } from './mtcute-storages.ts';
import { median } from './timing.ts';

const CHANNELS = 200;
const login = formatMtcuteString({
  session: new Session({
    dcs: [{ id: 2, ipv4Addr: '149.154.167.51:443', auth: sampleKey(1) }],
    user: { id: 1000, dc: 2, bot: false },
  }),
});

/** A client that is not connected, on a storage that has a login. */
async function openClient(candidate: Candidate, path: string) {
  const storage = candidate.open(path);
  const base = new BaseTelegramClient({ apiId: 1, apiHash: 'x', storage, logLevel: 0, updates: false });
  const client = new TelegramClient({ client: base });
  await client.prepare();
  return { client, save: () => base.mt.storage.save() };
}

type Opened = Awaited<ReturnType<typeof openClient>>;

async function logIn(candidate: Candidate, path: string): Promise<Opened> {
  const opened = await openClient(candidate, path);
  const { client, save } = opened;
  await client.importSession(login);
  const { updates } = client.storage;
  await updates.setQts(0);
  await updates.setSeq(1);
  await updates.setManyChannelPts(new Map(Array.from({ length: CHANNELS }, (_, i) => [1e9 + i, 1])));
  await save();
  return opened;
}

/** What the client stores for one update in a channel, and saves. */
async function oneUpdate({ client, save }: Opened, i: number, withPeer: boolean): Promise<void> {
  const { updates, peers } = client.storage;
  if (withPeer) await peers.updatePeersFrom(userObject(i) as never);
  await updates.setPts(i + 2);
  await updates.setDate(1_700_000_000 + i);
  await updates.setManyChannelPts(new Map([[1e9 + (i % CHANNELS), i + 2]]));
  await save();
}

function userObject(i: number) {
  const user = {
    _: 'user',
    id: 5000 + i,
    accessHash: Long.fromNumber(i + 1),
    firstName: 'U',
    username: `user${i}`,
  };
  return { _: 'contacts.resolvedPeer', peer: { _: 'peerUser', userId: user.id }, users: [user], chats: [] };
}

/** Milliseconds of an update, and of CPU in it, in batches that alternate between the storages. */
async function stream(folder: string, rounds: number, batch: number, withPeer: boolean) {
  const opened: Opened[] = [];
  const ways: Way[] = [];
  for (const [i, each] of candidates.entries()) {
    const one = await logIn(each, join(folder, `u${withPeer}${i}`));
    opened.push(one);
    ways.push({ name: each.name, once: (n) => oneUpdate(one, n, withPeer) });
  }
  const took = await alternate(ways, rounds, batch);
  for (const { client } of opened) await client.destroy();
  return took;
}

/** Milliseconds until a client has its key, its user and its state again. */
async function resume(folder: string, rounds: number) {
  const files = candidates.filter(({ isFile }) => isFile);
  const times = new Map<Candidate, number[]>(files.map((each) => [each, []]));
  for (const [i, each] of files.entries()) {
    const opened = await logIn(each, join(folder, `r${i}`));
    await oneUpdate(opened, 1, true);
    await opened.client.destroy();
  }
  for (let round = 0; round < rounds; round++) {
    for (const each of files.toSorted(() => Math.random() - 0.5)) {
      const begun = performance.now();
      const { client } = await openClient(each, join(folder, `r${files.indexOf(each)}`));
      const state = await client.storage.updates.getState();
      const self = await client.storage.self.fetch();
      times.get(each)!.push(performance.now() - begun);
      if (state?.[0] !== 3 || self?.userId !== 1000) throw new Error(`${each.name} lost its session.`);
      await client.destroy();
    }
  }
  return files.map((each) => ({ name: each.name, ms: median(times.get(each)!) }));
}

/** Megabytes of a process that has many clients open, beside one that has none. Run in a process of its own. */
async function idle(index: number, count: number): Promise<void> {
  const folder = mkdtempSync(join(import.meta.dirname, '.files-'));
  try {
    const memory = () => {
      globalThis.gc?.();
      return process.memoryUsage().rss / 2 ** 20;
    };
    // What the first one loads, all share.
    const all = [await logIn(candidates[index]!, join(folder, 'first'))];
    const before = memory();
    for (let i = 0; i < count; i++) all.push(await logIn(candidates[index]!, join(folder, `s${i}`)));
    console.log(memory() - before);
    for (const { client } of all) await client.destroy();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function idleMegabytes(index: number, count: number): number {
  const script = `await (await import(${JSON.stringify(import.meta.filename)})).idle(${index}, ${count});`;
  const args = ['--disable-warning=ExperimentalWarning', '--expose-gc', '--input-type=module', '-e', script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The idle sessions failed: ${stderr}`);
  return Number(stdout);
}

export { idle };

/** Prints the tables. */
export async function clients(folder: string, quick: boolean): Promise<void> {
  const [rounds, batch] = quick ? [3, 20] : [40, 50];
  for (const withPeer of [false, true]) {
    const rows = await stream(folder, rounds, batch, withPeer);
    console.log(
      `\n**W10: the real mtcute client, an update in one of ${CHANNELS} channels${withPeer ? ', from somebody new' : ''}**\n`,
    );
    printTook(rows);
  }
  console.log('\n**W10b: until that client has its key, user and state again**\n');
  console.log('| storage | ms |\n|---|---|');
  for (const { name, ms } of await resume(folder, quick ? 10 : 100))
    console.log(`| ${name} | ${ms.toFixed(2)} |`);

  await gramjs(folder, quick);

  const count = quick ? 50 : 1000;
  console.log(`\n**W10c: ${count} of these clients in one process, idle**\n`);
  console.log('| storage | MB more | KB for each |\n|---|---|---|');
  for (const [i, { name }] of candidates.entries()) {
    const megabytes = idleMegabytes(i, count);
    console.log(`| ${name} | ${megabytes.toFixed(0)} | ${((megabytes * 1024) / count).toFixed(0)} |`);
  }
}

if (import.meta.main) {
  const folder = mkdtempSync(join(import.meta.dirname, '.files-'));
  try {
    await clients(folder, process.argv.includes('--quick'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
