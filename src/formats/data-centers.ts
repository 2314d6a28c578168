/**
 * Telegram's data centres: what their addresses are, for formats that store none, and which one an address belongs
 * to, for formats that store nothing else. Addresses change now and then and a client is told the new ones after it
 * connected to any old one; so whatever comes from here is an assumption, and is noted as one.
 *
 * Sources: the tables built into Telethon v1 and v2, Pyrogram, mtcute, MTKruto, grammers (formats/*.md).
 */

import { splitAddress } from '../address.ts';
import type { DataCenter } from '../session.ts';
import { ipv6Bytes } from './ip.ts';

/** One data centre: its usual addresses first, then others that it had, or has in other libraries. */
interface Known {
  id: number;
  test: boolean;
  ipv4: readonly [string, ...string[]];
  ipv6: readonly [string, ...string[]];
}

const KNOWN: readonly Known[] = [
  {
    id: 1,
    test: false,
    ipv4: ['149.154.175.53', '149.154.175.50', '149.154.175.56'],
    ipv6: ['2001:b28:f23d:f001::a'],
  },
  {
    id: 2,
    test: false,
    ipv4: ['149.154.167.51', '149.154.167.50', '149.154.167.41', '95.161.76.100'],
    ipv6: ['2001:67c:4e8:f002::a'],
  },
  { id: 3, test: false, ipv4: ['149.154.175.100'], ipv6: ['2001:b28:f23d:f003::a'] },
  { id: 4, test: false, ipv4: ['149.154.167.91', '149.154.167.92'], ipv6: ['2001:67c:4e8:f004::a'] },
  {
    id: 5,
    test: false,
    ipv4: [
      '91.108.56.130',
      '91.108.56.104',
      '91.108.56.149',
      '91.108.56.165',
      '91.108.56.179',
      '91.108.56.190',
      '149.154.171.5',
    ],
    ipv6: ['2001:b28:f23f:f005::a'],
  },
  { id: 203, test: false, ipv4: ['91.105.192.100'], ipv6: ['2a0a:f280:203:a:5000::100'] },
  { id: 1, test: true, ipv4: ['149.154.175.10'], ipv6: ['2001:b28:f23d:f001::e'] },
  { id: 2, test: true, ipv4: ['149.154.167.40'], ipv6: ['2001:67c:4e8:f002::e'] },
  { id: 3, test: true, ipv4: ['149.154.175.117'], ipv6: ['2001:b28:f23d:f003::e'] },
];

/** Every address known, IPv6 in a form that does not depend on how it is written. */
const BY_IP = new Map(
  KNOWN.flatMap((known) => [...known.ipv4, ...known.ipv6.map(canonical)].map((ip) => [ip, known])),
);

function canonical(ip: string): string {
  return ip.includes(':') ? ipv6Bytes(ip).join(' ') : ip;
}

/** Which data centre an IP address (checked, without port) belongs to, or null where it is not known. */
export function dataCenterAt(ip: string): { id: number; test: boolean } | null {
  const known = BY_IP.get(canonical(ip));
  return known === undefined ? null : { id: known.id, test: known.test };
}

/** The usual addresses by number, those of the test servers apart: strings are parsed by the million. */
const USUAL = [false, true].map(
  (test) =>
    new Map(
      KNOWN.filter((known) => known.test === test).map(({ id, ipv4, ipv6 }) => {
        const port = test ? 80 : 443;
        return [id, { ipv4Addr: `${ipv4[0]}:${port}`, ipv6Addr: `${ipv6[0]}:${port}` }];
      }),
    ),
);

/** The usual `ip:port` of a data centre, or null where none is known. Port 443; test servers have 80. */
export function usualAddress(id: number, test: boolean, family: 4 | 6): string | null {
  const usual = USUAL[test ? 1 : 0]!.get(id);
  if (usual === undefined) return null;
  return family === 4 ? usual.ipv4Addr : usual.ipv6Addr;
}

/** Whether an address (checked) is the usual one of a data centre, however it is written. */
export function isUsualAddress(address: string, id: number, test: boolean, family: 4 | 6): boolean {
  const usual = usualAddress(id, test, family);
  if (usual === null || usual === address) return usual !== null;
  const [a, b] = [splitAddress(address), splitAddress(usual)];
  return a !== null && b !== null && a.port === b.port && canonical(a.ip) === canonical(b.ip);
}

/** Whether a data centre is one of the test servers, as far as its addresses tell; null where they do not. */
export function isTestServer({
  ipv4Addr,
  ipv6Addr,
}: Pick<DataCenter, 'ipv4Addr' | 'ipv6Addr'>): boolean | null {
  for (const address of [ipv4Addr, ipv6Addr]) {
    const known = address === null ? null : dataCenterAt(splitAddress(address)?.ip ?? '');
    if (known !== null) return known.test;
  }
  return null;
}
