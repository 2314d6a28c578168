/**
 * The real Telegram Desktop takes the folders that we write, and leaves them as they are. It runs without any network.
 * Its program is named by TELEGRAM_DESKTOP (Debian's package telegram-desktop has version 4.6.5).
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { read, type Snapshot, snapshotOf, type WriteOptions, write } from '../../src/formats/index.ts';
import { DataCenter, Session } from '../../src/session.ts';
import { temporaryFolder } from '../support/folder.ts';
import { testKey } from '../support/sessions.ts';

const program = process.env.TELEGRAM_DESKTOP ?? '';
const isThere = existsSync(program);
if (!isThere)
  console.warn('The tests against Telegram Desktop are skipped: TELEGRAM_DESKTOP names no program.');

const WAIT_MS = 60_000;
const TIMEOUT_MS = 90_000;

const snapshot = (
  id: number,
  dcs: [number, ...number[]],
  fields: Partial<Snapshot> = {},
  ipv4Addr?: string,
) =>
  snapshotOf(
    new Session({
      dcs: dcs.map((dc) => ({ id: dc, auth: testKey(id + dc), ipv4Addr: ipv4Addr ?? null })),
      user: { id, dc: dcs[0], bot: false },
    }),
    fields,
  );

/** Starts it in a folder, waits until its log says something so many times, and ends it. Gives the log. */
async function start(
  files: ReadonlyMap<string, Uint8Array>,
  wait: RegExp,
  count: number,
  args: string[] = [],
) {
  const folder = temporaryFolder();
  for (const [name, bytes] of files) {
    const path = join(folder, 'tdata', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  const app: ChildProcess = spawn(
    'unshare',
    ['--map-root-user', '--net', program, '-workdir', `${folder}/`, '-debug', ...args],
    {
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, HOME: folder, TMPDIR: folder, QT_QPA_PLATFORM: 'offscreen' },
    },
  );
  const ended = new Promise((resolve) => app.once('exit', resolve));
  const end = async () => {
    if (app.exitCode === null && app.signalCode === null) process.kill(-app.pid!, 'SIGKILL');
    await ended;
  };
  onTestFinished(end);
  const log = () => {
    const path = join(folder, 'log.txt');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  const until = performance.now() + WAIT_MS;
  while ([...log().matchAll(wait)].length < count && performance.now() < until) await sleep(100);
  // What it writes over is written soon.
  await sleep(2000);
  await end();
  return { tdata: join(folder, 'tdata'), log: log() };
}

const one = snapshot(1000001, [2, 4]);
const keysToDestroy = [1, 1].map((id, i) => new DataCenter({ id, auth: testKey(`old ${i}`) }));

describe.skipIf(!isThere)('Telegram Desktop', () => {
  test.each<[string, Snapshot[], WriteOptions, string[]]>([
    ['one account', [one], {}, ['current: 2, to destroy: 0']],
    ['keys to destroy', [{ ...one, keysToDestroy }], {}, ['current: 2, to destroy: 2']],
    [
      'three, with gaps between their numbers',
      [0, 2, 5].map((index) => ({ ...snapshot(index + 1, [2]), account: { index, active: index === 2 } })),
      {},
      Array(3).fill('current: 1, to destroy: 0'),
    ],
    ['one of the test servers', [{ ...one, testMode: true }], {}, ['current: 2, to destroy: 0']],
    ['an address of our own', [snapshot(7, [2], {}, '127.0.0.1:4430')], {}, ['current: 1, to destroy: 0']],
    ['another name of data', [one], { dataName: 'work-2' }, ['current: 2, to destroy: 0']],
  ])('reads %s, and overwrites nothing', { timeout: TIMEOUT_MS }, async (_, snapshots, options, keys) => {
    const { files } = await write(snapshots, 'tdata', options);
    const args = options.dataName === undefined ? [] : ['-key', options.dataName];
    const { tdata, log } = await start(files, /MTP Info: read keys/g, keys.length, args);
    expect([...log.matchAll(/MTP Info: read keys, (.*)/g)].map(([, found]) => found)).toEqual(keys);
    expect(log).not.toMatch(/App Error|MTP Error|Bad data/);
    const [before, after] = [await read({ files }), await read({ path: tdata })];
    expect(after.snapshots).toEqual(before.snapshots);
  });

  test('asks for the passcode', { timeout: TIMEOUT_MS }, async () => {
    const { files } = await write([one], 'tdata', { passcode: 'x' });
    const { tdata, log } = await start(files, /maybe bad password/g, 1);
    expect(log).toMatch(/could not decrypt pass-protected key/);
    const { snapshots } = await read({ path: tdata }, { passcode: 'x' });
    expect(snapshots[0]!.session.user!.id).toBe(one.session.user!.id);
  });
});
