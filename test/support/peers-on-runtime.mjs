/**
 * Peers on whichever runtime this is: through a session file, and through a conversion from each library that has them.
 * Prints `ok`. Arguments: a folder of its own, session files to convert.
 */

import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { read, write } from '../../dist/formats/index.js';
import { SqliteSession } from '../../dist/sqlite/index.js';

const [folder, ...sources] = process.argv.slice(2);
const text = (value) => JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}n` : one));
const check = (a, b, what) => {
  if (text(a) !== text(b)) throw new Error(`${what}: ${text(a)} is not ${text(b)}`);
};

for (const [i, path] of sources.entries()) {
  const { snapshots } = await read({ path });
  const { peers: list, session } = snapshots[0];
  const peers = session.dcs.some(({ auth }) => auth !== null) ? [...list] : [];
  const build = join(folder, `build-${i}`);
  mkdirSync(build);
  const { built } = await write(snapshots, 'telethon-v2-sqlite', { folder: build });
  const file = join(folder, `${i}.session`);
  renameSync(built.get(''), file);
  const storage = new SqliteSession(file);
  await storage.load();
  check(await storage.peers.count(), peers.length, `count of ${path}`);
  for (const peer of peers) {
    const found = await storage.peers.get(peer.kind, peer.id);
    check(found?.accessHash, peer.accessHash, `hash of ${peer.id} in ${path}`);
  }
  if (session.user === null || !session.dcs.some(({ id, auth }) => id === session.user.dc && auth !== null)) {
    await storage.close();
    continue;
  }
  const odd = {
    kind: 'channel',
    id: Number.MAX_SAFE_INTEGER,
    accessHash: -(2n ** 63n),
    usernames: ['Größe', 'b'],
    phone: null,
    name: '🦊',
    seen: 2 ** 40,
    megagroup: true,
  };
  await storage.peers.put([odd, { ...odd, id: 1, seen: null }]);
  await storage.peers.put([{ ...odd, id: 2, seen: 5, usernames: [] }]);
  check(await storage.peers.getByUsername('@GRÖSSE'), null, 'a name that was never seen');
  check((await storage.peers.getByUsername('@grÖße')).id, 1, 'who has the name');
  check(await storage.peers.get('channel', odd.id), odd, 'the odd one');
  check((await storage.peers.list({ after: { kind: 'channel', id: 1 } })).at(-1), odd, 'the last page');
  await storage.close();
}
console.log('ok');
