/** What the settings of a binlog say of the account (formats/tdlib.md, section 4). */

import { refuse } from '../../check.ts';
import { DataCenter, Session, UpdateState, User } from '../../session.ts';
import { testModeOf, withUsualAddresses } from '../main-dc.ts';
import { type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import { MAX_TDLIB_DC, readKeys, type StoredKey } from './auth-keys.ts';
import { DcOptions } from './dc-options.ts';
import { decimal, numberValue, type Settings, textValue } from './key-values.ts';

const MAX_INT32 = 2 ** 31 - 1;
/** The data centre of a TDLib that was never told of another one. */
const DEFAULT_MAIN_DC = 1;

/** What a file says beside its settings. */
export interface FileFacts {
  format: string;
  /** Whether it is of the test servers, by its name; null where the name does not tell. */
  testMode: boolean | null;
  encrypted: boolean;
  notes: string[];
}

/** The account. @throws SessionError `INVALID_VALUE` */
export function readAccount(
  { names, values, others }: Settings,
  { format, encrypted, notes, ...file }: FileFacts,
): Snapshot {
  const keys = readKeys(values);
  const options = new DcOptions(values);
  const login = readLogin(values);
  const mainDc = readMainDc(values, login, notes);
  const loggedIn = isLoggedIn(login, keys, mainDc, notes);

  const session = new Session({ dcs: dataCenters(keys, options) });
  const main = session.dcs.find(({ id }) => id === mainDc);
  const testMode = file.testMode ?? testModeOf(main, notes);
  session.dcs = session.dcs.map((dc) => withUsualAddresses(dc, testMode, notes));
  session.user = readUser(values, loggedIn ? mainDc : null, notes);
  session.state = readState(values, notes);
  noteLeftOut(names, options.countSpecial(mainDc), others, notes);

  const withKey = [...keys].filter(([, { auth }]) => auth !== null);
  return snapshotOf(session, {
    origin: { format, version: null },
    loggedIn,
    mainDc,
    mediaDc: options.media(mainDc),
    authorizedDcs: withKey.filter(([, { authorized }]) => authorized).map(([id]) => id),
    testMode,
    extra: extraOf(names, { testMode, mainDc, encrypted, keys: withKey, login }),
    notes,
  });
}

type Login = 'ok' | 'logout' | 'destroy' | null;

function readLogin(values: Settings['values']): Login {
  const text = textValue(values, 'auth');
  if (text === null || text === 'ok' || text === 'logout' || text === 'destroy') return text;
  return refuse('auth', '', '"ok", "logout" or "destroy"', text, 'other text');
}

/** Stored only once it was changed. */
function readMainDc(values: Settings['values'], login: Login, notes: string[]): number | null {
  const mainDc = numberValue(values, 'main_dc_id', 1, MAX_TDLIB_DC);
  if (mainDc !== null || login !== 'ok') return mainDc;
  notes.push(`There is no main_dc_id: data centre ${DEFAULT_MAIN_DC} is meant, with which TDLib begins.`);
  return DEFAULT_MAIN_DC;
}

function isLoggedIn(
  login: Login,
  keys: Map<number, StoredKey>,
  mainDc: number | null,
  notes: string[],
): boolean {
  if (login === 'logout' || login === 'destroy') {
    const what = login === 'logout' ? 'log out' : 'destroy its keys';
    notes.push(
      `TDLib was told to ${what}, and does so when it starts: nobody is logged in. The keys may still be good.`,
    );
  }
  if (login !== 'ok') return false;
  const main = keys.get(mainDc!);
  if (main === undefined || main.auth === null) {
    refuse(`auth${mainDc}`, '', 'the key of the main data centre, as somebody is logged in', null, 'missing');
  }
  if (main.authorized) return true;
  notes.push(
    `The key of data centre ${mainDc} is not logged in, although somebody was: TDLib logs out when it starts.`,
  );
  return false;
}

function dataCenters(keys: Map<number, StoredKey>, options: DcOptions): DataCenter[] {
  const addresses = options.addresses();
  const withKey = [...keys].filter(([, { auth }]) => auth !== null).map(([id]) => id);
  const ids = new Set([...withKey, ...addresses.keys()]);
  return [...ids]
    .sort((a, b) => a - b)
    .map((id) => new DataCenter({ id, auth: keys.get(id)?.auth ?? null, ...addresses.get(id) }));
}

/** @param dc the main data centre, or null if nobody is logged in */
function readUser(values: Settings['values'], dc: number | null, notes: string[]): User | null {
  const bot = textValue(values, 'auth_is_bot');
  if (bot !== null && bot !== 'true') refuse('auth_is_bot', '', '"true" if there', bot, 'other text');
  // Old versions put five characters in front.
  const digits = textValue(values, 'my_id')?.replace(/^\D{5}(?=\d)/, '') ?? null;
  const id = digits === null ? null : decimal(digits, 'my_id', 1, Number.MAX_SAFE_INTEGER);
  if (dc === null) return null;
  if (id !== null) return new User({ id, dc, bot: bot !== null });
  notes.push('Somebody is logged in, but the file does not say who: TDLib asks the server.');
  return null;
}

/** TDLib goes on where `pts` says, and takes what is missing beside it for 0. */
function readState(values: Settings['values'], notes: string[]): UpdateState | null {
  const [pts, qts, date] = ['pts', 'qts', 'date'].map((name) =>
    numberValue(values, `updates.${name}`, 0, MAX_INT32),
  );
  if (pts === null || pts === undefined) return null;
  notes.push(
    'Of the update state, seq and how far channels were read are not in this file: taken for 0, and none.',
  );
  return new UpdateState({ pts, qts: qts ?? 0, date: date ?? 0, seq: 0 });
}

function noteLeftOut(names: Settings['names'], special: number, others: number, notes: string[]): void {
  if (someMatch(names, /^salt\d/)) {
    notes.push('Server salts were left out: a client gets new ones when it connects.');
  }
  if (someMatch(names, /^tmp_auth/)) {
    notes.push('Temporary keys were left out: a client gets new ones when it connects.');
  }
  if (special > 0) {
    notes.push(
      `Addresses that need a secret, or serve files of other data centres only, were left out: ${special}.`,
    );
  }
  if (others > 0) {
    notes.push(
      `Requests that TDLib has yet to finish, such as messages to be sent, were left out: ${others}.`,
    );
  }
}

function someMatch(names: Settings['names'], pattern: RegExp): boolean {
  for (const name of names) if (pattern.test(name)) return true;
  return false;
}

function extraOf(
  names: Settings['names'],
  facts: {
    testMode: boolean | null;
    mainDc: number | null;
    encrypted: boolean;
    keys: [id: number, key: StoredKey][];
    login: Login;
  },
): Snapshot['extra'] {
  const { testMode, mainDc, encrypted, keys, login } = facts;
  const authorized = Object.fromEntries(keys.map(([id, key]) => [id, key.authorized]));
  const extra: { [key: string]: JsonValue } = { testMode, mainDc, encrypted };
  if (keys.length > 0) extra.authorized = authorized;
  extra.pmcKeys = [...names].sort();
  if (login !== null && login !== 'ok') extra.auth = login;
  return extra;
}
