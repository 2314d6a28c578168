/** Sessions that follow from a number, with every part of it depending on that number. */

import { Session } from '../../src/index.ts';
import { testKey } from './sessions.ts';

const CHANNELS = 40;

/** The session of save n: the state is n, channel i holds the last number that fell to it, keys change now and then. */
export function sessionOf(n: number): Session {
  const lastOf = (i: number) => (n < i ? 0 : n - ((n - i) % CHANNELS));
  return new Session({
    dcs: [
      { id: 2, ipv4Addr: '149.154.167.51:443', auth: testKey(n - (n % 7)) },
      { id: 4, ipv4Addr: '149.154.167.91:443', auth: n % 5 === 0 ? null : testKey('four') },
    ],
    user: { id: 1000 + (n % 3), dc: 2, bot: false, username: `user_${n}` },
    state: {
      pts: n,
      qts: n * 2,
      date: 1_700_000_000 + n,
      seq: n % 11,
      channels: Array.from({ length: CHANNELS }, (_, i) => ({ id: i + 1, pts: lastOf(i) })),
    },
  });
}
