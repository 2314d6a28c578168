/**
 * The JSON session files of Pyrogram 0.4 to 0.14 (formats/pyrogram.md, section 3); read only, as no library of today
 * reads them. The key is a list of pieces of base64; peers are there if the file was written in the background.
 */

import { checkAuthKey } from '../../auth-key.ts';
import { checkBoolean, checkDcId, checkId, checkText, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { fromMarkedId, type Peer } from '../../peers.ts';
import { DataCenter, MAX_USERNAME_LENGTH, Session, User } from '../../session.ts';
import { decodeBase64 } from '../base64.ts';
import { type BigJson, checkJsonInt64, parseBigJson, plainInteger } from '../big-json.ts';
import type { Codec, Detection, FormatInput } from '../codec.ts';
import { withUsualAddresses } from '../main-dc.ts';
import { type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import { jsonHeadOf, textOf } from '../text.ts';

const NAME = 'pyrogram-json';

/** Beyond this it is no session file. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Pieces of a key: there are eight of 43 characters and one of the rest. */
const MAX_PIECES = 344;
const MAX_PHONE_LENGTH = 4096;

type Fields = { [key: string]: BigJson };

/** Reads a file. @throws SessionError `INVALID_VALUE` */
export function parsePyrogramJson(text: string, label: string): Snapshot {
  const json = parseBigJson(text, label);
  if (!isObject(json)) return refuse(label, '', 'a JSON object', json, 'another JSON value');
  const notes: string[] = [];
  const id = checkDcId('dc_id', '', json.dc_id);
  const testMode = checkBoolean('test_mode', '', json.test_mode);
  const stored = new DataCenter({ id, auth: readKey(json.auth_key) });
  const dc = withUsualAddresses(stored, testMode, notes);
  const session = new Session({ dcs: [dc], user: readUser(json, id, notes) });
  const extra: { [key: string]: JsonValue } = { keys: Object.keys(json) };
  if (dc !== stored) extra.derivedAddress = { ipv4: dc.ipv4Addr, ipv6: dc.ipv6Addr };
  const { peers, own } = readPeers(json, session.user, extra, notes);
  if (session.user !== null) session.user.username = own?.usernames[0] ?? null;
  return snapshotOf(session, {
    origin: { format: NAME, version: null },
    botKnown: typeof json.is_bot === 'boolean',
    mainDc: id,
    testMode,
    phone: own?.phone != null && /^\d+$/.test(own.phone) ? own.phone : null,
    peers,
    extra,
    notes,
  });
}

function isObject(value: BigJson | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readKey(value: BigJson | undefined): Uint8Array | null {
  const isList = Array.isArray(value) && value.length <= MAX_PIECES;
  if (!isList || !value.every((piece) => typeof piece === 'string')) {
    return refuse('auth_key', '', 'a list of pieces of base64', value);
  }
  const bytes = decodeBase64(value.join(''));
  if (bytes === null) return refuse('auth_key', '', 'base64 in pieces', value, 'something else');
  return checkAuthKey('auth_key', '', bytes);
}

function readUser({ user_id, is_bot }: Fields, dc: number, notes: string[]): User | null {
  if (user_id === null || user_id === undefined || user_id === 0) {
    notes.push('The file has a key, but does not say whose.');
    return null;
  }
  const id = checkId('user_id', '', user_id);
  if (is_bot === undefined || is_bot === null) {
    notes.push('The file does not say whether the account is a bot: taken for "no", as Pyrogram does.');
    return new User({ id, dc, bot: false });
  }
  return new User({ id, dc, bot: checkBoolean('is_bot', '', is_bot) });
}

/** Access hashes by marked id, and who has which username and phone number. */
function readPeers(json: Fields, user: User | null, extra: { [key: string]: JsonValue }, notes: string[]) {
  const peers = new Map<string, Peer>();
  let unknown = 0;
  const byId = readMap(json, 'peers_by_id', (at, value) =>
    value === null ? null : checkJsonInt64(at, '', value),
  );
  for (const [key, accessHash] of byId ?? []) {
    const identity = identityOf(key, accessHash);
    if (identity === null) unknown++;
    else peers.set(key, { ...identity, accessHash, usernames: [], phone: null, name: null, seen: null });
  }
  const markedId = (at: string, value: BigJson) => checkJsonInt64(at, '', value);
  const byUsername = readMap(json, 'peers_by_username', markedId);
  for (const [username, marked] of byUsername ?? []) {
    const name = checkText('peers_by_username', '', username, MAX_USERNAME_LENGTH);
    const peer = peers.get(String(marked));
    if (peer === undefined) unknown++;
    else peer.usernames.push(name);
  }
  const byPhone = readMap(json, 'peers_by_phone', markedId);
  for (const [phone, marked] of byPhone ?? []) {
    const number = checkText('peers_by_phone', '', phone, MAX_PHONE_LENGTH);
    const peer = peers.get(String(marked));
    if (peer === undefined) unknown++;
    else peer.phone = number;
  }
  if (unknown > 0) notes.push(`${unknown} entries of peers have an id that no peer has: they were left out.`);
  for (const [name, map] of [
    ['peersById', byId],
    ['peersByUsername', byUsername],
    ['peersByPhone', byPhone],
  ] as const) {
    if (map !== null) extra[name] = toJson(map);
  }
  const own = user === null ? undefined : peers.get(String(user.id));
  return { peers: [...peers.values()], own };
}

function readMap<T>(
  json: Fields,
  name: string,
  read: (at: string, value: BigJson) => T,
): [string, T][] | null {
  const map = json[name];
  if (map === undefined || map === null) return null;
  if (!isObject(map)) return refuse(name, '', 'a JSON object', map);
  // The key may be anything, so errors do not repeat it.
  return Object.entries(map).map(([key, value]) => [key, read(`${name}[…]`, value)]);
}

function toJson(map: [string, bigint | null][]): { [key: string]: JsonValue } {
  const plain = (value: bigint) => plainInteger(Number.isSafeInteger(Number(value)) ? Number(value) : value);
  return Object.fromEntries(map.map(([key, value]) => [key, value === null ? null : plain(value)]));
}

/** Small groups have no access hash; a channel has `-100` in front of its id, as text. */
function identityOf(key: string, accessHash: bigint | null): Pick<Peer, 'kind' | 'id'> | null {
  if (!/^-?[1-9]\d{0,15}$/.test(key)) return null;
  const channel = accessHash === null ? undefined : /^-100(\d+)$/.exec(key)?.[1];
  if (channel !== undefined) return Number(channel) > 0 ? { kind: 'channel', id: Number(channel) } : null;
  const peer = fromMarkedId(Number(key));
  return peer !== null && (peer.kind === 'chat') === (accessHash === null) ? peer : null;
}

/** Session files of Pyrogram 0.4 to 0.14. */
export const pyrogramJson: Codec = {
  name: NAME,
  title: 'Pyrogram 0.4 to 0.14, JSON',
  text: false,
  writes: [],
  carries: 'one data centre with its key, the user, test mode, peers',

  async detect(input): Promise<Detection | null> {
    const head = await jsonHeadOf(input);
    if (head === null) return null;
    const hasKeys = ['dc_id', 'test_mode', 'user_id'].every((key) => head.includes(`"${key}"`));
    if (!hasKeys && !/"auth_key"\s*:\s*\[\s*"/.test(head)) return null;
    return { format: NAME, version: null, reason: 'It is JSON with the keys dc_id, test_mode and user_id.' };
  },

  async read(input: FormatInput): Promise<Snapshot[]> {
    const head = await input.head();
    if (head.length === 0) throw new SessionError('INVALID_VALUE', `${input.label} is empty.`);
    const text = await textOf(input, MAX_BYTES);
    return [parsePyrogramJson(text, input.label)];
  },
};
