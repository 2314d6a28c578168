/**
 * The session strings of mtcute (formats/mtcute.md, section 1): base64 for URLs without padding of a version byte and TL.
 * Versions 1 to 3 are read; 3, which is all that mtcute reads since 0.19, is written.
 */

import { AUTH_KEY_LENGTH } from '../../auth-key.ts';
import { refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { noteHostName } from '../../server-address.ts';
import { DataCenter, Session, User } from '../../session.ts';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { ByteReader } from '../bytes.ts';
import type { Codec, Detection, FormatInput, Written } from '../codec.ts';
import { homeDcLoss, lossesOf } from '../loss.ts';
import { mainDataCenter, testModeToWrite, withAddress } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import { type Snapshot, snapshotOf } from '../snapshot.ts';
import { lineOf } from '../text.ts';
import { BOOL_FALSE, BOOL_TRUE, readTlBool, readTlBytes, TlWriter } from '../tl.ts';
import { checkVersion } from '../versions.ts';
import {
  DC_OPTION,
  type DcOption,
  mediaLosses,
  mediaOf,
  readBoxedDcOption,
  readDcOption,
  writeDcOption,
} from './dc.ts';

const NAME = 'mtcute-string';
/** What errors call the fields of a string. */
const AT = 'session string';
const NEWEST = 3;
const HAS_USER = 1;
const IS_TEST = 2;
const HAS_MEDIA = 4;
/** Far more than two data centres with the longest names of hosts take. */
const MAX_CHARACTERS = 4096;
/** What stands behind the data centres: a user with an id of 8 bytes and a Bool, and the key with its length. */
const USER_BYTES = 8 + 4;
const KEY_BYTES = 4 + AUTH_KEY_LENGTH;

/** What a string needs of a snapshot. */
export type MtcuteFields = Pick<Snapshot, 'session'> &
  Partial<Pick<Snapshot, 'mainDc' | 'mediaDc' | 'testMode'>>;

/**
 * Reads a session string of mtcute, versions 1 to 3. Base64 in both alphabets is read, with padding and without; the
 * key must have 256 bytes and nothing may follow it, which mtcute itself does not check.
 *
 * @returns a snapshot with the main and the media data centre, the test flag and the user
 * @throws SessionError `INVALID_VALUE`; `NEWER_VERSION` for a version above 3
 */
export function parseMtcuteString(text: string): Snapshot {
  if (typeof text !== 'string' || text === '' || text.length > MAX_CHARACTERS) {
    throw invalid(
      'must be text',
      typeof text === 'string' ? `${text.length} characters long` : 'something else',
    );
  }
  const bytes = decodeBase64(text, 'optional');
  if (bytes === null) throw invalid('must be base64', `text of ${text.length} characters`);
  try {
    return snapshotIn(new ByteReader(bytes, AT));
  } finally {
    bytes.fill(0);
  }
}

function invalid(expected: string, found: string): SessionError {
  return new SessionError('INVALID_VALUE', `A session string of mtcute ${expected}, but is ${found}.`, {
    field: AT,
    found,
  });
}

function snapshotIn(reader: ByteReader): Snapshot {
  const notes: string[] = [];
  const version = readVersion(reader);
  const flags = reader.u32le('flags');
  if (flags > (HAS_USER | IS_TEST | HAS_MEDIA)) reader.refuse('flags', 'flags up to 7', String(flags));
  const readDc = (name: string) => {
    const part = version === NEWEST ? readTlBytes(reader, name) : reader;
    return version === NEWEST ? readDcOption(part) : readBoxedDcOption(part);
  };
  const main = readDc('mainDc');
  const hasMedia = (flags & HAS_MEDIA) !== 0 || hasUnflaggedMedia(reader, version, flags, notes);
  if (version === 1 && hasMedia)
    reader.refuse('flags', 'without a media data centre in version 1', String(flags));
  const media = hasMedia ? readDc('mediaDc') : null;
  const testMode = readTestMode(reader, flags, main, media);
  const user = (flags & HAS_USER) === 0 ? null : readUser(reader, version);
  const key = readTlBytes(reader, 'auth');
  const auth = key.bytes('', key.left);
  reader.end();
  const dc = new DataCenter({ id: main.id, ipv4Addr: main.ipv4Addr, ipv6Addr: main.ipv6Addr, auth }, AT);
  auth.fill(0);
  noteHostName(main, main.serverAddress, notes);
  const mediaDc = media === null ? null : mediaOf(media);
  const session = new Session({ dcs: [dc] });
  if (user !== null) session.user = new User({ ...user, dc: dc.id }, `${AT}.user`);
  return snapshotOf(session, {
    origin: { format: NAME, version },
    mainDc: dc.id,
    mediaDc,
    testMode,
    extra: { version, testMode, mediaDc: mediaDc && { ...mediaDc } },
    notes,
  });
}

function readVersion(reader: ByteReader): number {
  const version = reader.u8('version');
  if (version > NEWEST) {
    throw new SessionError(
      'NEWER_VERSION',
      `The string begins like one of mtcute in version ${version}, newer than ${NEWEST}, the newest one known.`,
      { field: `${AT}.version`, found: String(version) },
    );
  }
  if (version === 0) reader.refuse('version', 'from 1 to 3', '0');
  return version;
}

/**
 * From 18 September 2023 until it was fixed, mtcute wrote the media data centre into strings of version 2 and forgot
 * the flag; it could not read these itself.
 */
function hasUnflaggedMedia(reader: ByteReader, version: number, flags: number, notes: string[]): boolean {
  const rest = KEY_BYTES + ((flags & HAS_USER) === 0 ? 0 : USER_BYTES);
  if (version !== 2 || reader.left <= rest || reader.peekU32le() !== DC_OPTION) return false;
  notes.push(
    'The string has a media data centre that its flags do not tell of, as some versions of mtcute wrote it.',
  );
  return true;
}

/** Old strings say it in their own flags, newer ones in both data centres, which must agree. */
function readTestMode(reader: ByteReader, flags: number, main: DcOption, media: DcOption | null): boolean {
  if ((flags & IS_TEST) !== 0) return true;
  if (media !== null && (main.test ?? false) !== (media.test ?? false)) {
    reader.refuse('mediaDc', 'of the test servers if the main data centre is', 'not like that');
  }
  return main.test ?? false;
}

/** Until some time in 2021 the id had four bytes; the Bool behind it tells. */
function readUser(reader: ByteReader, version: number): { id: number; bot: boolean } {
  const ahead = reader.peekU32le(4);
  const isShort = version === 1 && (ahead === BOOL_TRUE || ahead === BOOL_FALSE);
  const id = isShort ? reader.i32le('user.id') : Number(reader.i64le('user.id'));
  if (!Number.isSafeInteger(id) || id < 1)
    reader.refuse('user.id', 'an integer from 1 to 2^53 - 1', String(id));
  return { id, bot: readTlBool(reader, 'user.bot') };
}

/**
 * Writes a session string of mtcute, version 3: the main data centre with its key, over IPv4 if it has such an address,
 * the media data centre, the test flag and the user. Without a test flag the address decides.
 *
 * @throws SessionError `CANNOT_HOLD` without a key or an address, or if the number of the data centre exceeds 255
 */
export function formatMtcuteString({
  session,
  mainDc = null,
  mediaDc = null,
  testMode = null,
}: MtcuteFields): string {
  const main = mainDataCenter({ session, mainDc });
  const { auth } = main;
  if (auth === null) throw cannotHold('auth', `data centre ${main.id} has no key`);
  if (!(auth instanceof Uint8Array) || auth.length !== AUTH_KEY_LENGTH) {
    return refuse(AT, 'auth', `an auth key of exactly ${AUTH_KEY_LENGTH} bytes`, auth);
  }
  const test = testModeToWrite({ testMode }, main, []);
  const option = writeDcOption(AT, { ...addressesOnly(main), mediaOnly: false }, test);
  if (option === null) {
    throw cannotHold('mainDc', `data centre ${main.id} has no address, or a number above 255`);
  }
  const media = mediaDc === null ? null : writeDcOption(`${AT}.mediaDc`, mediaDc, test);
  const user = session.user === null ? null : new User(session.user, `${AT}.user`);
  const writer = new TlWriter();
  try {
    writer.raw(NEWEST).int((user === null ? 0 : HAS_USER) | (media === null ? 0 : HAS_MEDIA));
    writer.bytes(option);
    if (media !== null) writer.bytes(media);
    if (user !== null) writer.long(BigInt(user.id)).bool(user.bot);
    const bytes = writer.bytes(auth).done();
    const text = encodeBase64(bytes, 'url', 'none');
    bytes.fill(0);
    return text;
  } finally {
    writer.wipe();
  }
}

function addressesOnly({ id, ipv4Addr, ipv6Addr }: DataCenter) {
  return { id, ipv4Addr, ipv6Addr };
}

function cannotHold(field: string, why: string): SessionError {
  return new SessionError('CANNOT_HOLD', `A session string of mtcute cannot be written: ${why}.`, {
    field: `${AT}.${field}`,
  });
}

/** Session strings of mtcute. */
export const mtcuteString: Codec = {
  name: NAME,
  title: 'mtcute, session string',
  text: true,
  writes: [NEWEST],
  carries: 'the address and key of the main data centre, the media data centre, the user, test mode',

  async detect(input): Promise<Detection | null> {
    const line = await lineOf(input);
    if (line === null || line.length > MAX_CHARACTERS) return null;
    const version = versionOf(line);
    if (version === null) return null;
    return {
      format: NAME,
      version,
      reason: `It begins like a session string of mtcute, version ${version}.`,
    };
  },

  async read(input: FormatInput): Promise<Snapshot[]> {
    const line = await lineOf(input);
    if (line === null) throw invalid('must be one line of text', 'something else');
    return [parseMtcuteString(line)];
  },

  async write(snapshots, options): Promise<Written> {
    checkVersion(this, options);
    const snapshot = onlySnapshot(snapshots, NAME);
    const notes: string[] = [];
    const main = withAddress(mainDataCenter(snapshot), snapshot.testMode, notes);
    const testMode = testModeToWrite(snapshot, main, notes);
    const session = snapshot.session.with({ dcs: [main] });
    const text = formatMtcuteString({ ...snapshot, session, testMode, mainDc: main.id });
    return {
      files: new Map([['', new TextEncoder().encode(text)]]),
      losses: [
        ...lossesOf(snapshot, main, ['user', 'user.bot', 'testMode', 'mainDc', 'mediaDc']),
        ...homeDcLoss(snapshot, main),
        ...mediaLosses(snapshot),
      ],
      notes,
    };
  },
};

/** The version of a line that begins as one of mtcute: its first fields have few values. Null if it does not. */
function versionOf(line: string): number | null {
  const head = decodeBase64(line.slice(0, 24), 'optional');
  if (head === null || head.length < 13) return null;
  const [version, flags] = head;
  if (flags! > (HAS_USER | IS_TEST | HAS_MEDIA) || head[2] !== 0 || head[3] !== 0 || head[4] !== 0)
    return null;
  if (version === 1 || version === 2) {
    const [a, b, c, d] = [DC_OPTION & 255, (DC_OPTION >> 8) & 255, (DC_OPTION >> 16) & 255, DC_OPTION >>> 24];
    return head[5] === a && head[6] === b && head[7] === c && head[8] === d ? version : null;
  }
  // The length of the data centre, its version, its flags, the length of its address, which it holds with the port.
  const isOption = head[6]! <= 3 && head[8]! <= 7 && head[9]! > 0 && head[5]! >= 3 + 1 + head[9]! + 4;
  return version === NEWEST && isOption ? NEWEST : null;
}
