/**
 * The whole story: a real mtcute client logs in, is killed, goes on, is protected from a second one, and its session moves
 * to a real teleproto client. `npm start` runs it. All of it is on this machine: the data centre is one of ours on
 * 127.0.0.1, and its log is the proof.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { read, write } from 'tgsession/formats';
import { startLoopbackDc } from 'tgsession/testing/dc';
import { killAll, start } from './story/program.mjs';
import { prove, show, step } from './story/tell.mjs';

const ALICE = { id: 1000, phone: '+99966', firstName: 'Alice' };
const folder = mkdtempSync(join(tmpdir(), 'tgsession-story-'));
const path = join(folder, 'alice.session');
const dc = await startLoopbackDc({ users: [ALICE] });
const place = JSON.stringify(dc);
console.log(`A data centre listens on ${dc.address}. The clients are those from npm, as they are.`);

// Whatever waits in vain.
setTimeout(() => {
  console.error('The story came to a standstill.');
  process.exit(1);
}, 120_000).unref();

/** What is in the file, as a reader sees it without taking it. */
const stored = async () => (await read({ path })).snapshots[0].session;

try {
  step('mtcute logs in, on a session file.');
  const first = start('mtcute', path, place);
  prove('it is Alice', (await first.line()) === 'I am Alice');
  const { authKeyId } = await dc.log.request('auth.signIn');
  prove(`the server made the key ${authKeyId}, and she signed in with it`, dc.log.of('handshake').length > 0);
  await dc.log.request('updates.getDifference'); // from now on it listens
  dc.user(ALICE.id).pushMessage({ text: 'hello' });
  prove('it hears "hello"', (await first.line()) === 'heard hello');
  const { pts } = dc.user(ALICE.id).state;
  while ((await stored()).state?.pts !== pts) await delay(20); // the save that follows
  show(`pts ${pts} is on the disk`);

  step('kill -9.');
  await first.kill();
  const left = await stored();
  prove('the key and the user are in the file', left.dcs[0].authKeyId === authKeyId && left.user.id === 1000);
  dc.user(ALICE.id).pushMessage({ text: 'while you were away' });

  step('A new process goes on.');
  dc.log.clear();
  const second = start('mtcute', path, place);
  prove('it is Alice', (await second.line()) === 'I am Alice');
  prove('it hears "while you were away"', (await second.line()) === 'heard while you were away');
  prove('the server saw no handshake and no login', isQuiet(authKeyId));
  const { request } = await dc.log.request('updates.getDifference');
  prove(`and was asked for what followed after pts ${request.pts}`, request.pts === pts);

  step('Meanwhile another process wants the same session. Two of them would cost the key.');
  const connections = dc.log.of('connect').length;
  const third = start('mtcute', path, place);
  const refusal = await third.line();
  await third.end();
  prove('it is refused', refusal.startsWith('SessionHeldError'));
  show(refusal.replace(path, 'alice.session'));
  prove('the server saw no connection of it', dc.log.of('connect').length === connections);
  await second.end();

  step('The session moves to teleproto, another library, as a string.');
  const { snapshots } = await read({ path });
  const { files, losses } = await write(snapshots, 'gramjs-string');
  for (const { message } of losses) show(`lost: ${message}`);
  dc.log.clear();
  const fourth = start('teleproto', place);
  const string = new TextDecoder().decode([...files.values()][0]);
  const [me] = await Promise.all([fourth.line(), fourth.end(`${string}\n`)]);
  prove('it is Alice', me === 'I am Alice');
  prove('the server saw no handshake and no login', isQuiet(authKeyId));

  console.log('\nAll of it holds.');
} finally {
  await killAll();
  await dc.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Whether clients were served that had the key already. */
function isQuiet(key) {
  const requests = dc.log.requests();
  const isKnown = requests.every((each) => each.authKeyId === key && !/^auth\.(send|sign)/.test(each.method));
  return requests.length > 0 && isKnown && dc.log.of('handshake').length === 0;
}
