/** Addresses of data centres as `ip:port` text; IPv6 is not bracketed, so the port is what follows the last colon. */

import { type Place, refuse } from './check.ts';

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const LEADING_ZERO = /(?:^|\.)0\d/;

/** Whether this is an IPv4 address in its usual form (four decimal numbers, no leading zeros). */
export function isIpv4(text: string): boolean {
  return IPV4.test(text) && !LEADING_ZERO.test(text);
}

/** Whether this is an IPv6 address without brackets, zone or port, in the short or the long form. */
export function isIpv6(text: string): boolean {
  // The URL parser of every runtime knows the whole grammar; the first test keeps its own syntax out.
  return /^[\da-fA-F:.]*:[\da-fA-F:.]*$/.test(text) && URL.canParse(`http://[${text}]`);
}

/** The two halves of `ip:port`, or null where there is no port of 1 to 65535 behind the last colon. */
export function splitAddress(address: string): { ip: string; port: number } | null {
  const colon = address.lastIndexOf(':');
  const digits = address.slice(colon + 1);
  if (colon < 1 || !/^[1-9]\d{0,4}$/.test(digits) || Number(digits) > 65535) return null;
  return { ip: address.slice(0, colon), port: Number(digits) };
}

/** Checks an `ip:port` text of the family named; null stays null. */
export function checkAddress(at: Place, name: string, value: unknown, family: 4 | 6): string | null {
  if (value === null) return null;
  const parts = typeof value === 'string' ? splitAddress(value) : null;
  if (parts !== null && (family === 4 ? isIpv4(parts.ip) : isIpv6(parts.ip))) return value as string;
  const example = family === 4 ? '149.154.167.51:443' : '2001:67c:4e8:f002::a:443';
  // A short text made of the characters of a host name is shown: it helps, and a key has 256 bytes.
  const shown = typeof value === 'string' && /^[\w.:[\]-]{0,64}$/.test(value) ? `"${value}"` : undefined;
  return refuse(
    at,
    name,
    `an IPv${family} address with its port, such as "${example}", or null`,
    value,
    shown,
  );
}
