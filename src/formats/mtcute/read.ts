/** Reading the database of mtcute: the current schema (formats/mtcute.md, section 2). */

import { refuse } from '../../check.ts';
import { noteHostName } from '../../server-address.ts';
import { ChannelState, Session, UpdateState, User } from '../../session.ts';
import type { SqlDatabase } from '../../sqlite/driver.ts';
import { rowsOf } from '../../sqlite/rows.ts';
import { requireTable, type Tables } from '../../sqlite/tables.ts';
import { ByteReader } from '../bytes.ts';
import { rowsExtra } from '../first-rows.ts';
import { testModeOf } from '../main-dc.ts';
import { type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import { type CurrentUser, readCurrentUser } from './current-user.ts';
import { type DcOption, mediaOf, readDcOption } from './dc.ts';
import { isLegacy, readLegacy } from './legacy.ts';
import { readDataCenters, readPeers, temporaryKeys } from './rows.ts';

/** Reads a file of mtcute, of the current schema or of an older one. @throws SessionError `DAMAGED`, `INVALID_VALUE` */
export function readMtcute(db: SqlDatabase, tables: Tables, format: string): Snapshot {
  const values = tables.has('key_value') ? readValues(db, tables) : null;
  // Versions that do not know the old schema open such a file, add their own tables, and find no data centre.
  if (isLegacy(tables) && !values?.has('dc_main')) return readLegacy(db, tables, format, values !== null);
  return readCurrent(db, tables, format, values ?? new Map());
}

/** The key-value pairs as readers of bytes. */
function readValues(db: SqlDatabase, tables: Tables): Map<string, ByteReader> {
  requireTable(tables, 'key_value', ['key', 'value']);
  const values = new Map<string, ByteReader>();
  for (const [key, value] of rowsOf(db, 'key_value', ['key', 'value'], 'ORDER BY key')) {
    if (typeof key !== 'string' || key.length > 100) return refuse('key_value', 'key', 'short text', key);
    const at = `key_value[${/^[\w:]+$/.test(key) ? key : '?'}]`;
    if (!(value instanceof Uint8Array)) return refuse(at, '', 'a blob', value);
    values.set(key, new ByteReader(value, at));
  }
  return values;
}

function readCurrent(
  db: SqlDatabase,
  tables: Tables,
  format: string,
  values: Map<string, ByteReader>,
): Snapshot {
  const notes: string[] = [];
  const option = (key: string) => {
    const value = values.get(key);
    return value === undefined ? null : readDcOption(value);
  };
  const main = option('dc_main');
  const media = option('dc_media');
  if (main !== null) noteHostName(main, main.serverAddress, notes);
  const dcs = readDataCenters(db, tables, main);
  const testMode = main?.test ?? testModeOf(dcs[0], notes);
  if (
    main !== null &&
    media !== null &&
    media.test !== null &&
    main.test !== null &&
    media.test !== main.test
  ) {
    refuse('key_value[dc_media]', 'flags', 'of the test servers if the main data centre is', media.test);
  }
  const session = new Session({ dcs });
  const current = readUser(values);
  session.user = userOf(current, main, notes);
  session.state = readState(values, notes);
  const { peers, rows } = readPeers(db, tables, notes);
  const mediaDc = media === null ? null : mediaOf(media);
  const extra: { [key: string]: JsonValue } = {
    testMode,
    mediaDc: mediaDc && { ...mediaDc },
    usernames: current?.usernames ?? [],
    isPremium: current?.isPremium ?? false,
    ...rowsExtra('peers', rows, (row) => row),
    ...leftOut(db, tables, values, notes),
  };
  return snapshotOf(session, {
    origin: { format, version: null },
    mainDc: main?.id ?? null,
    mediaDc,
    testMode,
    usernames: current?.usernames ?? [],
    peers,
    extra,
    notes,
  });
}

function readUser(values: Map<string, ByteReader>): CurrentUser | null {
  const reader = values.get('current_user');
  return reader === undefined ? null : readCurrentUser(reader);
}

function userOf(current: CurrentUser | null, main: DcOption | null, notes: string[]): User | null {
  if (current === null) return null;
  if (main === null) {
    notes.push(
      `The file has the user ${current.id}, but not the data centre it lives on: the user was left out.`,
    );
    return null;
  }
  const { id, bot, usernames } = current;
  return new User({ id, bot, dc: main.id, username: usernames[0] ?? null }, 'key_value[current_user]');
}

/** The state needs all four of its values, as in mtcute. */
function readState(values: Map<string, ByteReader>, notes: string[]): UpdateState | null {
  const number = (name: string) => {
    const reader = values.get(`updates_${name}`);
    const value = reader?.i32le('') ?? null;
    reader?.end();
    return value;
  };
  const [pts, qts, date, seq] = [number('pts'), number('qts'), number('date'), number('seq')];
  const channels = readChannels(values);
  if (pts === null || qts === null || date === null || seq === null) {
    const isSome = channels.length > 0 || [pts, qts, date, seq].some((value) => value !== null);
    if (isSome) notes.push('The update state is not whole, which mtcute takes for none: it was left out.');
    return null;
  }
  return new UpdateState({ pts, qts, date, seq, channels }, 'key_value');
}

function readChannels(values: Map<string, ByteReader>): ChannelState[] {
  const channels: ChannelState[] = [];
  for (const [key, reader] of values) {
    const [, digits] = /^updates_channel:(.*)$/.exec(key) ?? [];
    if (digits === undefined) continue;
    const id = /^[1-9]\d{0,15}$/.test(digits) ? Number(digits) : Number.NaN;
    channels.push(new ChannelState({ id, pts: reader.u32le('') }, reader.place));
    reader.end();
  }
  return channels;
}

/** What no other client can use, and so is only mentioned. */
function leftOut(db: SqlDatabase, tables: Tables, values: Map<string, ByteReader>, notes: string[]) {
  const extra: { [key: string]: JsonValue } = {};
  const salts = [...values.keys()].flatMap((key) => {
    const [, dc] = /^salts:(\d{1,10})$/.exec(key) ?? [];
    return dc === undefined ? [] : [Number(dc)];
  });
  const temporary = temporaryKeys(db, tables);
  if (salts.length > 0) extra.saltsForDc = salts.length === 1 ? salts[0]! : salts;
  if (temporary.length > 0) extra.tempKeysForDcs = temporary;
  if (salts.length > 0 || temporary.length > 0) {
    notes.push('Temporary keys and server salts were left out: a client gets new ones when it connects.');
  }
  if (tables.get('message_refs')?.length) {
    const [[count] = []] = db.prepare('SELECT count(*) FROM message_refs').all();
    if (count !== 0) notes.push(`${count} references to messages, where peers were met, were left out.`);
  }
  return extra;
}
