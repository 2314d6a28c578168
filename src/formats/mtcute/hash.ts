/** Access hashes as mtcute stores them (formats/mtcute.md, section 2). */

import { checkInteger, type Place, refuse } from '../../check.ts';

/** `low|high`: the halves of the hash as signed integers of 32 bits, the low one first; empty for small groups. */
export function readHash(at: Place, value: unknown): bigint | null {
  if (value === '') return null;
  const [, low, high] = (typeof value === 'string' && /^(-?\d{1,10})\|(-?\d{1,10})$/.exec(value)) || [];
  if (low === undefined || high === undefined)
    return refuse(at, 'hash', 'two integers with | between', value);
  const half = (text: string) => checkInteger(at, 'hash', Number(text), -(2 ** 31), 2 ** 31 - 1);
  return BigInt.asIntN(64, (BigInt(half(high)) << 32n) | BigInt.asUintN(32, BigInt(half(low))));
}

/** The hash as mtcute writes it; see {@link readHash}. */
export function hashText(hash: bigint): string {
  return `${BigInt.asIntN(32, hash)}|${BigInt.asIntN(32, hash >> 32n)}`;
}
