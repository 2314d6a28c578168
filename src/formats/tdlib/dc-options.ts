/** Addresses of data centres as TDLib stores them (formats/tdlib.md, section 4). */

import { checkAddress, splitAddress } from '../../address.ts';
import { checkInteger } from '../../check.ts';
import type { Addresses } from '../../server-address.ts';
import type { ByteReader } from '../bytes.ts';
import type { MediaDc } from '../snapshot.ts';
import { readTlBytes, readTlString, TlWriter } from '../tl.ts';
import { MAX_TDLIB_DC } from './auth-keys.ts';
import { recordOf, type Settings } from './key-values.ts';

const IPV6 = 1;
const MEDIA_ONLY = 2;
const OBFUSCATED_ONLY = 4;
const CDN = 8;
const STATIC = 16;
const SECRET = 32;
const ALL_FLAGS = IPV6 | MEDIA_ONLY | OBFUSCATED_ONLY | CDN | STATIC | SECRET;
/** What an address of a session is not: it serves everything, to everybody. */
const SPECIAL = OBFUSCATED_ONLY | CDN | SECRET;

/** Flags, number, and an empty address with its port. */
const MIN_OPTION_SIZE = 16;
/** More than Telegram has. */
const MAX_OPTIONS = 10_000;

/** One way to reach a data centre. */
interface DcOption {
  id: number;
  flags: number;
  address: string;
}

/** All addresses that are stored. */
export class DcOptions {
  readonly #options: DcOption[];

  /**
   * Reads both lists. The one that the server sent comes first; the other has what arrived since then, for the case
   * that no address of the first one works.
   *
   * @throws SessionError `INVALID_VALUE`
   */
  constructor(values: Settings['values']) {
    const stored = recordOf(values, 'dc_options');
    const update = recordOf(values, 'dc_options_update');
    this.#options = stored === null ? [] : readOptions(stored);
    if (update === null) return;
    // Of TDLib's own data in general; the list has not changed with it.
    update.u32le('version');
    this.#options.push(...readOptions(update));
  }

  /** Where each data centre is: of several addresses the first one, as TDLib takes it. */
  addresses(): Map<number, Addresses> {
    const found = new Map<number, Addresses>();
    for (const option of this.#options) {
      if ((option.flags & (SPECIAL | MEDIA_ONLY)) !== 0) continue;
      const addresses = found.get(option.id) ?? { ipv4Addr: null, ipv6Addr: null };
      found.set(option.id, withOption(addresses, option));
    }
    return found;
  }

  /** The servers of a data centre that are there for files alone, or null. */
  media(id: number | null): MediaDc | null {
    const options = this.#options.filter((option) => option.id === id && isForFiles(option));
    if (id === null || options.length === 0) return null;
    const none: Addresses = { ipv4Addr: null, ipv6Addr: null };
    return { id, mediaOnly: true, ...options.reduce(withOption, none) };
  }

  /** How many are none of these, and no other address of the same kind either. */
  countSpecial(mainDc: number | null): number {
    return this.#options.filter(
      (option) =>
        (option.flags & SPECIAL) !== 0 || ((option.flags & MEDIA_ONLY) !== 0 && option.id !== mainDc),
    ).length;
  }
}

function isForFiles({ flags }: DcOption): boolean {
  return (flags & MEDIA_ONLY) !== 0 && (flags & SPECIAL) === 0;
}

function withOption({ ipv4Addr, ipv6Addr }: Addresses, { flags, address }: DcOption): Addresses {
  return (flags & IPV6) === 0
    ? { ipv4Addr: ipv4Addr ?? address, ipv6Addr }
    : { ipv4Addr, ipv6Addr: ipv6Addr ?? address };
}

function readOptions(reader: ByteReader): DcOption[] {
  const count = reader.count('count', reader.i32le('count'), MAX_OPTIONS, MIN_OPTION_SIZE);
  const options: DcOption[] = [];
  for (let i = 0; i < count; i++) options.push(readOption(reader, `options[${i}]`));
  reader.end();
  return options;
}

function readOption(reader: ByteReader, at: string): DcOption {
  const place = `${reader.place}.${at}`;
  const flags = reader.u32le(`${at}.flags`);
  if ((flags & ~ALL_FLAGS) !== 0) reader.refuse(`${at}.flags`, `flags up to ${ALL_FLAGS}`, String(flags));
  const id = checkInteger(place, 'id', reader.i32le(`${at}.id`), 1, MAX_TDLIB_DC);
  const ip = readTlString(reader, `${at}.ip`);
  const port = checkInteger(place, 'port', reader.i32le(`${at}.port`), 1, 65535);
  if ((flags & SECRET) !== 0) readTlBytes(reader, `${at}.secret`);
  const family = (flags & IPV6) === 0 ? 4 : 6;
  return { id, flags, address: checkAddress(place, 'ip', `${ip}:${port}`, family)! };
}

/** A list as TDLib reads it. */
export function writeOptions(dcs: readonly (Addresses & { id: number; mediaOnly?: boolean })[]): Uint8Array {
  const writer = new TlWriter();
  let count = 0;
  for (const { id, ipv4Addr, ipv6Addr, mediaOnly = false } of dcs) {
    for (const [family, address] of [
      [0, ipv4Addr],
      [IPV6, ipv6Addr],
    ] as const) {
      if (address === null) continue;
      const { ip, port } = splitAddress(address)!;
      writer
        .int(family | (mediaOnly ? MEDIA_ONLY : 0))
        .int(id)
        .string(ip)
        .int(port);
      count++;
    }
  }
  const options = writer.done();
  const list = new Uint8Array(4 + options.length);
  new DataView(list.buffer).setInt32(0, count, true);
  list.set(options, 4);
  return list;
}
