import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { killOnce } from '../support/kill-rounds.ts';
import { PEERS, peersOf } from '../support/peer-saver.ts';

test('kill -9 at random moments, 40 times: no put that was acknowledged is lost, and none is there in part', async () => {
  const path = join(temporaryFolder(), 'a.session');
  let acknowledged = 0;
  let last = 0;
  for (let kill = 1; kill <= 40; kill++) {
    const numbers = await killOnce(path, Math.random, 'peer-saver.ts');
    acknowledged += numbers.length;
    last = numbers.at(-1) ?? last;
    const storage = new SqliteSession(path);
    await storage.load();
    const peers = await storage.peers.list();
    const number = peers[0]?.seen ?? 0;
    expect(number, `after kill ${kill}`).toBeGreaterThanOrEqual(last);
    expect(peers, `after kill ${kill}`).toEqual(number === 0 ? [] : peersOf(number));
    const turn = await storage.peers.getByUsername('turn');
    expect(turn?.id, `after kill ${kill}`).toBe(number === 0 ? undefined : (number % PEERS) + 1);
    last = number;
    await storage.close();
  }
  expect(acknowledged).toBeGreaterThan(80);
});
