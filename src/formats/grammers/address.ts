/**
 * Addresses as grammers stores them: both of a data centre are needed and must parse, or it panics when it opens the
 * file (formats/grammers.md, section 1).
 */

import { checkAddress, splitAddress } from '../../address.ts';
import { type Place, refuse } from '../../check.ts';
import { ipv4Bytes, ipv6Bytes } from '../ip.ts';

/** What grammers itself has for an address that it does not know. */
const NO_IPV4 = '0.0.0.0:0';
const NO_IPV6 = '[::]:0';

/** Reads the column `ipv4`. @throws SessionError `INVALID_VALUE` */
export function readIpv4(at: Place, value: unknown): string | null {
  if (value === NO_IPV4) return null;
  return checkAddress(at, 'ipv4', value, 4) ?? refuse(at, 'ipv4', 'an IPv4 address with its port', value);
}

/**
 * Reads the column `ipv6`, where the address stands in brackets. Two forms of the IPv4 address are none: what
 * {@link ipv6Column} puts in the place of a missing one, and `::a.b.c.d`, which grammers put there until February 2026,
 * and to which no connection is possible.
 *
 * @throws SessionError `INVALID_VALUE`
 */
export function readIpv6(at: Place, value: unknown, ipv4Addr: string | null): string | null {
  if (value === NO_IPV6 || value === ipv6Column(null, ipv4Addr)) return null;
  const [, ip, port] = (typeof value === 'string' && /^\[([^[\]]*)\]:(\d+)$/.exec(value)) || [];
  if (ip === undefined) {
    const example = '[2001:67c:4e8:f002::a]:443';
    return refuse(at, 'ipv6', `an IPv6 address in brackets with its port, such as "${example}"`, value);
  }
  const address = checkAddress(at, 'ipv6', `${ip}:${port}`, 6)!;
  return ipv4Addr !== null && isCompatible(address, ipv4Addr) ? null : address;
}

/** Whether an IPv6 address is twelve zeros and an IPv4 address, with the same port. */
function isCompatible(ipv6Addr: string, ipv4Addr: string): boolean {
  const [v6, v4] = [splitAddress(ipv6Addr)!, splitAddress(ipv4Addr)!];
  const bytes = [...new Array<number>(12).fill(0), ...ipv4Bytes(v4.ip)];
  return v6.port === v4.port && ipv6Bytes(v6.ip).every((byte, i) => byte === bytes[i]);
}

/** The column `ipv4`. */
export function ipv4Column(ipv4Addr: string | null): string {
  return ipv4Addr ?? NO_IPV4;
}

/**
 * The column `ipv6`. In the place of a missing address stands the IPv4 address in the form that IPv6 has for it
 * (`::ffff:a.b.c.d`), as grammers itself puts it there, so that a client that prefers IPv6 connects all the same. It is
 * spelled in hexadecimal, which means the same and which grammers never writes: so it is known again for what it is.
 */
export function ipv6Column(ipv6Addr: string | null, ipv4Addr: string | null): string {
  if (ipv6Addr !== null) {
    const { ip, port } = splitAddress(ipv6Addr)!;
    return `[${ip}]:${port}`;
  }
  if (ipv4Addr === null) return NO_IPV6;
  const { ip, port } = splitAddress(ipv4Addr)!;
  const [a, b, c, d] = ipv4Bytes(ip) as [number, number, number, number];
  const group = (high: number, low: number) => ((high << 8) | low).toString(16);
  return `[::ffff:${group(a, b)}:${group(c, d)}]:${port}`;
}

/** Whether an IPv6 address is nothing but an IPv4 address in another form. */
export function isMapped(ipv6Addr: string): boolean {
  const bytes = ipv6Bytes(splitAddress(ipv6Addr)!.ip);
  return bytes.every((byte, i) => i >= 12 || byte === (i < 10 ? 0 : 0xff));
}
