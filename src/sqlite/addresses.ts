/** Addresses as files of other programs have them: in the wrong column, or names instead of numbers. */

import { checkAddress, isIpv4, isIpv6, splitAddress } from '../address.ts';
import { type Place, refuse } from '../check.ts';
import { type Addresses, addressesOf, isHostName, noteHostName } from '../server-address.ts';
import type { SqlValue } from './driver.ts';

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
    if (isHostName(parts.ip)) return { family: 'name', address };
  }
  const address = checkAddress(at, name, value, expected);
  return address === null ? null : { family: expected, address };
}

/**
 * Reads an address that stands in two columns, `server_address` and `port`. A host name is noted, as a session has no
 * place for one.
 *
 * @throws SessionError `INVALID_VALUE` naming the field
 */
export function readServerAddress(
  at: string,
  address: SqlValue,
  port: number | null,
  notes: string[],
): Addresses {
  if (address === null || address === '') return { ipv4Addr: null, ipv6Addr: null };
  if (typeof address !== 'string') return refuse(at, 'server_address', 'text or NULL', address);
  if (port === null || port === 0) return refuse(at, 'port', 'an integer from 1 to 65535', port);
  const addresses = addressesOf(at, 'server_address', address, port);
  noteHostName(addresses, address, notes);
  return addresses;
}
