/**
 * The items of a StoreSession of GramJS or teleproto (formats/gramjs.md, section 2): in a folder one file each, in a
 * browser's localStorage one entry each. The keys are `<session name><divider><item>`, the values JSON.
 */

import { checkDcId, checkInteger, checkText, refuse } from '../../check.ts';
import type { Peer } from '../../peers.ts';
import { type Addresses, addressesOf, noteHostName } from '../../server-address.ts';
import { DataCenter, MAX_USERNAME_LENGTH, Session } from '../../session.ts';
import { type BigJson, parseBigJson } from '../big-json.ts';
import { keyInBufferJson } from '../buffer-json.ts';
import { isTestServer } from '../data-centers.ts';
import { testModeOf } from '../main-dc.ts';
import { type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import { fromGramjsId } from './ids.ts';

/** Longest display name and phone that are kept; Telegram's own limits are far below. */
const MAX_NAME_LENGTH = 4096;
/** More data centres than there ever were. */
const MAX_KEYS = 1000;
const ITEM = /^(.+)(authKey|dcId|port|serverAddress|testServers|dcAuthKeys)$/s;
const PEER = /-?\d{1,20}$/;

/** The keys of one session, by item. */
export type Items = Map<string, string>;

/** Sorts keys into sessions, by their prefix (name and divider). Keys of anything else are left out. */
export function sessionsIn(keys: Iterable<string>): Map<string, Items> {
  const groups = new Map<string, Items>();
  const peers: string[] = [];
  for (const key of keys) {
    const [, prefix, item] = ITEM.exec(key) ?? [];
    if (prefix === undefined) {
      if (PEER.test(key)) peers.push(key);
      continue;
    }
    const group = groups.get(prefix) ?? new Map<string, string>();
    groups.set(prefix, group.set(item!, key));
  }
  for (const [prefix, items] of groups) {
    // The words alone are not rare enough.
    if (!items.has('dcId') || !(items.has('serverAddress') || items.has('authKey'))) groups.delete(prefix);
  }
  for (const key of peers) {
    const start = PEER.exec(key)!.index;
    // A prefix may end with a minus or a digit.
    for (let at = start; at < key.length; at++) {
      const group = groups.get(key.slice(0, at));
      if (group === undefined) continue;
      group.set(key.slice(at), key);
      break;
    }
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The account in the items of a session.
 *
 * @param prefix name and divider
 * @param texts the values of the items
 * @throws SessionError `INVALID_VALUE` naming the item
 */
export function snapshotIn(format: string, prefix: string, texts: ReadonlyMap<string, string>): Snapshot {
  const notes: string[] = [];
  const json = (item: string): BigJson | undefined => {
    const text = texts.get(item);
    // The word is what store2 writes for a value that was taken away.
    return text === undefined || text === 'undefined' ? undefined : parseBigJson(text, item);
  };
  const id = checkDcId('dcId', '', json('dcId'));
  const server = readServer(json('serverAddress'), json('port'), notes);
  const dc = new DataCenter({ id, ...server.addresses, auth: keyInBufferJson('authKey', json('authKey')) });
  const others = readOtherKeys(json('dcAuthKeys'), id, notes);
  const testServers = readTestServers(json('testServers'));
  const testMode = testServers ?? testModeOf(dc, notes);
  if (testServers === false && isTestServer(dc) === true) {
    notes.push('The address is one of the test servers, but testServers says no: taken for production.');
  }
  const { peers, rows } = readPeers(texts.keys(), json, notes);
  const extra: { [key: string]: JsonValue } = {
    sessionName: prefix.endsWith(':') ? prefix.slice(0, -1) : prefix,
    serverAddress: server.address,
    port: server.port,
    testMode,
  };
  if (testServers !== null) extra.testServers = testServers;
  if (rows.length > 0) extra.peers = rows;
  return snapshotOf(new Session({ dcs: [dc, ...others] }), {
    origin: { format, version: null },
    mainDc: id,
    testMode,
    peers,
    extra,
    notes,
  });
}

function readServer(address: BigJson | undefined, port: BigJson | undefined, notes: string[]) {
  const none: Addresses = { ipv4Addr: null, ipv6Addr: null };
  if (address === undefined || address === null) return { addresses: none, address: null, port: null };
  const tcpPort = checkInteger('port', '', port, 1, 65535);
  const text = typeof address === 'string' ? address : refuse('serverAddress', '', 'text', address);
  const addresses = addressesOf('serverAddress', '', text, tcpPort);
  noteHostName(addresses, text, notes);
  return { addresses, address: text, port: tcpPort };
}

function readTestServers(value: BigJson | undefined): boolean | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'boolean' ? value : refuse('testServers', '', 'true or false', value);
}

/** teleproto's keys of other data centres. */
function readOtherKeys(value: BigJson | undefined, main: number, notes: string[]): DataCenter[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) return refuse('dcAuthKeys', '', 'an object', value);
  const entries = Object.entries(value);
  checkInteger('dcAuthKeys', '', entries.length, 0, MAX_KEYS);
  return entries.flatMap(([text, key]) => {
    const at = `dcAuthKeys[${/^\d{1,10}$/.test(text) ? text : '?'}]`;
    const id = checkDcId(at, '', /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN);
    if (id !== main) return [new DataCenter({ id, auth: keyInBufferJson(at, key) }, at)];
    // The real library asks for the key of the main one elsewhere.
    notes.push(`dcAuthKeys has an old key of data centre ${id}: it was left out.`);
    return [];
  });
}

/** Users, then channels, then groups: a folder lists its files in no order that means anything. */
const ORDER: Peer['kind'][] = ['user', 'channel', 'chat'];

function readPeers(items: Iterable<string>, json: (item: string) => BigJson | undefined, notes: string[]) {
  const found: { peer: Peer; row: JsonValue }[] = [];
  let unknown = 0;
  for (const item of items) {
    if (!/^-?\d+$/.test(item)) continue;
    const kindAndId = fromGramjsId(item);
    if (kindAndId === null) unknown++;
    else found.push(readPeer(item, kindAndId, json(item)));
  }
  if (unknown > 0) notes.push(`${unknown} peers have an id that no peer has: they were left out.`);
  found.sort((a, b) => ORDER.indexOf(a.peer.kind) - ORDER.indexOf(b.peer.kind) || a.peer.id - b.peer.id);
  return { peers: found.map(({ peer }) => peer), rows: found.map(({ row }) => row) };
}

/** `[id, access hash, username, phone, name]`, in GramJS with the time in milliseconds behind it; all text or null. */
function readPeer(item: string, kindAndId: Pick<Peer, 'kind' | 'id'>, value: BigJson | undefined) {
  const at = `peers[${item}]`;
  if (!Array.isArray(value) || value.length < 5 || value.length > 6) {
    return refuse(at, '', 'a list of 5 or 6', value ?? null);
  }
  if (value[0] !== item) refuse(at, 'id', 'that of its key', value[0]);
  const text = (i: number, name: string, length: number) => {
    const field = value[i] ?? null;
    return field === null ? null : checkText(at, name, field, length);
  };
  const hash = readHash(at, text(1, 'accessHash', 20));
  const username = text(2, 'username', MAX_USERNAME_LENGTH);
  const phone = text(3, 'phone', MAX_NAME_LENGTH);
  const name = text(4, 'name', MAX_NAME_LENGTH);
  const time = text(5, 'time', 20);
  const milliseconds = time === null ? null : Number(/^\d{1,16}$/.test(time) ? time : Number.NaN);
  const peer: Peer = {
    ...kindAndId,
    // Small groups need no access hash; they have 0 there.
    accessHash: kindAndId.kind === 'chat' && hash === 0n ? null : hash,
    usernames: username === null || username === '' ? [] : [username],
    phone,
    name,
    seen:
      milliseconds === null
        ? null
        : Math.floor(checkInteger(at, 'time', milliseconds, 0, Number.MAX_SAFE_INTEGER) / 1000),
  };
  return { peer, row: { id: item, accessHash: hash === null ? null : String(hash), username, phone, name } };
}

function readHash(at: string, text: string | null): bigint | null {
  if (text === null) return null;
  const hash = /^-?\d{1,19}$/.test(text) ? BigInt(text) : null;
  if (hash !== null && BigInt.asIntN(64, hash) === hash) return hash;
  return refuse(at, 'accessHash', 'an integer of 64 bits', text);
}
