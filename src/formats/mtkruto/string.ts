/**
 * The auth strings of MTKruto (formats/mtkruto.md, section 1): base64 for URLs without padding of run-length coded TL.
 * There is no version byte: what stands behind the key tells the three layouts apart.
 */

import { checkBoolean, checkId, checkInteger, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { DataCenter, Session, User } from '../../session.ts';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { ByteReader } from '../bytes.ts';
import type { Codec, Detection, FormatInput, Written } from '../codec.ts';
import { addressLosses, homeDcLoss, lossesOf } from '../loss.ts';
import { mainDataCenter, testModeToWrite, withUsualAddresses } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import { type Snapshot, snapshotOf } from '../snapshot.ts';
import { lineOf } from '../text.ts';
import { readTlBytes, readTlString, TlWriter } from '../tl.ts';
import { checkVersion } from '../versions.ts';
import { MAX_API_ID } from './api-id.ts';
import { dcByName, dcName, nameOf } from './dc-name.ts';
import { decodeRle, encodeRle } from './rle.ts';

const NAME = 'mtkruto-string';
/** What errors call the fields of a string. */
const AT = 'auth string';
/** Far more than the longest string has, which is 376. */
const MAX_CHARACTERS = 1024;
/** Far more bytes than the newest layout has, which is 281, so that a wrong length can be named. */
const MAX_BYTES = 1024;
/** Bytes behind the key: nothing; the application id; that, whether it is a bot (1 byte), and the user id (8 bytes). */
const LAYOUT_BY_REST = new Map<number, MtkrutoLayout>([
  [0, 1],
  [4, 2],
  [13, 3],
]);

/** Which fields a string has. MTKruto writes and reads 3 alone since 0.1.190, of March 2024. */
export type MtkrutoLayout = 1 | 2 | 3;

/** What a string needs of a snapshot. */
export type MtkrutoFields = Pick<Snapshot, 'session'> &
  Partial<Pick<Snapshot, 'mainDc' | 'testMode' | 'apiId'>>;

/**
 * Reads an auth string of MTKruto, in any of its three layouts. Base64 in both alphabets is read, with padding and
 * without; the key must have 256 bytes, which MTKruto itself does not check.
 *
 * @returns a snapshot with one data centre, its usual addresses, the test mode, and, in layout 3, the user and the
 * application id
 * @throws SessionError `INVALID_VALUE`
 */
export function parseMtkrutoString(text: string): Snapshot {
  if (typeof text !== 'string' || text === '' || text.length > MAX_CHARACTERS) {
    throw invalid(
      'must be text',
      typeof text === 'string' ? `${text.length} characters long` : 'something else',
    );
  }
  const coded = decodeBase64(text, 'optional');
  if (coded === null) throw invalid('must be base64', `text of ${text.length} characters`);
  let bytes: Uint8Array | undefined;
  try {
    bytes = decodeRle(AT, coded, MAX_BYTES);
    return snapshotIn(new ByteReader(bytes, AT));
  } finally {
    coded.fill(0);
    bytes?.fill(0);
  }
}

function invalid(expected: string, found: string): SessionError {
  return new SessionError('INVALID_VALUE', `An auth string of MTKruto ${expected}, but is ${found}.`, {
    field: AT,
    found,
  });
}

function snapshotIn(reader: ByteReader): Snapshot {
  const notes: string[] = [];
  const named = dcByName(AT, readTlString(reader, 'dc'));
  const key = readTlBytes(reader, 'auth');
  const auth = key.bytes('', key.left);
  const { layout, apiId, user } = readRest(reader, named.id);
  const dc = withUsualAddresses(new DataCenter({ id: named.id, auth }, AT), named.test, notes);
  auth.fill(0);
  if (user === null) notes.push('The string does not say who is logged in.');
  if (layout < 3) {
    notes.push(
      `The string has layout ${layout}, which MTKruto reads no more: written again, it has the newest one.`,
    );
  }
  const session = new Session({ dcs: [dc] });
  session.user = user;
  return snapshotOf(session, {
    origin: { format: NAME, version: layout },
    mainDc: named.id,
    testMode: named.test,
    apiId,
    extra: { testMode: named.test, dc: nameOf(named), apiId, layout },
    notes,
  });
}

/** What stands behind the key. */
function readRest(
  reader: ByteReader,
  dc: number,
): { layout: MtkrutoLayout; apiId: number | null; user: User | null } {
  const layout = LAYOUT_BY_REST.get(reader.left);
  if (layout === undefined) {
    return reader.refuse('', 'with 0, 4 or 13 bytes behind the key', `one with ${reader.left}`);
  }
  const number = layout === 1 ? 0 : checkInteger(AT, 'apiId', reader.i32le('apiId'), 0, MAX_API_ID);
  const apiId = number === 0 ? null : number;
  if (layout < 3) return { layout, apiId, user: null };
  const isBot = reader.u8('isBot');
  if (isBot > 1) reader.refuse('isBot', '0 or 1', String(isBot));
  const id = Number(reader.i64le('userId'));
  // MTKruto exports none with 0, but imports it.
  if (id === 0) return { layout, apiId, user: null };
  return { layout, apiId, user: new User({ id: checkId(AT, 'userId', id), dc, bot: isBot === 1 }) };
}

/**
 * Writes an auth string that MTKruto reads. Addresses are not part of it.
 *
 * @param layout which fields it has: 3 is the newest, and all that MTKruto reads since March 2024. Without an
 * application id it has 0 there, and MTKruto must be given one as `apiId`.
 * @throws SessionError `CANNOT_HOLD` without a key, without a user in layout 3, or if MTKruto does not know the data
 * centre; `INVALID_VALUE`
 */
export function formatMtkrutoString(fields: MtkrutoFields, layout: MtkrutoLayout = 3): string {
  const { session, mainDc = null, testMode = null, apiId = null } = fields;
  if (![1, 2, 3].includes(layout)) return refuse(AT, 'layout', '1, 2 or 3', layout);
  const dc = mainDataCenter({ session, mainDc });
  const { auth } = new DataCenter(dc, AT);
  const name = dcName(dc, testModeToWrite({ testMode }, dc, []));
  if (name === null) throw cannotHold('session.dcs', `MTKruto does not know data centre ${dc.id}`);
  if (auth === null) throw cannotHold('session.dcs', `data centre ${dc.id} has no key`);
  const writer = new TlWriter();
  try {
    writer.string(name).bytes(auth);
    const number = apiId === null ? 0 : checkInteger('snapshot', 'apiId', apiId, 0, MAX_API_ID);
    if (layout === 3) {
      const user = userToWrite(session);
      writer
        .int(number)
        .raw(user.bot ? 1 : 0)
        .long(BigInt(user.id));
    } else if (layout === 2 && number !== 0) writer.int(number);
    const bytes = writer.done();
    const coded = encodeRle(bytes);
    bytes.fill(0);
    const text = encodeBase64(coded, 'url', 'none');
    coded.fill(0);
    return text;
  } finally {
    writer.wipe();
  }
}

/** With 0 for the user MTKruto would connect, but not know itself, nor that it is a bot. */
function userToWrite({ user }: Session): { id: number; bot: boolean } {
  if (user === null) {
    throw cannotHold('session.user', 'it must name the user, who is not known (layouts 1 and 2 name none)');
  }
  return { id: checkId(AT, 'user.id', user.id), bot: checkBoolean(AT, 'user.bot', user.bot) };
}

function cannotHold(field: string, why: string): SessionError {
  return new SessionError('CANNOT_HOLD', `An auth string of MTKruto cannot be written: ${why}.`, { field });
}

/** Auth strings of MTKruto. */
export const mtkrutoString: Codec = {
  name: NAME,
  title: 'MTKruto, auth string (layouts 1 to 3)',
  text: true,
  writes: [3, 2, 1],
  carries: 'the key of one data centre, the user, test mode, the api id',

  async detect(input): Promise<Detection | null> {
    const line = await lineOf(input);
    if (line === null || line.length > MAX_CHARACTERS || !looksLikeOne(line)) return null;
    return {
      format: NAME,
      version: layoutOf(line),
      reason: 'It is base64 of the name of a data centre and a key, run-length coded.',
    };
  },

  async read(input: FormatInput): Promise<Snapshot[]> {
    const line = await lineOf(input);
    if (line === null) throw invalid('must be one line of text', 'something else');
    return [parseMtkrutoString(line)];
  },

  async write(snapshots, options): Promise<Written> {
    const layout = checkVersion(this, options) as MtkrutoLayout;
    const snapshot = onlySnapshot(snapshots, NAME);
    const notes: string[] = [];
    const main = mainDataCenter(snapshot);
    const testMode = testModeToWrite(snapshot, main, notes);
    const text = formatMtkrutoString({ ...snapshot, mainDc: main.id, testMode }, layout);
    if (layout === 3 && !snapshot.apiId) {
      notes.push('The application id is not known: 0 was written. Give MTKruto yours as apiId.');
    }
    if (layout < 3) notes.push(`MTKruto since March 2024 does not read layout ${layout}.`);
    const holds = ['bothAddresses', 'testMode', 'mainDc'] as const;
    const losses = lossesOf(snapshot, main, [
      ...holds,
      ...(layout > 1 ? (['apiId'] as const) : []),
      ...(layout > 2 ? (['user', 'user.bot'] as const) : []),
    ]);
    losses.push(...addressLosses(snapshot.session, main, testMode));
    if (layout > 2) losses.push(...homeDcLoss(snapshot, main));
    return { files: new Map([['', new TextEncoder().encode(text)]]), losses, notes };
  },
};

/** Whether a line begins with a name that is none of bytes but letters, digits and hyphens, and with a key behind it. */
function looksLikeOne(line: string): boolean {
  const head = decodeBase64(line.slice(0, 32), 'optional');
  if (head === null) return false;
  const length = head[0]!;
  // Without zeros, which are coded, the name and its padding stand as they are.
  const name = String.fromCharCode(...head.subarray(1, 1 + length));
  if (length === 0 || length > 8 || !/^[\w-]+$/.test(name)) return false;
  const padding = -(length + 1) & 3;
  let at = 1 + length;
  if (padding > 0 && (head[at++] !== 0 || head[at++] !== padding)) return false;
  // A length of four bytes, up to a few more than a key has: FE FF 00 02, or FE 00 01 01 00 01.
  if (head[at++] !== 0xfe) return false;
  return head[at] === 0 ? head[at + 1] === 1 && head[at + 2] === 1 : head[at + 1] === 0 || head[at + 1] === 1;
}

/** The layout of a line that is sound, or null. */
function layoutOf(line: string): number | null {
  try {
    return parseMtkrutoString(line).origin.version;
  } catch {
    return null;
  }
}
