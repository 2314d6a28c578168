/**
 * A client of MTKruto, as far as its storage sees it, on the built package: it logs in, meets somebody, disconnects, and
 * finds all of it after a restart.
 */

import { deepEqual, equal } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mtkrutoStorage } from 'tgsession/clients/mtkruto';
import { SqliteSession } from 'tgsession/sqlite';

const folder = mkdtempSync(join(tmpdir(), 'mtkruto-'));
const errors = [];
const open = async () => {
  const session = new SqliteSession(join(folder, 'a.session'));
  const storage = mtkrutoStorage(session, { apiId: 7, onError: (error) => errors.push(error) });
  await storage.initialize();
  return { storage, session };
};
const key = Uint8Array.from({ length: 256 }, (_, i) => (i * 7 + 1) % 256);
const auth = { apiId: 7, authKey: key, dc: '4', isBot: true, userId: 777 };
const state = { _: 'updates.state', pts: 1, qts: 2, date: 3, seq: 4, unread_count: 0 };
const chat = { type: 'supergroup', id: -1000000000055, color: 6, title: 'S', isForum: false };

try {
  const first = await open();
  equal(await first.storage.get(['auth']), null);
  await first.storage.set(['auth'], { ...auth, userId: 0 });
  await first.storage.set(['auth'], auth);
  await first.storage.set(['updates.state'], state);
  await first.storage.set(['channelPts', 55n], 6);
  await first.storage.set(['peers', chat.id], [chat, -5n]);
  await first.storage.branch('2').set(['auth'], { ...auth, dc: null, userId: 0, authKey: key.toReversed() });
  await first.storage.close();

  const second = await open();
  deepEqual(await second.storage.get(['auth']), auth);
  deepEqual(await second.storage.get(['updates.state']), state);
  deepEqual((await second.storage.branch('2').get(['auth'])).authKey, key.toReversed());
  const [{ title }, hash] = await second.storage.get(['peers', chat.id]);
  deepEqual([title, hash], ['S', -5n]);
  const found = [];
  for await (const [each] of second.storage.getMany({ prefix: [] })) found.push(each);
  deepEqual(found, [['auth'], ['channelPts', 55n], ['peers', chat.id], ['updates.state']]);
  await second.storage.set(['auth'], { ...auth, authKey: null });
  equal((await second.session.aside.list())[0].reason, 'erased');
  await second.storage.close();
  deepEqual(errors, []);
} finally {
  rmSync(folder, { recursive: true });
}
console.log('All of it holds.');
