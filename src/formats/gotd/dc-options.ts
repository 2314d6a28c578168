/** The data centres of a configuration as gotd keeps them: `DCOptions`, TL's own dcOption as JSON of Go. */

import { isIpv4, isIpv6, splitAddress } from '../../address.ts';
import { MAX_DC_ID, refuse } from '../../check.ts';
import type { DataCenter } from '../../session.ts';
import { decodeBase64 } from '../base64.ts';
import { GoFields } from './fields.ts';

/** More than any server sends; today's list has about thirty. */
const MAX_OPTIONS = 1000;
const MAX_TEXT = 256;
const IPV6_FLAG = 1;

/** One address of one data centre, with the names and the order that gotd writes. */
export type DcOption = {
  /** The flags below as TL has them: 1, 2, 4, 8, 16, 32 in their order, 1024 with a secret. */
  Flags: number;
  Ipv6: boolean;
  MediaOnly: boolean;
  TCPObfuscatedOnly: boolean;
  CDN: boolean;
  Static: boolean;
  ThisPortOnly: boolean;
  ID: number;
  IPAddress: string;
  Port: number;
  /** Base64: what a client disguises its connection with; the server tells it to everybody. Null for none. */
  Secret: string | null;
};

/** Reads the list; null where there is none. @throws SessionError `INVALID_VALUE` */
export function readDcOptions(config: GoFields): DcOption[] | null {
  const list = config.value('DCOptions');
  const at = config.place('DCOptions');
  if (list === null) return null;
  if (!Array.isArray(list) || list.length > MAX_OPTIONS) {
    return refuse(at, '', `a list of at most ${MAX_OPTIONS} data centres, or null`, list);
  }
  return list.map((item, i) => readDcOption(new GoFields(`${at}[${i}]`, item)));
}

function readDcOption(fields: GoFields): DcOption {
  const IPAddress = fields.text('IPAddress', MAX_TEXT);
  if (!isIpv4(IPAddress) && !isIpv6(IPAddress)) {
    refuse(fields.place('IPAddress'), '', 'an IP address', IPAddress);
  }
  const secret = fields.value('Secret') === null ? null : fields.text('Secret', MAX_TEXT);
  if (secret !== null && decodeBase64(secret) === null) {
    refuse(fields.place('Secret'), '', 'base64, or null', secret);
  }
  return {
    Flags: fields.integer('Flags', 0, 2 ** 32 - 1),
    Ipv6: fields.boolean('Ipv6'),
    MediaOnly: fields.boolean('MediaOnly'),
    TCPObfuscatedOnly: fields.boolean('TCPObfuscatedOnly'),
    CDN: fields.boolean('CDN'),
    Static: fields.boolean('Static'),
    ThisPortOnly: fields.boolean('ThisPortOnly'),
    ID: fields.integer('ID', 1, MAX_DC_ID),
    IPAddress,
    Port: fields.integer('Port', 1, 65535),
    Secret: secret,
  };
}

/** Addresses of a data centre. */
export interface DcAddresses {
  id: number;
  ipv4Addr: string | null;
  ipv6Addr: string | null;
}

/** What any client may connect to: the first address of each family that is for everything, and not in disguise. */
export function addressesIn(options: readonly DcOption[]): Map<number, DcAddresses> {
  const found = new Map<number, DcAddresses>();
  for (const { MediaOnly, TCPObfuscatedOnly, CDN, Secret, ID: id, IPAddress, Port } of options) {
    if (MediaOnly || TCPObfuscatedOnly || CDN || Secret) continue;
    const dc = found.get(id) ?? { id, ipv4Addr: null, ipv6Addr: null };
    if (isIpv4(IPAddress)) dc.ipv4Addr ??= `${IPAddress}:${Port}`;
    else dc.ipv6Addr ??= `${IPAddress}:${Port}`;
    found.set(id, dc);
  }
  return found;
}

/** The list for the addresses that data centres have; null, as in Go, for none. */
export function dcOptionsOf(dcs: readonly DataCenter[]): DcOption[] | null {
  const options = dcs.flatMap(({ id, ipv4Addr, ipv6Addr }) =>
    [ipv4Addr, ipv6Addr].flatMap((address) => (address === null ? [] : [dcOption(id, address)])),
  );
  return options.length === 0 ? null : options;
}

function dcOption(id: number, address: string): DcOption {
  const { ip, port } = splitAddress(address)!;
  const isV6 = !isIpv4(ip);
  return {
    Flags: isV6 ? IPV6_FLAG : 0,
    Ipv6: isV6,
    MediaOnly: false,
    TCPObfuscatedOnly: false,
    CDN: false,
    Static: false,
    ThisPortOnly: false,
    ID: id,
    IPAddress: ip,
    Port: port,
    Secret: null,
  };
}
