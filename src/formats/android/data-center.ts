/** A data centre in tgnet.dat (formats/android.md, section 2): versions 2 to 13 are read, 13 is written. */

import { createHash } from 'node:crypto';
import { isIpv4, isIpv6, splitAddress } from '../../address.ts';
import { AUTH_KEY_LENGTH, authKeyId, checkAuthKey } from '../../auth-key.ts';
import { checkDcId } from '../../check.ts';
import type { DataCenter } from '../../session.ts';
import type { ByteReader } from '../bytes.ts';
import { readTlBool, readTlBytes, readTlString, type TlWriter } from '../tl.ts';
import { readVersion } from './version.ts';

const OLDEST = 2;
const NEWEST = 13;
/** The fewest bytes that a data centre takes: one of version 2 without addresses, key and salts. */
export const MIN_DATA_CENTER_BYTES = 28;

/** The lists of addresses; below version 5 there is only the first. */
const LISTS = ['addressesIpv4', 'addressesIpv6', 'addressesIpv4Download', 'addressesIpv6Download'];
/** More addresses than a data centre has. */
const MAX_ADDRESSES = 200;
/** The fewest bytes that an address takes: its length and the port. */
const MIN_ADDRESS_BYTES = 8;
/** What a flag says of an address: over IPv6, and to be spoken to in the obfuscated way only. */
const IPV6 = 1;
const OBFUSCATED = 4;

const SALT_BYTES = 16;
const MAX_SALTS = 100_000;

/** A data centre as it is stored. */
export interface TgnetDataCenter {
  version: number;
  id: number;
  /** The first `ip:port` over IPv4 that serves everything and needs no secret, or null. */
  ipv4Addr: string | null;
  /** The same over IPv6. */
  ipv6Addr: string | null;
  /** All other addresses. */
  otherAddresses: string[];
  /** The key, or null. */
  auth: Uint8Array | null;
  /** SHA-256 of the temporary keys, in hexadecimal digits. */
  tempKeys: string[];
  /** Whether its key is logged in. */
  authorized: boolean;
  hasSalts: boolean;
}

/** Reads a data centre. @param name what errors call it, such as `datacenters[0]` */
export function readDataCenter(reader: ByteReader, name: string): TgnetDataCenter {
  const version = readVersion(reader, `${name}.version`, OLDEST, NEWEST);
  const id = checkDcId(reader.place, `${name}.id`, reader.u32le(`${name}.id`));
  // Which version of the app said hello to it last.
  if (version >= 3) reader.take(`${name}.lastInitVersion`, 4);
  if (version >= 10) reader.take(`${name}.lastInitMediaVersion`, 4);
  const addresses = readAddresses(reader, name, version);
  if (version >= 6) readTlBool(reader, `${name}.isCdn`);
  const auth = readKey(reader, `${name}.authKeyPerm`);
  // Until version 3 the id has its own length in front.
  const hasId = version >= 4 || readIdLength(reader, `${name}.authKeyPermId`) > 0;
  if (hasId) checkKeyId(reader, `${name}.authKeyPermId`, auth);
  const tempKeys: string[] = [];
  if (version >= 8) readTempKey(reader, `${name}.authKeyTemp`, tempKeys);
  if (version >= 12) readTempKey(reader, `${name}.authKeyMediaTemp`, tempKeys);
  const authorized = reader.i32le(`${name}.authorized`);
  if (authorized !== 0 && authorized !== 1) {
    reader.refuse(`${name}.authorized`, '0 or 1', String(authorized));
  }
  let salts = skipSalts(reader, `${name}.salts`);
  if (version >= 13) salts += skipSalts(reader, `${name}.mediaSalts`);
  return { version, id, ...addresses, auth, tempKeys, authorized: authorized === 1, hasSalts: salts > 0 };
}

function readAddresses(
  reader: ByteReader,
  name: string,
  version: number,
): Pick<TgnetDataCenter, 'ipv4Addr' | 'ipv6Addr' | 'otherAddresses'> {
  let ipv4Addr: string | null = null;
  let ipv6Addr: string | null = null;
  const otherAddresses: string[] = [];
  for (const [i, list] of LISTS.slice(0, version >= 5 ? 4 : 1).entries()) {
    const at = `${name}.${list}`;
    const count = reader.count(at, reader.u32le(at), MAX_ADDRESSES, MIN_ADDRESS_BYTES);
    for (let j = 0; j < count; j++) {
      const { ip, port, isPlain } = readAddress(reader, `${at}[${j}]`, version);
      const address = `${ip}:${port}`;
      // The text tells the family, as the app relies on it when it connects.
      const isForAll = i < 2 && isPlain;
      if (isForAll && ipv4Addr === null && isIpv4(ip)) ipv4Addr = address;
      else if (isForAll && ipv6Addr === null && isIpv6(ip)) ipv6Addr = address;
      else otherAddresses.push(address);
    }
  }
  return { ipv4Addr, ipv6Addr, otherAddresses };
}

