/** The server of a session as formats store it that have one text for it: an IP address, or the name of a host. */

import { isIpv4, isIpv6 } from './address.ts';
import { type Place, refuse } from './check.ts';

/** Labels of letters, digits and hyphens; the last one is no number, so that no broken IP address is a name. */
const HOST = /^(?:[a-z\d_-]+\.)*(?!\d+$)[a-z\d_-]+$/i;
const MAX_HOST_LENGTH = 253;

/** Addresses of a data centre; both null for the name of a host, which a session has no place for. */
export interface Addresses {
  ipv4Addr: string | null;
  ipv6Addr: string | null;
}

/** Whether a text can be the name of a host. */
export function isHostName(text: string): boolean {
  return text.length <= MAX_HOST_LENGTH && HOST.test(text);
}

/**
 * The addresses that a text and a port mean.
 *
 * @param port checked already
 * @throws SessionError `INVALID_VALUE` for what is neither an IP address nor the name of a host
 */
export function addressesOf(at: Place, name: string, address: string, port: number): Addresses {
  if (isIpv4(address)) return { ipv4Addr: `${address}:${port}`, ipv6Addr: null };
  if (isIpv6(address)) return { ipv4Addr: null, ipv6Addr: `${address}:${port}` };
  if (!isHostName(address)) return refuse(at, name, 'an IP address or the name of a host', address);
  return { ipv4Addr: null, ipv6Addr: null };
}

/** Says that a host name was left out, if it was. */
export function noteHostName({ ipv4Addr, ipv6Addr }: Addresses, address: string, notes: string[]): void {
  if (ipv4Addr !== null || ipv6Addr !== null) return;
  notes.push(
    `The server is given by a host name, ${address}: a session holds IP addresses only, so it has none.`,
  );
}
