/**
 * Puts peers in a loop until it is killed, with a save now and then, and prints the number of each put that was
 * acknowledged. Put n gives every peer the time n, and a username to the one whose turn it is. Argument: path.
 */

import { writeSync } from 'node:fs';
import type { Peer } from '../../src/peers.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { fullSession } from './sessions.ts';

/** How many peers a put has. */
export const PEERS = 30;

/** The peers of a put. */
export function peersOf(number: number): Peer[] {
  return Array.from({ length: PEERS }, (_, i) => ({
    kind: 'user',
    id: i + 1,
    accessHash: BigInt(number),
    usernames: i === number % PEERS ? ['turn'] : [`user_${i}_${number % 3}`],
    phone: null,
    name: null,
    seen: number,
  }));
}

if (process.argv[1]?.endsWith('peer-saver.ts')) {
  for (;;) {
    const storage = new SqliteSession(process.argv[2]!, { wait: 10_000 });
    const session = (await storage.load()) ?? fullSession();
    await storage.save(session);
    let number = (await storage.peers.get('user', 1))?.seen ?? 0;
    for (let i = 0; i < 15; i++) {
      await storage.peers.put(peersOf(++number));
      writeSync(1, `${number}\n`);
      if (i % 4 === 3) {
        session.state!.pts++;
        await storage.save(session);
      }
    }
    await storage.close();
  }
}
