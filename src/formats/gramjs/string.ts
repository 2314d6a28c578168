/**
 * The StringSession of GramJS and teleproto (formats/gramjs.md, section 1): `1`, then base64 with padding of the
 * data-centre id (1 byte), the length of the address (2 bytes, big-endian), the address as text, the port (2 bytes,
 * big-endian) and the key (256 bytes).
 */

import { splitAddress } from '../../address.ts';
import { AUTH_KEY_LENGTH, checkAuthKey } from '../../auth-key.ts';
import { checkDcId, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { addressesOf, noteHostName } from '../../server-address.ts';
import { DataCenter, Session } from '../../session.ts';
import type { Codec, Detection, FormatInput, Written } from '../codec.ts';
import { isTestServer } from '../data-centers.ts';
import { asciiText, GRAMJS_BYTES, producerOf, producerOfLine } from '../gramjs-or-telethon.ts';
import { addressToWrite, ipv4Address, ipv4InText, ipv6Bytes } from '../ip.ts';
import { lossesOf } from '../loss.ts';
import { mainDataCenter, testModeOf, withAddress } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import { type Snapshot, snapshotOf } from '../snapshot.ts';
import { clearDesk, desk, encodeDesk, giveKey, hasKeyAt, layOut } from '../string-desk.ts';
import { lineOf } from '../text.ts';

const NAME = 'gramjs-string';
/** What errors call the fields of a string. */
const AT = 'session string';
/** GramJS writes and reads ports as signed integers of 16 bits. */
const MAX_PORT = 32767;
/** Of up to this many characters of address, GramJS takes its own string for one of Telethon. */
const TOO_SHORT = 3;

/** What a string holds. */
interface Content {
  dc: DataCenter;
  /** The text in place of an IPv4 address, if it is none. */
  otherAddress: string | null;
  port: number;
}

/**
 * Reads a session string of GramJS or teleproto. It holds one data centre and nothing else. Both alphabets of base64
 * are read, with padding and without; line breaks or spaces are not. Ports are read as unsigned, as other writers mean
 * them. If the string has the name of a host in place of an IP address, the data centre has no address.
 *
 * @throws SessionError `INVALID_VALUE`; `UNKNOWN_FORMAT` for a string of Telethon, which begins in the same way
 */
export function parseGramjsString(text: string): Session {
  const session = new Session();
  session.dcs = [contentOf(text).dc];
  return session;
}

function contentOf(text: string): Content {
  if (typeof text !== 'string' || text.charCodeAt(0) !== 0x31) {
    throw invalid('must begin with the character 1', text === '' ? 'empty' : 'something else');
  }
  try {
    const count = layOut(text, 1, 'optional');
    if (count < 0) throw invalid('must be base64', `text of ${text.length} characters`);
    return fieldsOf(text, count);
  } finally {
    clearDesk();
  }
}

/** The fields of a text that lies on the desk. */
function fieldsOf(text: string, count: number): Content {
  if (count < GRAMJS_BYTES) throw invalid(`must have more than ${GRAMJS_BYTES} bytes`, `${count} bytes`);
  const length = (desk[1]! << 8) | desk[2]!;
  if (count !== GRAMJS_BYTES + length) throw notExact(count, length);
  const portAt = 3 + length;
  const ipv4 = ipv4InText(desk, 3, portAt);
  // Most addresses are these, and need not become text before they are checked.
  const other = ipv4 < 0 ? asciiText(desk, 3, length) : null;
  if (ipv4 < 0 && other === null) throw notExact(count, length);
  const port = (desk[portAt]! << 8) | desk[portAt + 1]!;
  if (port === 0) refuse(AT, 'port', 'an integer from 1 to 65535', port);
  const dc = new DataCenter({ id: desk[0]! }, AT);
  if (other === null) dc.ipv4Addr = ipv4Address(ipv4, port);
  else Object.assign(dc, addressesOf(AT, 'serverAddress', other, port));
  const keyAt = portAt + 2;
  if (!hasKeyAt(keyAt)) checkAuthKey(AT, 'auth', new Uint8Array(AUTH_KEY_LENGTH));
  giveKey(dc, text, 1, keyAt);
  return { dc, otherAddress: other, port };
}

function notExact(count: number, length: number): SessionError {
  if (producerOf(desk, count) === 'telethon') {
    return new SessionError('UNKNOWN_FORMAT', 'This is a session string of Telethon, not of GramJS.', {
      field: AT,
      found: 'a Telethon string',
    });
  }
  if (count === GRAMJS_BYTES + length) {
    return new SessionError(
      'INVALID_VALUE',
      `${AT}.serverAddress must be text, but is ${length} other bytes.`,
      {
        field: `${AT}.serverAddress`,
        found: `${length} bytes`,
      },
    );
  }
  const found = `${count} bytes with ${length} for the length of the address`;
  return invalid(`must have ${GRAMJS_BYTES} bytes and those of the address`, found);
}

function invalid(expected: string, found: string): SessionError {
  return new SessionError('INVALID_VALUE', `A session string of GramJS ${expected}, but is ${found}.`, {
    field: AT,
    found,
  });
}

/**
 * Writes a session string that GramJS and teleproto read: one data centre with its key, over IPv4 if it has such an
 * address.
 *
 * @param mainDc the data centre to write; the user's if left out, or else the only one with a key
 * @throws SessionError `CANNOT_HOLD` without a key or an address, if the number of the data centre exceeds 255, or the
 * port 32767
 */
export function formatGramjsString(session: Session, mainDc: number | null = null): string {
  const { id, ipv4Addr, ipv6Addr, auth } = mainDataCenter({ session, mainDc });
  // The session may have been changed since it was made; a copy that is checked would cost more than all the rest.
  const number = checkDcId(AT, 'id', id);
  const address = addressToWrite(AT, ipv4Addr, ipv6Addr);
  if (auth === null) throw cannotHold('auth', `data centre ${number} has no key`);
  if (address === null) throw cannotHold('address', `data centre ${number} has no address`);
  if (number > 255) throw cannotHold('id', `data centre ${number} has a number above 255`);
  if (!(auth instanceof Uint8Array) || auth.length !== AUTH_KEY_LENGTH) {
    return refuse(AT, 'auth', `an auth key of exactly ${AUTH_KEY_LENGTH} bytes`, auth);
  }
  const { ip, port } = splitAddress(address)!;
  if (port > MAX_PORT) {
    throw cannotHold(
      'port',
      `the port ${port} is above ${MAX_PORT}, which GramJS reads as a negative number`,
    );
  }
  const text = ip.length > TOO_SHORT ? ip : longForm(ip);
  try {
    desk[0] = number;
    desk[1] = 0;
    desk[2] = text.length;
    for (let i = 0; i < text.length; i++) desk[3 + i] = text.charCodeAt(i);
    const portAt = 3 + text.length;
    desk[portAt] = port >> 8;
    desk[portAt + 1] = port & 255;
    desk.set(auth, portAt + 2);
    return `1${encodeDesk(portAt + 2 + AUTH_KEY_LENGTH, 'standard', 'exact')}`;
  } finally {
    clearDesk();
  }
}

/** All groups of an IPv6 address, for those as short as `::1`. */
function longForm(ip: string): string {
  const bytes = ipv6Bytes(ip);
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  return groups.map((group) => group.toString(16)).join(':');
}

function cannotHold(field: string, why: string): SessionError {
  return new SessionError('CANNOT_HOLD', `A session string of GramJS cannot be written: ${why}.`, {
    field: `${AT}.${field}`,
  });
}

/** Session strings of GramJS and teleproto. */
export const gramjsString: Codec = {
  name: NAME,
  title: 'GramJS and teleproto, StringSession',
  text: true,
  writes: [null],
  carries: 'the address and key of one data centre',

  async detect(input): Promise<Detection | null> {
    const line = await lineOf(input);
    if (line === null) return null;
    const { producer, looksCut } = producerOfLine(line);
    const isOurs = producer === 'gramjs' || producer === 'either';
    // One of the wrong length is claimed too, for the sake of the message.
    if (!isOurs && !(producer === 'neither' && looksCut)) return null;
    return {
      format: NAME,
      version: null,
      reason: 'It begins with 1, and has the length of a text where a session string of GramJS has it.',
    };
  },

  async read(input: FormatInput): Promise<Snapshot[]> {
    const line = await lineOf(input);
    if (line === null) throw invalid('must be one line of text', 'something else');
    const { dc, otherAddress, port } = contentOf(line);
    const serverAddress = otherAddress ?? splitAddress(dc.ipv4Addr!)!.ip;
    const notes: string[] = [];
    noteHostName(dc, serverAddress, notes);
    if (port > MAX_PORT) notes.push(`GramJS itself reads the port ${port} as a negative number.`);
    const testMode = testModeOf(dc, notes);
    return [
      snapshotOf(new Session({ dcs: [dc] }), {
        origin: { format: NAME, version: null },
        mainDc: dc.id,
        testMode,
        extra: { serverAddress, port, chars: line.length, testMode: isTestServer(dc) },
        notes,
      }),
    ];
  },

  async write(snapshots): Promise<Written> {
    const snapshot = onlySnapshot(snapshots, NAME);
    const notes: string[] = [];
    const main = withAddress(mainDataCenter(snapshot), snapshot.testMode, notes);
    const text = formatGramjsString(new Session({ dcs: [main] }), main.id);
    return {
      files: new Map([['', new TextEncoder().encode(text)]]),
      losses: lossesOf(snapshot, main, ['mainDc']),
      notes,
    };
  },
};
