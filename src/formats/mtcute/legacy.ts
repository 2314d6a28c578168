/** Reading the database of mtcute 0.6 and older (formats/mtcute.md, section 2, "Legacy schema"). */

import { checkBoolean, checkDcId, checkId, checkInteger, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { addressesOf, noteHostName } from '../../server-address.ts';
import { Session, UpdateState } from '../../session.ts';
import type { SqlDatabase } from '../../sqlite/driver.ts';
import { rowsOf } from '../../sqlite/rows.ts';
import { requireTable, type Tables } from '../../sqlite/tables.ts';
import { type BigJson, parseBigJson } from '../big-json.ts';
import { testModeOf } from '../main-dc.ts';
import { type JsonValue, type MediaDc, type Snapshot, snapshotOf } from '../snapshot.ts';
import { readDataCenters, readEntities, temporaryKeys } from './rows.ts';

const OLDEST = 2;
const NEWEST = 5;

/** Whether the tables are there that the old schema needs. */
export function isLegacy(tables: Tables): boolean {
  return ['kv', 'auth_keys', 'pts', 'entities'].every((name) => tables.has(name));
}

/**
 * Reads a file of the old schema.
 *
 * @param isOpened whether a newer version has opened it since, and not found what stands there
 */
export function readLegacy(db: SqlDatabase, tables: Tables, format: string, isOpened: boolean): Snapshot {
  requireTable(tables, 'kv', ['key', 'value']);
  const kv = new Map<string, BigJson>();
  for (const [key, value] of rowsOf(db, 'kv', ['key', 'value'], 'ORDER BY key')) {
    if (typeof key !== 'string' || typeof value !== 'string')
      return refuse('kv', 'key', 'text with text', value);
    if (['ver', 'def_dc', 'self', 'pts', 'qts', 'date', 'seq'].includes(key)) {
      kv.set(key, parseBigJson(value, `kv[${key}]`));
    }
  }
  const version = readVersion(kv.get('ver'));
  const notes: string[] = [];
  if (isOpened) {
    notes.push(
      'A newer mtcute has opened the file and found no session: it does not know the schema from before 0.7.',
    );
  }
  const { main, media } = readDefaultDc(kv.get('def_dc'));
  if (main !== null) noteHostName(main, main.serverAddress, notes);
  const session = new Session({ dcs: readDataCenters(db, tables, main) });
  session.user = main === null ? null : readSelf(kv.get('self'), main.id);
  session.state = readState(db, tables, kv);
  const mediaDc: MediaDc | null = media && {
    id: media.id,
    ipv4Addr: media.ipv4Addr,
    ipv6Addr: media.ipv6Addr,
    mediaOnly: media.mediaOnly,
  };
  // Only "yes" is sure: the schema has no word for it.
  const testMode = main !== null && testModeOf(session.dcs[0], notes) === true ? true : null;
  const temporary = temporaryKeys(db, tables);
  if (temporary.length > 0)
    notes.push('Temporary keys were left out: a client gets new ones when it connects.');
  const extra: { [key: string]: JsonValue } = {
    testMode,
    mediaDc: mediaDc && { ...mediaDc },
    kvVersion: version,
  };
  if (temporary.length > 0) extra.tempKeysForDcs = temporary;
  return snapshotOf(session, {
    origin: { format, version },
    mainDc: main?.id ?? null,
    mediaDc,
    testMode,
    peers: readEntities(db, tables),
    extra,
    notes,
  });
}

function readVersion(value: BigJson | undefined): number {
  const version = typeof value === 'number' ? value : null;
  const details = { field: 'kv[ver]', found: version === null ? 'no number' : String(version) };
  if (version === null || !Number.isInteger(version) || version < OLDEST) {
    throw new SessionError(
      'BAD_VERSION',
      `kv[ver] must be an integer from ${OLDEST} on, but is ${details.found}.`,
      details,
    );
  }
  if (version <= NEWEST) return version;
  throw new SessionError(
    'NEWER_VERSION',
    `The file has the old tables of mtcute and version ${version}, newer than ${NEWEST}, the newest one known.`,
    details,
  );
}

/** Until version 3 one data centre, since then the main one and that for files, as TL in JSON. */
function readDefaultDc(value: BigJson | undefined) {
  if (value === undefined || value === null) return { main: null, media: null };
  const object = objectOf('kv[def_dc]', value);
  if (object.main === undefined) return { main: readDc('kv[def_dc]', object), media: null };
  const main = readDc('kv[def_dc].main', object.main);
  const media =
    object.media === undefined || object.media === null ? null : readDc('kv[def_dc].media', object.media);
  const isSame = media !== null && JSON.stringify(media) === JSON.stringify(main);
  return { main, media: isSame ? null : media };
}

function readDc(at: string, value: BigJson) {
  const { id, ipAddress, port, mediaOnly } = objectOf(at, value);
  const number = checkDcId(at, 'id', id);
  const tcpPort = checkInteger(at, 'port', port, 1, 65535);
  const serverAddress =
    typeof ipAddress === 'string' ? ipAddress : refuse(at, 'ipAddress', 'text', ipAddress);
  const addresses = addressesOf(at, 'ipAddress', serverAddress, tcpPort);
  return { id: number, ...addresses, mediaOnly: mediaOnly === true, serverAddress };
}

function readSelf(value: BigJson | undefined, dc: number) {
  if (value === undefined || value === null) return null;
  const { userId, isBot } = objectOf('kv[self]', value);
  const id = checkId('kv[self]', 'userId', userId);
  return new Session({ user: { id, dc, bot: checkBoolean('kv[self]', 'isBot', isBot) } }).user;
}

/** What of `qts`, `date` and `seq` is missing counts as 0. */
function readState(db: SqlDatabase, tables: Tables, kv: Map<string, BigJson>): UpdateState | null {
  requireTable(tables, 'pts', ['channel_id', 'pts']);
  const pts = kv.get('pts');
  if (pts === undefined || pts === null) return null;
  const number = (name: string) => (kv.get(name) ?? 0) as number;
  const channels = rowsOf(db, 'pts', ['channel_id', 'pts'], 'ORDER BY channel_id').map(([id, value]) => ({
    id: id as number,
    pts: value as number,
  }));
  return new UpdateState(
    { pts: pts as number, qts: number('qts'), date: number('date'), seq: number('seq'), channels },
    'kv',
  );
}

function objectOf(at: string, value: BigJson): { [key: string]: BigJson } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  return refuse(at, '', 'an object', value);
}
