/** Synthetic sessions for tests. */

import { createHash } from 'node:crypto';
import { Session } from '../../src/index.ts';

/** Keys of tests begin with this, so that one grep finds them in whatever the tests print. */
export const KEY_MARK = 'Kq7#zV2@xW9!pL4$mN8';

/** A synthetic key: the same for the same number, and recognizable. */
export function testKey(seed: number | string): Uint8Array {
  const key = new Uint8Array(256);
  for (let i = 0; i < 8; i++) {
    key.set(createHash('sha256').update(`${KEY_MARK}${seed}-${i}`).digest(), i * 32);
  }
  key.set(new TextEncoder().encode(KEY_MARK));
  return key;
}

/** A logged-in session with five data centres and n channels. */
export function fullSession(channels = 3, seed: number | string = 1): Session {
  return new Session({
    dcs: [1, 2, 3, 4, 5].map((id) => ({
      id,
      ipv4Addr: `149.154.167.${50 + id}:443`,
      ipv6Addr: id % 2 === 0 ? `2001:67c:4e8:f00${id}::a:443` : null,
      auth: id === 2 || id === 4 ? testKey(`${seed}-${id}`) : null,
    })),
    user: { id: 811432825, dc: 2, bot: false, username: 'alice' },
    state: {
      pts: 100,
      qts: 5,
      date: 1_700_000_000,
      seq: 9,
      channels: Array.from({ length: channels }, (_, i) => ({ id: 1_000_000_000 + i * 7, pts: 10 + i })),
    },
  });
}