function readAddress(reader: ByteReader, at: string, version: number) {
  const ip = readTlString(reader, `${at}.address`);
  if (!isIpv4(ip) && !isIpv6(ip)) {
    reader.refuse(`${at}.address`, 'an IP address', `text of ${ip.length} characters`);
  }
  const port = reader.u32le(`${at}.port`);
  if (port < 1 || port > 65535) reader.refuse(`${at}.port`, 'an integer from 1 to 65535', String(port));
  const flags = version >= 7 ? reader.i32le(`${at}.flags`) : 0;
  const hasSecret = version >= 9 && readSecret(reader, `${at}.secret`, version);
  return { ip, port, isPlain: !hasSecret && (flags & OBFUSCATED) === 0 };
}

/** Says whether there is a secret: as hexadecimal text in versions 9 and 10, as it is since 11. */
function readSecret(reader: ByteReader, at: string, version: number): boolean {
  const secret = readTlBytes(reader, at);
  const { left } = secret;
  if (version < 11 && !/^(?:[\da-fA-F]{2})*$/.test(secret.text('', left))) {
    reader.refuse(at, 'hexadecimal text', `${left} bytes of something else`);
  }
  return left > 0;
}

function readKey(reader: ByteReader, name: string): Uint8Array | null {
  const length = reader.u32le(name);
  if (length === 0) return null;
  if (length !== AUTH_KEY_LENGTH) {
    reader.refuse(name, `a key of ${AUTH_KEY_LENGTH} bytes, or none`, `${length} bytes`);
  }
  return checkAuthKey(reader.place, name, reader.bytes(name, length));
}

function readIdLength(reader: ByteReader, name: string): number {
  const length = reader.u32le(name);
  if (length !== 0 && length !== 8) reader.refuse(name, '8 bytes, or none', `${length} bytes`);
  return length;
}

function checkKeyId(reader: ByteReader, name: string, key: Uint8Array | null): void {
  const id = hexOf(reader.bytes(name, 8));
  // Where the key is gone, its id means nothing.
  if (key !== null && id !== authKeyId(key)) reader.refuse(name, 'the id of the key', 'that of another key');
}

/** A temporary key is of no use to anybody else; its hash says which one it was. */
function readTempKey(reader: ByteReader, name: string, hashes: string[]): void {
  const key = readKey(reader, name);
  checkKeyId(reader, `${name}Id`, key);
  if (key !== null) hashes.push(createHash('sha256').update(key).digest('hex'));
}

function skipSalts(reader: ByteReader, name: string): number {
  const count = reader.count(name, reader.u32le(name), MAX_SALTS, SALT_BYTES);
  reader.take(name, count * SALT_BYTES);
  return count;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Writes a data centre in version 13. Versions of the app are 0, so that it says hello again. */
export function writeDataCenter(
  writer: TlWriter,
  { id, ipv4Addr, ipv6Addr, auth }: DataCenter,
  authorized: boolean,
): void {
  writer.int(NEWEST).int(id).int(0).int(0);
  writeAddresses(writer, ipv4Addr, 0);
  writeAddresses(writer, ipv6Addr, IPV6);
  writer.int(0).int(0); // no addresses for files alone
  writer.bool(false); // no CDN
  if (auth === null) writer.int(0).long(0n);
  else
    writer
      .int(auth.length)
      .raw(...auth)
      .raw(...idOf(auth));
  writer.int(0).long(0n).int(0).long(0n); // no temporary keys
  writer.int(authorized ? 1 : 0);
  writer.int(0).int(0); // no salts
}

function writeAddresses(writer: TlWriter, address: string | null, flags: number): void {
  if (address === null) {
    writer.int(0);
    return;
  }
  const { ip, port } = splitAddress(address)!;
  writer.int(1).string(ip).int(port).int(flags).string('');
}

function idOf(key: Uint8Array): number[] {
  return authKeyId(key)
    .match(/../g)!
    .map((digits) => Number.parseInt(digits, 16));
}
