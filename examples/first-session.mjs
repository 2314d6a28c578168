/**
 * The main job on a real session file, without a network: look, open, save, close, load again, convert, and back.
 * Run it with `node examples/first-session.mjs`, once the package is built. alice.session was written by the real
 * Telethon v2; its keys are made up.
 */

import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession, SessionHeldError } from 'tgsession';
import { read, write } from 'tgsession/formats';
import { SqliteSession } from 'tgsession/sqlite';

let step = 0;
const say = (what) => console.log(`\n${++step}. ${what}`);
const show = (...lines) => console.log(lines.map((line) => `   ${line}`).join('\n'));
const prove = (claim, holds) => {
  if (!holds) throw new Error(`This should hold, and does not: ${claim}`);
  show(`[holds] ${claim}`);
};

const folder = mkdtempSync(join(tmpdir(), 'tgsession-start-'));
try {
  // The example stays as it is; we work on a copy.
  const path = join(folder, 'alice.session');
  copyFileSync(join(import.meta.dirname, 'alice.session'), path);
  chmodSync(path, 0o600); // git gives every file to all readers; a session is its owner's alone

  say('What is in a Telethon session file? Reading changes nothing, and keys are shown by their id only.');
  const before = await read({ path });
  const { session } = before.snapshots[0];
  show(`${before.format}, schema ${before.version}`, `${session.user}`, `${session.state}`);
  for (const dc of session.dcs) show(`${dc}`);

  say('Open it as a client would. From now on nobody else can use it.');
  const storage = new SqliteSession(path, { label: 'npm start' });
  const opened = await openSession(storage);
  prove('it is the session that was read', opened.session.equals(session));
  const refusal = await new SqliteSession(path).load().catch((error) => error);
  prove('a second client is refused', refusal instanceof SessionHeldError);
  show(`and told: ${refusal.message.replace(path, 'alice.session')}`);

  say('Updates arrive. Save how far we are: one changed row, on the disk when save() is done.');
  opened.session.state.pts += 5;
  opened.session.state.channels[0].pts += 1;
  await opened.save();
  const seen = (await read({ path })).snapshots[0].session;
  prove('a reader sees the new state while the session is held', seen.equals(opened.session));

  say('Close, and load again.');
  await opened.close();
  const again = new SqliteSession(path);
  const loaded = await again.load();
  prove(`pts is ${loaded.state.pts}, as it was saved`, loaded.equals(opened.session));
  await again.close();
  prove('nothing is left beside the file', readdirSync(folder).join() === 'alice.session');
  prove('only its owner can read it', process.platform === 'win32' || (statSync(path).mode & 0o077) === 0);

  say('Convert it to a Telethon string, and that back.');
  const { snapshots } = await read({ path });
  const { files, losses } = await write(snapshots, 'telethon-string');
  const text = new TextDecoder().decode([...files.values()][0]);
  show(`a string of ${text.length} characters (not printed: it is the login)`, 'which cannot hold:');
  for (const { message } of losses) show(`- ${message}`);
  const back = (await read({ text })).snapshots[0].session;
  const home = (from) => from.dcs.find((dc) => dc.id === loaded.user.dc);
  prove(
    'the key and the address of the home data centre come back as they were',
    home(back).authKeyId === home(loaded).authKeyId && home(back).ipv4Addr === home(loaded).ipv4Addr,
  );

  console.log('\nAll of it holds.');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
