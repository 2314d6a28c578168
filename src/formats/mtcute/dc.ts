/** Data centres as mtcute stores them (formats/mtcute.md, section 1), in strings and in databases. */

import { checkAddress, splitAddress } from '../../address.ts';
import { checkDcId } from '../../check.ts';
import { addressesOf } from '../../server-address.ts';
import type { ByteReader } from '../bytes.ts';
import type { Loss } from '../codec.ts';
import type { MediaDc, Snapshot } from '../snapshot.ts';
import { readTlBytes, readTlString, TlWriter } from '../tl.ts';

const NEWEST_VERSION = 2;
const IPV6 = 1;
const MEDIA_ONLY = 2;
const TEST = 4;
const ALL_FLAGS = IPV6 | MEDIA_ONLY | TEST;

/** The constructor of TL's own dcOption, in strings of versions 1 and 2. */
export const DC_OPTION = 0x18b7a10d;
const BOXED_MEDIA_ONLY = 2;
const BOXED_SECRET = 1 << 10;
/** IPv6, media only, TCPO only, CDN, static, this port only, secret. */
const BOXED_FLAGS = 0b111111 | BOXED_SECRET;

/** A data centre as it is stored. */
export interface DcOption extends MediaDc {
  /** The address, which may be the name of a host; then there is no IP address. */
  serverAddress: string;
  /** Whether it is one of the test servers; null where this version does not say. */
  test: boolean | null;
}

/** Reads mtcute's own layout, versions 1 and 2: version, id, flags, then the address and the port. */
export function readDcOption(reader: ByteReader): DcOption {
  const version = reader.u8('version');
  if (version < 1 || version > NEWEST_VERSION) reader.refuse('version', '1 or 2', String(version));
  const id = reader.u8('id');
  const flags = reader.u8('flags');
  if ((flags & ~ALL_FLAGS) !== 0) reader.refuse('flags', `flags up to ${ALL_FLAGS}`, String(flags));
  const address = readAddress(reader, id);
  reader.end();
  // Version 1 knew no such flag.
  const test = version === 1 ? null : (flags & TEST) !== 0;
  return { ...address, mediaOnly: (flags & MEDIA_ONLY) !== 0, test };
}

/** Reads TL's dcOption, its constructor included. */
export function readBoxedDcOption(reader: ByteReader): DcOption {
  const constructorId = reader.u32le('constructor');
  if (constructorId !== DC_OPTION) reader.refuse('constructor', 'that of dcOption', 'another one');
  const flags = reader.u32le('flags');
  if ((flags & ~BOXED_FLAGS) !== 0) {
    reader.refuse('flags', 'flags of dcOption', String(flags));
  }
  const address = readAddress(reader, reader.i32le('id'));
  // The secret of a proxy, which nothing here is.
  if ((flags & BOXED_SECRET) !== 0) readTlBytes(reader, 'secret');
  return { ...address, mediaOnly: (flags & BOXED_MEDIA_ONLY) !== 0, test: null };
}

/** The address tells its family; the flag is for the client, which does not rely on it either. */
function readAddress(reader: ByteReader, rawId: number) {
  const id = checkDcId(reader.place, 'id', rawId);
  const serverAddress = readTlString(reader, 'serverAddress');
  const port = reader.i32le('port');
  if (port < 1 || port > 65535) reader.refuse('port', 'an integer from 1 to 65535', String(port));
  return { id, serverAddress, ...addressesOf(reader.place, 'serverAddress', serverAddress, port) };
}

/**
 * Writes mtcute's own layout, version 2, over IPv4 if there is such an address.
 *
 * @returns null for a data centre that it has no place for: without an address, or of a number above 255
 * @throws SessionError `INVALID_VALUE`
 */
export function writeDcOption(at: string, dc: MediaDc, test: boolean): Uint8Array | null {
  const id = checkDcId(at, 'id', dc.id);
  const ipv4Addr = checkAddress(at, 'ipv4Addr', dc.ipv4Addr, 4);
  const address = ipv4Addr ?? checkAddress(at, 'ipv6Addr', dc.ipv6Addr, 6);
  if (address === null || id > 255) return null;
  const { ip, port } = splitAddress(address)!;
  const flags = (ipv4Addr === null ? IPV6 : 0) | (dc.mediaOnly ? MEDIA_ONLY : 0) | (test ? TEST : 0);
  return new TlWriter().raw(NEWEST_VERSION, id, flags).string(ip).int(port).done();
}

/** The part of it that travels in a snapshot. */
export function mediaOf({ id, ipv4Addr, ipv6Addr, mediaOnly }: DcOption): MediaDc {
  return { id, ipv4Addr, ipv6Addr, mediaOnly };
}

/** What of the media data centre is lost. */
export function mediaLosses({ mediaDc }: Snapshot): Loss[] {
  if (mediaDc === null) return [];
  const { id, ipv4Addr, ipv6Addr } = mediaDc;
  if ((ipv4Addr === null && ipv6Addr === null) || id > 255) {
    return [{ field: 'mediaDc', message: 'Which data centre serves files: its address is not known.' }];
  }
  if (ipv4Addr === null || ipv6Addr === null) return [];
  return [{ field: 'mediaDc.ipv6Addr', message: 'The IPv6 address of the data centre for files.' }];
}
