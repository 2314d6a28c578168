/**
 * The session strings of Pyrogram's family (formats/pyrogram.md, section 2): base64 without padding, in the alphabet of
 * URLs, of the data-centre id (1 byte), the application id (4 bytes, only in the newest layout), whether it is for the
 * test servers (1), the key (256), the user id (4 or 8 bytes) and whether it is a bot (1); all big-endian. No address.
 */

import { AUTH_KEY_LENGTH } from '../../auth-key.ts';
import { checkBoolean, checkDcId, checkId, checkInteger, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { DataCenter, Session, User } from '../../session.ts';
import { uint32At } from '../bytes.ts';
import type { Codec, Detection, FormatInput, Written } from '../codec.ts';
import { usualAddress } from '../data-centers.ts';
import { addressLosses, homeDcLoss, lossesOf } from '../loss.ts';
import { mainDataCenter, usualAddressNote } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import { type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import { clearDesk, desk, encodeDesk, giveKey, hasKeyAt, layOut } from '../string-desk.ts';
import { lineOf } from '../text.ts';
import { checkVersion } from '../versions.ts';
import { checkKnownDataCenter, pyrogramAccount } from './account.ts';

const NAME = 'pyrogram-string';
/** What errors call the fields of a string. */
const AT = 'session string';
const MAX_UINT32 = 2 ** 32 - 1;

/** A layout, called by the number of its characters: Pyrogram tells them apart by nothing else. */
export type PyrogramStringVersion = 351 | 356 | 362;

/** Where the parts stand. The key begins behind the test flag, and the last byte is the bot flag. */
interface Layout {
  version: PyrogramStringVersion;
  bytes: number;
  testAt: number;
  userBytes: 4 | 8;
}

const LAYOUTS = new Map<PyrogramStringVersion, Layout>([
  [351, { version: 351, bytes: 263, testAt: 1, userBytes: 4 }],
  [356, { version: 356, bytes: 267, testAt: 1, userBytes: 8 }],
  [362, { version: 362, bytes: 271, testAt: 5, userBytes: 8 }],
]);
const BY_BYTES = new Map(Array.from(LAYOUTS.values(), (layout) => [layout.bytes, layout]));

/** What a string holds. */
export interface PyrogramString {
  /**
   * The data centre with its key, and the user; null where the string has the id 0, which other converters write for a
   * user that they do not know. The addresses are the usual ones of that data centre, as a string has none.
   */
  session: Session;
  /** Application id that the key was made with; null where it is 0, or the layout has none. */
  apiId: number | null;
  /** Whether it is for the test servers. */
  testMode: boolean;
  /** Which layout it has. */
  version: PyrogramStringVersion;
}

/**
 * Reads a session string of Pyrogram, Pyrofork, Hydrogram, PyroTGFork or Kurigram. Its padding may be there or not, as
 * for the real libraries; spaces and line breaks may not. A key of zero bytes means none.
 *
 * @throws SessionError `INVALID_VALUE`
 */
export function parsePyrogramString(text: string): PyrogramString {
  if (typeof text !== 'string') throw invalid('must be text', typeof text);
  try {
    const count = layOut(text, 0, 'optional');
    if (count < 0) throw invalid('must be base64', `text of ${text.length} characters`);
    const layout = BY_BYTES.get(count);
    if (layout === undefined) throw invalid('must have 263, 267 or 271 bytes', `${count} bytes`);
    return partsIn(text, layout);
  } finally {
    clearDesk();
  }
}

/** What stands in a text that lies on the desk. */
function partsIn(text: string, { version, bytes, testAt, userBytes }: Layout): PyrogramString {
  const keyAt = testAt + 1;
  const userAt = keyAt + AUTH_KEY_LENGTH;
  const testMode = flagAt(testAt, 'testMode');
  const dc = new DataCenter({ id: desk[0]! }, AT);
  if (hasKeyAt(keyAt)) {
    giveKey(dc, text, 0, keyAt);
    dc.ipv4Addr = usualAddress(dc.id, testMode, 4);
    dc.ipv6Addr = usualAddress(dc.id, testMode, 6);
  }
  const bot = flagAt(bytes - 1, 'bot');
  const userId =
    userBytes === 4 ? uint32At(desk, userAt) : uint32At(desk, userAt) * 2 ** 32 + uint32At(desk, userAt + 4);
  const session = new Session();
  session.dcs = [dc];
  if (userId !== 0) session.user = new User({ id: userId, dc: dc.id, bot }, AT);
  const apiId = version === 362 ? uint32At(desk, 1) : 0;
  return { session, apiId: apiId === 0 ? null : apiId, testMode, version };
}

/** No library writes anything else than 0 and 1, though they read any other number as 1. */
function flagAt(at: number, name: string): boolean {
  const value = desk[at]!;
  return value <= 1 ? value === 1 : refuse(AT, name, '0 or 1', value);
}

function invalid(expected: string, found: string): SessionError {
  return new SessionError('INVALID_VALUE', `A session string of Pyrogram ${expected}, but is ${found}.`, {
    field: AT,
    found,
  });
}

/** How to write a string. */
export interface PyrogramStringOptions {
  /** Application id, 1 to 2^32 - 1; without one 0 is written, and Pyrogram must be given it in another way. */
  apiId?: number | null;
  /** Whether it is for the test servers. */
  testMode?: boolean;
  /** Which layout: 362 is that of today, 351 and 356 those of Pyrogram 0.15 to 1.4, which have no application id. */
  version?: PyrogramStringVersion;
  /** The data centre to write; the user's if left out, or else the only one with a key. */
  mainDc?: number | null;
}

/**
 * Writes a session string of Pyrogram: one data centre with its key, and the user. Addresses are not part of it.
 *
 * @throws SessionError `CANNOT_HOLD` without a key or a user, if the number of the data centre exceeds 255, or, in the
 * layout of 351 characters, if the user id exceeds 2^32 - 1; `INVALID_VALUE`
 */
export function formatPyrogramString(session: Session, options: PyrogramStringOptions = {}): string {
  const { apiId = null, testMode = false, version = 362, mainDc = null } = options;
  const layout = LAYOUTS.get(version);
  if (layout === undefined) return refuse(AT, 'version', '351, 356 or 362', version);
  const { id, auth } = mainDataCenter({ session, mainDc });
  const { user } = session;
  // The session may have been changed since it was made; a copy that is checked would cost more than all the rest.
  const number = checkDcId(AT, 'id', id);
  if (auth === null) throw cannotHold(`data centre ${number} has no key`);
  if (user === null) throw cannotHold('it must name the user, who is not known', 'session.user');
  if (number > 255) throw cannotHold(`data centre ${number} has a number above 255`);
  if (!(auth instanceof Uint8Array) || auth.length !== AUTH_KEY_LENGTH) {
    return refuse(AT, 'auth', `an auth key of exactly ${AUTH_KEY_LENGTH} bytes`, auth);
  }
  const userId = checkId(AT, 'user.id', user.id);
  if (layout.userBytes === 4 && userId > MAX_UINT32) {
    throw cannotHold(
      `in the layout of 351 characters a user id has 32 bits, and ${userId} has more`,
      'session.user',
    );
  }
  const api = apiId === null ? 0 : checkInteger(AT, 'apiId', apiId, 0, MAX_UINT32);
  const flags = [checkBoolean(AT, 'testMode', testMode), checkBoolean(AT, 'bot', user.bot)] as const;
  try {
    const { bytes, testAt, userBytes } = layout;
    const userAt = testAt + 1 + AUTH_KEY_LENGTH;
    desk[0] = number;
    if (version === 362) putUint32(1, api);
    desk[testAt] = flags[0] ? 1 : 0;
    desk.set(auth, testAt + 1);
    if (userBytes === 8) putUint32(userAt, Math.floor(userId / 2 ** 32));
    putUint32(userAt + userBytes - 4, userId);
    desk[bytes - 1] = flags[1] ? 1 : 0;
    return encodeDesk(bytes, 'url', 'none');
  } finally {
    clearDesk();
  }
}

/** Writes the 32 lower-order bits. */
function putUint32(at: number, value: number): void {
  const low = value >>> 0;
  desk[at] = low >>> 24;
  desk[at + 1] = low >>> 16;
  desk[at + 2] = low >>> 8;
  desk[at + 3] = low;
}

function cannotHold(why: string, field?: string): SessionError {
  return new SessionError(
    'CANNOT_HOLD',
    `A session string of Pyrogram cannot be written: ${why}.`,
    field === undefined ? {} : { field },
  );
}

/** Session strings of Pyrogram's family. */
export const pyrogramString: Codec = {
  name: NAME,
  title: 'Pyrogram, Pyrofork, Hydrogram, PyroTGFork, Kurigram: session string (351, 356 or 362 characters)',
  text: true,
  writes: [362, 356, 351],
  carries: 'one data centre with its key, the user, test mode, the api id (362)',

  async detect(input): Promise<Detection | null> {
    const parsed = parsedOrNull(await lineOf(input));
    if (parsed === null) return null;
    const { version } = parsed;
    const reason = `It is base64 of as many bytes as a session string of Pyrogram of ${version} characters, and its flags are 0 or 1.`;
    return { format: NAME, version, reason };
  },

  async read(input: FormatInput): Promise<Snapshot[]> {
    const line = await lineOf(input);
    if (line === null) throw invalid('must be one line of text', 'something else');
    return [snapshotIn(parsePyrogramString(line))];
  },

  async write(snapshots, options): Promise<Written> {
    const version = checkVersion(this, options) as PyrogramStringVersion;
    const snapshot = onlySnapshot(snapshots, NAME);
    const { session } = snapshot;
    const notes: string[] = [];
    const main = mainDataCenter(snapshot);
    const { testMode, apiId } = pyrogramAccount(snapshot, main, notes);
    checkKnownDataCenter(main, testMode);
    const text = formatPyrogramString(session, { apiId, testMode, version, mainDc: main.id });
    if (version === 362 && apiId === null) {
      notes.push('The application id is not known: 0 was written. Give Pyrogram yours as api_id.');
    }
    const holds = ['bothAddresses', 'user', 'user.bot', 'testMode', 'mainDc'] as const;
    const losses = lossesOf(snapshot, main, version === 362 ? [...holds, 'apiId'] : holds);
    losses.push(...addressLosses(session, main, testMode), ...homeDcLoss(snapshot, main));
    return { files: new Map([['', new TextEncoder().encode(text)]]), losses, notes };
  },
};

function parsedOrNull(line: string | null): PyrogramString | null {
  try {
    return line === null ? null : parsePyrogramString(line);
  } catch {
    return null;
  }
}

function snapshotIn({ session, apiId, testMode, version }: PyrogramString): Snapshot {
  const notes: string[] = [];
  const dc = session.dcs[0]!;
  const { ipv4Addr: ipv4, ipv6Addr: ipv6 } = dc;
  const extra: { [key: string]: JsonValue } = { apiId, testMode, length: version };
  if (dc.auth === null) notes.push('The string has no key: nobody is logged in.');
  else notes.push(usualAddressNote(dc.id, testMode, ipv4));
  if (ipv4 !== null && ipv6 !== null) extra.derivedAddress = { ipv4, ipv6 };
  if (session.user === null && dc.auth !== null) notes.push('The string does not say who is logged in.');
  return snapshotOf(session, {
    origin: { format: NAME, version },
    mainDc: dc.id,
    testMode,
    apiId,
    extra,
    notes,
  });
}
