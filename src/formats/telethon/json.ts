/**
 * The JSON session files of Telethon 0.11 to 0.15.5 (formats/telethon.md, section 4). They hold no number of the data
 * centre, so it is found by the address.
 */

import { isIpv4, isIpv6 } from '../../address.ts';
import { checkAuthKey } from '../../auth-key.ts';
import { checkInteger, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { fromMarkedId, type Peer } from '../../peers.ts';
import { DataCenter, Session } from '../../session.ts';
import { decodeBase64 } from '../base64.ts';
import { type BigJson, checkJsonInt64, parseBigJson, plainInteger } from '../big-json.ts';
import type { Codec, Detection, FormatInput } from '../codec.ts';
import { dataCenterAt } from '../data-centers.ts';
import { type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import { jsonHeadOf, textOf } from '../text.ts';

const NAME = 'telethon-json';

/** Beyond this it is no session file. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Reads a file. @throws SessionError `INVALID_VALUE` */
export function parseTelethonJson(text: string, label: string): Snapshot {
  const json = parseBigJson(text, label);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return refuse(label, '', 'a JSON object', json, 'another JSON value');
  }
  const notes: string[] = [];
  const { id, test, ...addresses } = readServer(json);
  notes.push(`The file does not say which data centre it is for: ${id} was found by its address.`);
  if (test) notes.push(`Data centre ${id} has an address of the test servers.`);
  const dc = new DataCenter({ id, ...addresses, auth: readKey(json.auth_key_data) });
  const entities = readEntities(json.entities, notes);
  const extra: { [key: string]: JsonValue } = {
    serverAddress: json.server_address as string,
    port: json.port as number,
    entities: entities === null ? null : entities.rows,
  };
  // Integers of 64 bits stay text; what other types stand there, nobody needs.
  for (const [key, name] of [
    ['id', 'id'],
    ['salt', 'salt'],
    ['sequence', 'sequence'],
    ['time_offset', 'timeOffset'],
    ['layer', 'layer'],
  ] as const) {
    const value = json[key];
    if (typeof value === 'bigint' || typeof value === 'number') {
      extra[name] = key === 'id' || key === 'salt' ? String(value) : plainInteger(value);
    }
  }
  return snapshotOf(new Session({ dcs: [dc] }), {
    origin: { format: NAME, version: null },
    mainDc: id,
    testMode: test,
    peers: entities?.peers ?? [],
    extra,
    notes,
  });
}

type Fields = { [key: string]: BigJson };

function readServer(json: Fields) {
  const address = json.server_address;
  const isAddress = typeof address === 'string' && (isIpv4(address) || isIpv6(address));
  if (!isAddress) return refuse('server_address', '', 'an IP address', address);
  const port = checkInteger('port', '', json.port, 1, 65535);
  const known = dataCenterAt(address);
  if (known === null) {
    return refuse('server_address', '', 'the address of a data centre that is known', address, address);
  }
  const text = `${address}:${port}`;
  return isIpv4(address)
    ? { ...known, ipv4Addr: text, ipv6Addr: null }
    : { ...known, ipv4Addr: null, ipv6Addr: text };
}

function readKey(value: BigJson | undefined): Uint8Array | null {
  if (value === null) return null;
  // The old codec of Python broke the text into lines.
  const bytes = typeof value === 'string' ? decodeBase64(value.replace(/\n/g, '')) : null;
  if (bytes === null) return refuse('auth_key_data', '', 'base64 text or null', value);
  return checkAuthKey('auth_key_data', '', bytes);
}

interface Entities {
  peers: Peer[];
  rows: JsonValue[];
}

/** Pairs of a marked id and an access hash, or null for a small group. */
function readEntities(value: BigJson | undefined, notes: string[]): Entities | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) return refuse('entities', '', 'a list', value);
  const peers: Peer[] = [];
  let unknown = 0;
  const rows = value.map((row, i) => {
    const at = `entities[${i}]`;
    if (!Array.isArray(row) || row.length !== 2) return refuse(at, '', 'a list of two', row);
    const [id, hash] = row as [BigJson, BigJson];
    const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
    const marked = checkInteger(`${at}[0]`, '', id, MIN_SAFE_INTEGER, MAX_SAFE_INTEGER);
    const accessHash = hash === null ? null : checkJsonInt64(`${at}[1]`, '', hash);
    const peer = fromMarkedId(marked);
    if (peer === null) unknown++;
    else peers.push({ ...peer, accessHash, usernames: [], phone: null, name: null, seen: null });
    return [marked, accessHash === null ? null : String(accessHash)];
  });
  if (unknown > 0) notes.push(`${unknown} entities have an id that no peer has: they were left out.`);
  return { peers, rows };
}

/** Session files of Telethon 0.11 to 0.15.5. */
export const telethonJson: Codec = {
  name: NAME,
  title: 'Telethon 0.11 to 0.15, JSON',
  text: false,
  writes: [],
  carries: 'the address and key of one data centre, peers',

  async detect(input): Promise<Detection | null> {
    const head = await jsonHeadOf(input);
    if (head === null || !/"auth_key_data"\s*:/.test(head)) return null;
    return { format: NAME, version: null, reason: 'It is JSON with the key auth_key_data.' };
  },

  async read(input: FormatInput): Promise<Snapshot[]> {
    const head = await input.head();
    if (head.length === 0) throw new SessionError('INVALID_VALUE', `${input.label} is empty.`);
    const text = await textOf(input, MAX_BYTES);
    return [parseTelethonJson(text, input.label)];
  },
};
