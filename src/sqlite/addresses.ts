/** Addresses as files of other programs have them: in the wrong column, or names instead of numbers. */

import { checkAddress, isIpv4, isIpv6, splitAddress } from '../address.ts';
import type { Place } from '../check.ts';

const HOST_NAME = /^(?=.*[a-z])[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?$/i;

/** What an `ip:port` text turned out to be. */
export type FoundAddress =
  | { family: 4 | 6; address: string }
  /** A host name: a session has no place for one. */
  | { family: 'name'; address: string };

/**
 * Reads an `ip:port` text of either family; null stays null.
 *
 * @param expected the family that belongs there, for the message
 * @throws SessionError `INVALID_VALUE` naming the field
 */
export function readAddress(at: Place, name: string, value: unknown, expected: 4 | 6): FoundAddress | null {
  const parts = typeof value === 'string' ? splitAddress(value) : null;
  if (parts !== null) {
    const address = value as string;
    if (isIpv4(parts.ip)) return { family: 4, address };
    if (isIpv6(parts.ip)) return { family: 6, address };
    if (HOST_NAME.test(parts.ip)) return { family: 'name', address };
  }
  const address = checkAddress(at, name, value, expected);
  return address === null ? null : { family: expected, address };
}
