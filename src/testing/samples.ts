/** Synthetic sessions and keys: the same for the same number, on every runtime. */

import { AUTH_KEY_LENGTH } from '../auth-key.ts';
import { Session } from '../session.ts';

/** Every synthetic key begins with this text, so that one search finds it wherever it should not be. */
export const SAMPLE_KEY_MARK = 'tgsession-test-key-';

/** Numbers from 0 up to 1 that follow from a seed (mulberry32): chance that can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A synthetic authorization key. No account has it; different seeds give different keys. */
export function sampleKey(seed = 1): Uint8Array {
  const random = seededRandom(seed);
  const key = Uint8Array.from({ length: AUTH_KEY_LENGTH }, () => Math.floor(random() * 256));
  key.set(new TextEncoder().encode(SAMPLE_KEY_MARK));
  return key;
}

/**
 * A logged-in session with three data centres (two of them with a key), a user and some channels.
 *
 * @param seed sessions of different seeds differ in every part
 * @param channels how many channels it has
 */
export function sampleSession(seed = 1, channels = 3): Session {
  return new Session({
    dcs: [
      { id: 1, ipv4Addr: `149.154.175.${seed % 256}:443`, auth: null },
      {
        id: 2,
        ipv4Addr: '149.154.167.51:443',
        ipv6Addr: `2001:67c:4e8:f002::${(seed % 65536).toString(16)}:443`,
        auth: sampleKey(2 * seed),
      },
      { id: 4, ipv6Addr: '2001:067c:04e8:f004:0000:0000:0000:000a:443', auth: sampleKey(2 * seed + 1) },
    ],
    user: { id: 800_000_000 + seed, dc: 2, bot: seed % 2 === 0, username: `user_${seed}` },
    state: {
      pts: 1000 + seed,
      qts: 20 + seed,
      date: 1_700_000_000 + seed,
      seq: 5 + seed,
      channels: Array.from({ length: channels }, (_, i) => ({ id: 1_000_000_000 + i * 13, pts: seed + i })),
    },
  });
}
