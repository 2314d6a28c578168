/**
 * What an account's app knows of the servers (formats/tdata.md, section 6). That an account is of the test servers is
 * said here and nowhere else.
 */

import { isIpv4, isIpv6, splitAddress } from '../../address.ts';
import { checkDcId } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import type { DataCenter } from '../../session.ts';
import { ByteReader } from '../bytes.ts';
import { usualAddress } from '../data-centers.ts';
import { byteArray, int32, joined, readByteArray, string } from './qt.ts';

const VERSION = 1;
const OPTIONS_VERSION = 2;
const PRODUCTION = 0;
const TEST = 1;

const IPV6 = 1;
const MEDIA_ONLY = 2;
const OBFUSCATED_ONLY = 4;
const CDN = 8;
const STATIC = 16;

const MAX_IP = 45;
const MAX_SECRET = 32;
/** More than the app ever had, and few enough to be gone through at once. */
const MAX_OPTIONS = 10_000;
/** Fewest bytes of one: four integers and an address of one character. */
const OPTION_BYTES = 17;

/** One address of a data centre, and what it serves. */
export interface DcOption {
  id: number;
  flags: number;
  ip: string;
  port: number;
  /** Of the obfuscation that some addresses need, in hexadecimal: every client is told it. */
  secret: string;
}

export interface Config {
  testMode: boolean;
  dcOptions: DcOption[];
}

/**
 * Reads a config, decrypted, as far as it matters: behind the addresses stand limits of the server, whose number grows
 * with the version of the app.
 *
 * @throws SessionError `INVALID_VALUE`, `NEWER_VERSION`
 */
export function readConfig(content: Uint8Array, at: string): Config {
  const outer = new ByteReader(content, at);
  const reader = new ByteReader(readByteArray(outer, 'config'), at);
  outer.end();
  checkVersion(at, 'version', reader.i32be('version'), VERSION);
  const environment = reader.i32be('environment');
  if (environment !== PRODUCTION && environment !== TEST) {
    reader.refuse('environment', `${PRODUCTION} (production) or ${TEST} (test)`, String(environment));
  }
  const dcOptions = readOptions(new ByteReader(readByteArray(reader, 'dcOptions'), `${at}.dcOptions`));
  return { testMode: environment === TEST, dcOptions };
}

function checkVersion(at: string, name: string, version: number, newest: number): void {
  if (version <= newest && version > 0) return;
  const code = version > newest ? 'NEWER_VERSION' : 'INVALID_VALUE';
  throw new SessionError(code, `${at}.${name} is ${version}, but only up to ${newest} is known.`, {
    field: `${at}.${name}`,
    found: String(version),
  });
}

/** Versions are negative. A number from 0 on is the count of the layout before there were any. */
function readOptions(reader: ByteReader): DcOption[] {
  const first = reader.i32be('version');
  const version = first < 0 ? -first : 0;
  if (version > 0) checkVersion(String(reader.place), 'version', version, OPTIONS_VERSION);
  const count = version > 0 ? reader.i32be('count') : first;
  reader.count('count', count, MAX_OPTIONS, OPTION_BYTES);
  const options: DcOption[] = [];
  for (let i = 0; i < count; i++) options.push(readOption(reader, `[${i}]`, version > 0));
  if (version >= 2) passOverCdnKeys(reader);
  reader.end();
  return options;
}

function readOption(reader: ByteReader, name: string, hasSecret: boolean): DcOption {
  const id = checkDcId(reader.place, `${name}.id`, reader.i32be(`${name}.id`));
  const flags = reader.i32be(`${name}.flags`);
  const port = reader.i32be(`${name}.port`);
  if (port < 1 || port > 65535) reader.refuse(`${name}.port`, 'an integer from 1 to 65535', String(port));
  const ip = reader.text(`${name}.ip`, reader.count(`${name}.ip`, reader.i32be(`${name}.ip`), MAX_IP));
  const isIp = (flags & IPV6) === 0 ? isIpv4 : isIpv6;
  if (!isIp(ip)) reader.refuse(`${name}.ip`, 'an IP address, as its flags say', 'something else');
  if (!hasSecret) return { id, flags, ip, port, secret: '' };
  const length = reader.count(`${name}.secret`, reader.i32be(`${name}.secret`), MAX_SECRET);
  const secret = [...reader.bytes(`${name}.secret`, length)];
  return { id, flags, ip, port, secret: secret.map((byte) => byte.toString(16).padStart(2, '0')).join('') };
}

