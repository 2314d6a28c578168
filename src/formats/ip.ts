/** IP addresses between text and bytes. */

import { checkAddress } from '../address.ts';
import type { Place } from '../check.ts';

/** Texts that were made before: millions of strings name the same few servers. Each place holds one, the newest. */
const made = Array.from({ length: 64 }, () => ({ ip: -1, port: 0, text: '' }));

/** `ip:port` for an IPv4 address as an integer. */
export function ipv4Address(ip: number, port: number): string {
  const place = (ip ^ port) & 63;
  const before = made[place]!;
  if (before.ip === ip && before.port === port) return before.text;
  const text = `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}:${port}`;
  made[place] = { ip, port, text };
  return text;
}

/**
 * The IPv4 address that stands as text in some bytes, as an integer, or -1 where they are anything else than four
 * numbers up to 255 without leading zeros.
 */
export function ipv4InText(bytes: Uint8Array, start: number, end: number): number {
  let ip = 0;
  let part = -1;
  let parts = 0;
  for (let i = start; i <= end; i++) {
    const digit = i === end ? DOT : bytes[i]! - 0x30;
    if (digit === DOT) {
      if (part < 0) return -1;
      ip = ip * 256 + part;
      part = -1;
      parts++;
    } else if (digit < 0 || digit > 9 || part === 0 || part > 25) {
      return -1;
    } else {
      part = part < 0 ? digit : part * 10 + digit;
      if (part > 255) return -1;
    }
  }
  return parts === 4 ? ip : -1;
}

/** What `.` and `:` are, counted from `0`. */
const DOT = 0x2e - 0x30;
const COLON = 0x3a - 0x30;

/**
 * An `ip:port` over IPv4 as one number, the address times 65536 and the port, or -1 where it is anything else than what
 * {@link checkAddress} takes. Millions of strings are written from such addresses, and its patterns take their time.
 */
export function ipv4AndPort(address: unknown): number {
  if (typeof address !== 'string') return -1;
  let ip = 0;
  let part = -1;
  let parts = 0;
  for (let i = 0; i < address.length; i++) {
    const digit = address.charCodeAt(i) - 0x30;
    if (digit >= 0 && digit <= 9) {
      // No leading zeros; and nothing grows beyond a port.
      if (part === 0 || part > 6553) return -1;
      part = part < 0 ? digit : part * 10 + digit;
    } else if (part >= 0 && part <= 255 && digit === (parts === 3 ? COLON : DOT)) {
      ip = ip * 256 + part;
      part = -1;
      parts++;
    } else {
      return -1;
    }
  }
  return parts === 4 && part >= 1 && part <= 65535 ? ip * 65536 + part : -1;
}

/**
 * The address of a data centre to write, over IPv4 if it has such a one; null where it has neither.
 *
 * @throws SessionError `INVALID_VALUE`
 */
export function addressToWrite(at: Place, ipv4Addr: string | null, ipv6Addr: string | null): string | null {
  if (ipv4AndPort(ipv4Addr) >= 0) return ipv4Addr;
  return checkAddress(at, 'ipv4Addr', ipv4Addr, 4) ?? checkAddress(at, 'ipv6Addr', ipv6Addr, 6);
}

/** The four bytes at an offset as IPv4 text. */
export function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/**
 * The sixteen bytes at an offset as IPv6 text in the short form of RFC 5952, which Python's `compressed` gives too:
 * lower case, no leading zeros, the first longest run of two or more zero groups as `::`.
 */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[at + i]! << 8) | bytes[at + i + 1]!);
  let start = 0;
  let length = 0;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) {
      start = i;
      length = end - i;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** The bytes of an IPv4 text that was checked. */
export function ipv4Bytes(text: string): number[] {
  return text.split('.').map(Number);
}

/** The bytes of an IPv6 text that was checked; its last two groups may be written as IPv4. */
export function ipv6Bytes(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const first = groupBytes(head);
  if (tail === undefined) return first;
  const last = groupBytes(tail);
  return [...first, ...new Array<number>(16 - first.length - last.length).fill(0), ...last];
}

function groupBytes(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return ipv4Bytes(group);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}
