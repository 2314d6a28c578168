/**
 * The session files of grammers before 0.8 (formats/grammers.md, section 2): one object of TL. Read only, as no grammers
 * of today reads them. Their data model is that of Telethon v2.
 */

import { checkAuthKey } from '../../auth-key.ts';
import { SessionError } from '../../errors.ts';
import { type DataCenterFields, Session, type UpdateStateFields, type UserFields } from '../../session.ts';
import { ByteReader } from '../bytes.ts';
import type { Codec, Detection, FormatInput } from '../codec.ts';
import { ipv4Text, ipv6Text } from '../ip.ts';
import { testModeOf } from '../main-dc.ts';
import { type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import { readTlBool, readTlBytes, readTlString } from '../tl.ts';

const NAME = 'grammers-tl';
/** What errors call the object. */
const AT = 'session';

/** Constructors: they are all that tells one version from another. */
const SESSION = 0xa73eb8ce;
const VECTOR = 0x1cb5c415;
const DATA_CENTER = 0x756d16b6;
/** Since December 2024. */
const DATA_CENTER_WS = 0x72490a88;
const USER = 0x672f428d;
const UPDATE_STATE = 0xd0cadcc1;
const CHANNEL_STATE = 0xc2b0f8cd;
/** Until December 2021, with ids of 32 bits. */
const OLD_USER = 0x11cc2a68;
const OLD_CHANNEL_STATE = 0xcb8f443f;

/** Most that is read of either list; accounts have a handful of data centres, and at most thousands of channels. */
const MAX_DCS = 1000;
const MAX_CHANNELS = 1_000_000;
const MAX_URL = 1000;
/** Fewest bytes of a data centre and of a channel. */
const MIN_DC_BYTES = 16;
const MIN_CHANNEL_BYTES = 12;

interface Read {
  dcs: DataCenterFields[];
  /** URLs of those that are reached through a WebSocket, by the number of the data centre. */
  urls: Map<number, string>;
  user: UserFields | null;
  state: UpdateStateFields | null;
  isOld: boolean;
}

/** Reads a file. @throws SessionError `INVALID_VALUE` */
export function readGrammersTl(bytes: Uint8Array): Snapshot {
  const reader = new ByteReader(bytes, AT);
  const read: Read = { dcs: [], urls: new Map(), user: null, state: null, isOld: false };
  constructorOf(reader, '', { session: SESSION });
  const flags = flagsOf(reader, '', 0b11);
  const count = vectorOf(reader, 'dcs', MAX_DCS, MIN_DC_BYTES);
  for (let i = 0; i < count; i++) read.dcs.push(readDataCenter(reader, `dcs[${i}]`, read));
  if ((flags & 1) !== 0) read.user = readUser(reader, read);
  if ((flags & 2) !== 0) read.state = readState(reader, read);
  reader.end();
  return snapshotIn(read);
}

function snapshotIn({ dcs, urls, user, state, isOld }: Read): Snapshot {
  const session = new Session({ dcs, user, state }, AT);
  const notes: string[] = [];
  const extra: { [key: string]: JsonValue } = {};
  if (urls.size > 0) extra.webSockets = Object.fromEntries(urls);
  for (const id of urls.keys()) {
    notes.push(
      `Data centre ${id} is given by the URL of a WebSocket: a session holds IP addresses only, so it has none.`,
    );
  }
  if (isOld)
    notes.push('The file is from before December 2021, when ids had 32 bits. grammers itself refuses it.');
  const own =
    user === null && dcs.length === 1 ? session.dcs[0] : session.dcs.find(({ id }) => id === user?.dc);
  return snapshotOf(session, {
    origin: { format: NAME, version: null },
    testMode: testModeOf(own, notes),
    extra,
    notes,
  });
}

/** Reads a constructor, which must be one of those named. */
function constructorOf<T extends string>(reader: ByteReader, name: string, known: Record<T, number>): T {
  const id = reader.u32le(name);
  const names = Object.keys(known) as T[];
  const found = names.find((one) => known[one] === id);
  if (found !== undefined) return found;
  return reader.refuse(
    name,
    `the constructor of ${names.join(' or ')}`,
    `the constructor 0x${id.toString(16).padStart(8, '0')}`,
  );
}

function flagsOf(reader: ByteReader, at: string, known: number): number {
  const name = at === '' ? 'flags' : `${at}.flags`;
  const flags = reader.u32le(name);
  if ((flags & ~known) !== 0) reader.refuse(name, `flags up to ${known}`, String(flags));
  return flags;
}

function vectorOf(reader: ByteReader, name: string, max: number, each: number): number {
  constructorOf(reader, name, { vector: VECTOR });
  return reader.count(name, reader.i32le(name), max, each);
}

function readDataCenter(reader: ByteReader, at: string, read: Read): DataCenterFields {
  const kind = constructorOf(reader, at, { dataCenter: DATA_CENTER, dataCenterWs: DATA_CENTER_WS });
  const isWs = kind === 'dataCenterWs';
  const flags = flagsOf(reader, at, isWs ? 1 : 0b111);
  const id = reader.i32le(`${at}.id`);
  const none = { id, ipv4Addr: null, ipv6Addr: null };
  if (isWs) {
    const url = readTlString(reader, `${at}.url`);
    if (url.length > MAX_URL) reader.refuse(`${at}.url`, 'an URL', `text of ${url.length} characters`);
    read.urls.set(id, url);
    return { ...none, auth: (flags & 1) === 0 ? null : readKey(reader, at) };
  }
  const ipv4 = (flags & 1) === 0 ? null : ipv4Text(reader.bytes(`${at}.ipv4`, 4), 0);
  const ipv6 = (flags & 2) === 0 ? null : ipv6Text(reader.bytes(`${at}.ipv6`, 16), 0);
  const port = reader.i32le(`${at}.port`);
  // One for both addresses.
  if (port < 1 || port > 65535) reader.refuse(`${at}.port`, 'an integer from 1 to 65535', String(port));
  return {
    id,
    ipv4Addr: ipv4 && `${ipv4}:${port}`,
    ipv6Addr: ipv6 && `${ipv6}:${port}`,
    auth: (flags & 4) === 0 ? null : readKey(reader, at),
  };
}

/** grammers takes a key of another length for none. */
function readKey(reader: ByteReader, at: string): Uint8Array | null {
  const content = readTlBytes(reader, `${at}.auth`);
  return checkAuthKey(AT, `${at}.auth`, content.bytes('', content.left));
}

function readUser(reader: ByteReader, read: Read): UserFields {
  const kind = constructorOf(reader, 'user', { user: USER, 'the old user': OLD_USER });
  const id = idOf(reader, 'user.id', kind !== 'user', read);
  return { id, dc: reader.i32le('user.dc'), bot: readTlBool(reader, 'user.bot') };
}

function readState(reader: ByteReader, read: Read): UpdateStateFields {
  constructorOf(reader, 'state', { updateState: UPDATE_STATE });
  const number = (name: string) => reader.i32le(`state.${name}`);
  const fields = { pts: number('pts'), qts: number('qts'), date: number('date'), seq: number('seq') };
  const count = vectorOf(reader, 'state.channels', MAX_CHANNELS, MIN_CHANNEL_BYTES);
  const channels = [];
  for (let i = 0; i < count; i++) {
    const at = `state.channels[${i}]`;
    const known = { channelState: CHANNEL_STATE, 'the old channelState': OLD_CHANNEL_STATE };
    const kind = constructorOf(reader, at, known);
    const id = idOf(reader, `${at}.id`, kind !== 'channelState', read);
    channels.push({ id, pts: reader.i32le(`${at}.pts`) });
  }
  return { ...fields, channels };
}

function idOf(reader: ByteReader, name: string, isOld: boolean, read: Read): number {
  if (!isOld) return Number(reader.i64le(name));
  read.isOld = true;
  return reader.i32le(name);
}

/** Session files of grammers before 0.8. */
export const grammersTl: Codec = {
  name: NAME,
  title: 'grammers 0.3 to 0.7, one object of TL',
  text: false,
  writes: [],
  carries: 'all data centres with keys and both addresses, the user, the update state with channels',

  async detect(input): Promise<Detection | null> {
    const head = new ByteReader(await input.head(), AT);
    if (head.peekU32le() !== SESSION || head.peekU32le(8) !== VECTOR) return null;
    return {
      format: NAME,
      version: null,
      reason: 'It begins with the constructor of a session of grammers.',
    };
  },

  async read(input: FormatInput): Promise<Snapshot[]> {
    const bytes = await input.bytes();
    if (bytes.length === 0) throw new SessionError('INVALID_VALUE', `${input.label} is empty.`);
    return [readGrammersTl(bytes)];
  },
};