/** Public keys of servers that only hold files. */
function passOverCdnKeys(reader: ByteReader): void {
  const count = reader.count('cdnKeys', reader.i32be('cdnKeys'), MAX_OPTIONS, 12);
  for (let i = 0; i < count; i++) {
    reader.i32be('cdnKeys.id');
    for (const part of ['n', 'e']) readByteArray(reader, `cdnKeys.${part}`);
  }
}

/** The first address of each family that serves everything, and needs no secret. */
export function addressesIn({ dcOptions }: Config, id: number): Pick<DataCenter, 'ipv4Addr' | 'ipv6Addr'> {
  const fitting = dcOptions.filter(
    (option) =>
      option.id === id && option.secret === '' && (option.flags & (MEDIA_ONLY | OBFUSCATED_ONLY | CDN)) === 0,
  );
  const first = (family: number) => {
    const option = fitting.find(({ flags }) => (flags & IPV6) === family);
    return option === undefined ? null : `${option.ip}:${option.port}`;
  };
  return { ipv4Addr: first(0), ipv6Addr: first(IPV6) };
}

/**
 * The addresses that an app is to know: those of a session, and the usual ones where it has none, as the app forgets
 * its own when it reads a config.
 */
export function configOf(dcs: readonly DataCenter[], testMode: boolean): Config {
  const own = new Map(dcs.map((dc) => [dc.id, dc]));
  const ids = [...new Set([1, 2, 3, 4, 5, ...own.keys()])].sort((a, b) => a - b);
  const dcOptions = ids.flatMap((id) => {
    const dc = own.get(id);
    const hasOwn = dc !== undefined && (dc.ipv4Addr !== null || dc.ipv6Addr !== null);
    const addresses = hasOwn
      ? [dc.ipv4Addr, dc.ipv6Addr]
      : ([4, 6] as const).map((family) => usualAddress(id, testMode, family));
    return addresses.flatMap((address, i) => {
      if (address === null) return [];
      const { ip, port } = splitAddress(address)!;
      return [{ id, flags: STATIC | (i === 0 ? 0 : IPV6), ip, port, secret: '' }];
    });
  });
  return { testMode, dcOptions };
}

/** Writes a config, with the limits that the app begins with: the server tells it others when it connects. */
export function writeConfig({ testMode, dcOptions }: Config): Uint8Array {
  const utf8 = new TextEncoder();
  const options = joined(
    int32(-OPTIONS_VERSION, dcOptions.length),
    ...dcOptions.flatMap(({ id, flags, ip, port }) => [
      int32(id, flags, port),
      byteArray(utf8.encode(ip)),
      int32(0), // no secret
    ]),
    int32(0), // no public keys
  );
  const config = joined(
    int32(VERSION, testMode ? TEST : PRODUCTION),
    byteArray(options),
    int32(...LIMITS),
    string('https://t.me/'),
    int32(...MORE_LIMITS, testMode ? 2 : 4), // the data centre for files of the web
    string(testMode ? 'tapv3.stel.com' : 'apv3.stel.com'),
    int32(1, 0, 1024), // calls allowed, not blocked, length of a caption
  );
  return byteArray(config);
}

/** From the size of a small group to the lists of pinned chats, the legacy ones 0. */
const LIMITS = [
  200, 10_000, 100, 120_000, 5000, 30_000, 1000, 300_000, 30_000, 1500, 0, 172_800, 172_800, 172_800, 0, 30,
  0, 0, 0,
];
/** How long media of channels counts as new, then the times of calls. */
const MORE_LIMITS = [604_800, 20_000, 90_000, 30_000, 10_000];
