/** Making a binlog that TDLib starts with (formats/tdlib.md, section 5). */

import { SessionError } from '../../errors.ts';
import type { DataCenter } from '../../session.ts';
import type { Loss } from '../codec.ts';
import { type Holds, homeDcLoss, lossesOf } from '../loss.ts';
import { withAddress } from '../main-dc.ts';
import type { Snapshot } from '../snapshot.ts';
import { MAX_TDLIB_DC, writeKey } from './auth-keys.ts';
import { writeOptions } from './dc-options.ts';
import { writeSetting } from './key-values.ts';

const MAX_INT32 = 2 ** 31 - 1;
const HOLDS: readonly Holds[] = [
  'otherDcs',
  'bothAddresses',
  'user',
  'user.bot',
  'state',
  'testMode',
  'mainDc',
  'authorizedDcs',
];

/** The settings, in the order in which they are written. */
export interface Settings {
  values: Map<string, string | Uint8Array>;
  losses: Loss[];
}

/**
 * The settings for a snapshot.
 *
 * @param main its data centre
 * @throws SessionError `CANNOT_HOLD` for a login without a key
 */
export function tdlibSettings(
  snapshot: Snapshot,
  main: DataCenter,
  test: boolean,
  notes: string[],
): Settings {
  if (main.id > MAX_TDLIB_DC) {
    throw cannotHold('mainDc', `TDLib knows data centres up to ${MAX_TDLIB_DC}`, String(main.id));
  }
  const { session, mediaDc } = snapshot;
  const isIn = isLogin(snapshot, main, notes);
  const dcs = session.dcs.filter(({ id }) => id <= MAX_TDLIB_DC);
  const values = new Map<string, string | Uint8Array>();
  addKeys(values, snapshot, dcs, isIn ? main.id : null, notes);
  if (isIn) addUser(values, snapshot, notes);
  values.set('main_dc_id', String(main.id));
  const located = dcs.map((dc) => (dc.id === main.id ? reachable(dc, test, notes) : dc));
  // There it is nothing but its addresses.
  const hasAddress = (mediaDc?.ipv4Addr ?? mediaDc?.ipv6Addr ?? null) !== null;
  const isMedia = mediaDc?.mediaOnly === true && mediaDc.id === main.id && hasAddress;
  values.set('dc_options', writeOptions(isMedia ? [...located, mediaDc] : located));
  const state = addState(values, snapshot);
  const losses = [
    ...lossesOf(snapshot, main, isMedia ? [...HOLDS, 'mediaDc'] : HOLDS),
    ...lostDcs(session.dcs),
    ...(isIn ? homeDcLoss(snapshot, main) : lostUser(snapshot)),
    ...state,
  ];
  return { values, losses };
}

/** The settings as events. */
export function writeSettings(values: ReadonlyMap<string, string | Uint8Array>): Uint8Array {
  const events = [...values].map(([name, value], i) => writeSetting(i + 1, name, value));
  const bytes = new Uint8Array(events.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const event of events) {
    bytes.set(event, offset);
    offset += event.length;
    event.fill(0);
  }
  return bytes;
}

/** Whether TDLib shall be logged in. Formats that hold no user do not say: then a key is taken for a login. */
function isLogin({ session: { user }, loggedIn }: Snapshot, main: DataCenter, notes: string[]): boolean {
  if (loggedIn === false) return false;
  if (main.auth !== null) return true;
  if (user !== null || loggedIn === true) {
    throw cannotHold('session.dcs', 'Somebody is logged in, but the main data centre has no key', 'no key');
  }
  notes.push('The main data centre has no key: written as not logged in.');
  return false;
}

function cannotHold(field: string, what: string, found: string): SessionError {
  return new SessionError('CANNOT_HOLD', `${what}: found is ${found}.`, { field, found });
}

function addKeys(
  values: Settings['values'],
  { authorizedDcs }: Snapshot,
  dcs: readonly DataCenter[],
  loggedInDc: number | null,
  notes: string[],
): void {
  let isUnknown = false;
  for (const { id, auth } of dcs) {
    if (auth === null) continue;
    const isMain = id === loggedInDc;
    if (authorizedDcs === null && !isMain) isUnknown = true;
    values.set(`auth${id}`, writeKey(auth, isMain || authorizedDcs?.includes(id) === true));
  }
  if (isUnknown && loggedInDc !== null) {
    notes.push(
      'Nothing says which keys of other data centres are logged in: TDLib logs in there once more, with the same keys.',
    );
  }
}

function addUser(values: Settings['values'], { session: { user } }: Snapshot, notes: string[]): void {
  values.set('auth', 'ok');
  if (user === null) {
    notes.push(
      'Nothing says who is logged in: TDLib asks the server before it is ready, and takes the account for no bot.',
    );
    return;
  }
  if (user.bot) values.set('auth_is_bot', 'true');
  values.set('my_id', String(user.id));
}

/** The main data centre with an address, if TDLib has none of its own: it knows five, of the test servers three. */
function reachable(dc: DataCenter, test: boolean, notes: string[]): DataCenter {
  return dc.auth === null || dc.id <= (test ? 3 : 5) ? dc : withAddress(dc, test, notes);
}

function addState(values: Settings['values'], { session: { state } }: Snapshot): Loss[] {
  if (state === null) return [];
  const { pts, qts, date, seq } = state;
  if (Math.max(pts, qts, date) > MAX_INT32) {
    const message = 'How far updates were read: a number has more than 32 bits.';
    return [{ field: 'session.state', message }];
  }
  for (const [name, value] of Object.entries({ pts, qts, date })) {
    values.set(`updates.${name}`, String(value));
  }
  if (seq === 0) return [];
  return [{ field: 'session.state.seq', message: 'The sequence number of updates: TDLib asks for it.' }];
}

/** Data centres of which nothing is written. */
function lostDcs(dcs: readonly DataCenter[]): Loss[] {
  return dcs.flatMap(({ id, auth, ipv4Addr, ipv6Addr }, i) => {
    const field = `session.dcs[${i}]`;
    if (id > MAX_TDLIB_DC) {
      return [{ field, message: `Data centre ${id}: TDLib knows them up to ${MAX_TDLIB_DC}.` }];
    }
    if (auth !== null || ipv4Addr !== null || ipv6Addr !== null) return [];
    return [{ field, message: `That there is a data centre ${id}: it has neither a key nor an address.` }];
  });
}

function lostUser({ session: { user } }: Snapshot): Loss[] {
  if (user === null) return [];
  return [{ field: 'session.user', message: 'Who was logged in: nobody is any more.' }];
}
