/**
 * The StringSession of Telethon v1 (formats/telethon.md, section 3): `1`, then base64 with padding of the data-centre
 * id (1 byte), the IP address (4 or 16 bytes), the port (2 bytes, big-endian) and the key (256 bytes).
 */

import { checkAddress, splitAddress } from '../../address.ts';
import { AUTH_KEY_LENGTH } from '../../auth-key.ts';
import { checkDcId, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { DataCenter, Session } from '../../session.ts';
import { uint32At } from '../bytes.ts';
import type { Codec, Detection, FormatInput, Written } from '../codec.ts';
import { producerOf, producerOfLine } from '../gramjs-or-telethon.ts';
import { addressToWrite, ipv4Address, ipv4AndPort, ipv6Bytes, ipv6Text } from '../ip.ts';
import { lossesOf } from '../loss.ts';
import { mainDataCenter, testModeOf, withAddress } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import { type Snapshot, snapshotOf } from '../snapshot.ts';
import { clearDesk, desk, encodeDesk, giveKey, hasKeyAt, layOut } from '../string-desk.ts';
import { lineOf } from '../text.ts';

const NAME = 'telethon-string';
/** What errors call the fields of a string. */
const AT = 'session string';
const IPV4_BYTES = 1 + 4 + 2 + AUTH_KEY_LENGTH;
const IPV6_BYTES = 1 + 16 + 2 + AUTH_KEY_LENGTH;
const IPV4_CHARACTERS = 353;
const IPV6_CHARACTERS = 369;

/**
 * Reads a session string of Telethon v1. It holds one data centre and nothing else; a key of zero bytes means none.
 * Base64 in the standard alphabet is read as well; missing padding, line breaks or spaces are not.
 *
 * @throws SessionError `INVALID_VALUE`; `UNKNOWN_FORMAT` for a string of GramJS, which begins in the same way
 */
export function parseTelethonString(text: string): Session {
  if (typeof text !== 'string' || text.charCodeAt(0) !== 0x31) {
    throw invalid('must begin with the character 1', text === '' ? 'empty' : 'something else');
  }
  try {
    const count = layOut(text, 1, 'exact');
    if (count < 0) throw invalid('must be base64 with exact padding', `text of ${text.length} characters`);
    if (producerOf(desk, count) === 'gramjs') {
      throw new SessionError('UNKNOWN_FORMAT', 'This is a session string of GramJS, not of Telethon.', {
        field: AT,
        found: 'a GramJS string',
      });
    }
    if (count !== IPV4_BYTES && count !== IPV6_BYTES) {
      throw invalid(`must have ${IPV4_BYTES} or ${IPV6_BYTES} bytes`, `${count} bytes`);
    }
    return sessionIn(text, count);
  } finally {
    clearDesk();
  }
}

/** The session in a text that lies on the desk. */
function sessionIn(text: string, count: number): Session {
  const isIpv4 = count === IPV4_BYTES;
  const keyAt = count - AUTH_KEY_LENGTH;
  const port = (desk[keyAt - 2]! << 8) | desk[keyAt - 1]!;
  const dc = new DataCenter({ id: desk[0]! }, AT);
  if (isIpv4) dc.ipv4Addr = ipv4Address(uint32At(desk, 1), port);
  else dc.ipv6Addr = `${ipv6Text(desk, 1)}:${port}`;
  // In an address made of bytes only the port can be wrong, and a check of the text costs more than all the rest.
  if (port === 0) return refuseAddress(dc);
  if (hasKeyAt(keyAt)) giveKey(dc, text, 1, keyAt);
  const session = new Session();
  session.dcs = [dc];
  return session;
}

function refuseAddress({ ipv4Addr, ipv6Addr }: DataCenter): never {
  checkAddress(AT, 'ipv4Addr', ipv4Addr, 4);
  checkAddress(AT, 'ipv6Addr', ipv6Addr, 6);
  return refuse(AT, 'port', 'an integer from 1 to 65535', 0);
}

function invalid(expected: string, found: string): SessionError {
  return new SessionError('INVALID_VALUE', `A session string of Telethon ${expected}, but is ${found}.`, {
    field: AT,
    found,
  });
}

/**
 * Writes a session string of Telethon v1: one data centre with its key, over IPv4 if it has such an address.
 *
 * @param mainDc the data centre to write; the user's if left out, or else the only one with a key
 * @throws SessionError `CANNOT_HOLD` without a key or an address, or if the number of the data centre exceeds 255
 */
export function formatTelethonString(session: Session, mainDc: number | null = null): string {
  const { id, ipv4Addr, ipv6Addr, auth } = mainDataCenter({ session, mainDc });
  // The session may have been changed since it was made; a copy that is checked would cost more than all the rest.
  const number = checkDcId(AT, 'id', id);
  const address = addressToWrite(AT, ipv4Addr, ipv6Addr);
  if (auth === null) throw cannotHold(`data centre ${number} has no key`);
  if (address === null) throw cannotHold(`data centre ${number} has no address`);
  if (number > 255) throw cannotHold(`data centre ${number} has a number above 255`);
  if (!(auth instanceof Uint8Array) || auth.length !== AUTH_KEY_LENGTH) {
    return refuse(AT, 'auth', `an auth key of exactly ${AUTH_KEY_LENGTH} bytes`, auth);
  }
  try {
    desk[0] = number;
    const keyAt = ipv4Addr === null ? writeIpv6(address) : writeIpv4(ipv4AndPort(address));
    desk.set(auth, keyAt);
    return `1${encodeDesk(keyAt + AUTH_KEY_LENGTH, 'url', 'exact')}`;
  } finally {
    clearDesk();
  }
}

/** Writes the bytes of an address and its port behind the number, and says where they end. */
function writeIpv6(address: string): number {
  const { ip, port } = splitAddress(address)!;
  desk.set(ipv6Bytes(ip), 1);
  desk[17] = port >> 8;
  desk[18] = port;
  return 19;
}

function writeIpv4(ipAndPort: number): number {
  const ip = Math.floor(ipAndPort / 65536);
  desk[1] = ip >>> 24;
  desk[2] = ip >>> 16;
  desk[3] = ip >>> 8;
  desk[4] = ip;
  desk[5] = ipAndPort >>> 8;
  desk[6] = ipAndPort;
  return 7;
}

function cannotHold(why: string): SessionError {
  return new SessionError('CANNOT_HOLD', `A session string of Telethon cannot be written: ${why}.`);
}

/** Session strings of Telethon v1. */
export const telethonString: Codec = {
  name: NAME,
  title: 'Telethon v1, StringSession',
  text: true,
  writes: [null],
  carries: 'the address and key of one data centre',

  async detect(input): Promise<Detection | null> {
    const line = await lineOf(input);
    if (line === null || !line.startsWith('1')) return null;
    // A string without its padding is claimed too, for the sake of the message.
    if (![IPV4_CHARACTERS, IPV6_CHARACTERS].some((n) => line.length === n || line.length === n - 1))
      return null;
    const { producer, looksCut } = producerOfLine(line);
    if (producer === 'gramjs' || (producer === 'neither' && looksCut)) return null;
    return {
      format: NAME,
      version: null,
      reason: `It has ${line.length} characters and begins with 1, like a session string of Telethon.`,
    };
  },

  async read(input: FormatInput): Promise<Snapshot[]> {
    const line = await lineOf(input);
    if (line === null) throw invalid('must be one line of text', 'something else');
    const session = parseTelethonString(line);
    const [dc] = session.dcs;
    const notes: string[] = [];
    return [
      snapshotOf(session, {
        origin: { format: NAME, version: null },
        mainDc: dc!.id,
        testMode: testModeOf(dc, notes),
        notes,
      }),
    ];
  },

  async write(snapshots): Promise<Written> {
    const snapshot = onlySnapshot(snapshots, NAME);
    const notes: string[] = [];
    const main = withAddress(mainDataCenter(snapshot), snapshot.testMode, notes);
    const text = formatTelethonString(new Session({ dcs: [main] }), main.id);
    return {
      files: new Map([['', new TextEncoder().encode(text)]]),
      losses: lossesOf(snapshot, main, ['mainDc']),
      notes,
    };
  },
};
