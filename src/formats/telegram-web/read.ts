/** The accounts in a dump of Telegram Web A or Web K (formats/telegram-web.md). */

import { refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { DataCenter, Session, User } from '../../session.ts';
import { readAccounts } from '../accounts.ts';
import { toHex } from '../hex.ts';
import type { Dump } from '../local-storage-dump.ts';
import { withUsualAddresses } from '../main-dc.ts';
import { type Account, type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import { readOld, readSlot, type WebAccount } from './account.ts';
import { type Area, areasIn, type Client, lockedClient, SCREEN_LOCKED, TEST_PREFIX } from './items.ts';

/** Where a dump has an account. */
interface Place {
  area: Area;
  slot: number;
  /** Whether it stands in the items from before there were slots. */
  isOld: boolean;
}

/**
 * All accounts.
 *
 * @param label what errors call the dump
 * @throws SessionError `UNSUPPORTED` for a client with a passcode, `UNKNOWN_FORMAT`, `INVALID_VALUE`
 */
export async function readWebDump(dump: Dump, label: string, format: string): Promise<Snapshot[]> {
  const areas = areasIn(dump);
  if (areas.length === 0) throw nothingIn(dump, label);
  const places = areas.flatMap(placesIn);
  const isOnly = places.length === 1 && places[0]!.isOld;
  const snapshots = await readAccounts(places, 'account in it', (place) =>
    readOne(place, format, isOnly ? null : accountOf(place, areas)),
  );
  for (const area of areas) noteMissing(area, snapshots[0]!.notes);
  return snapshots;
}

function nothingIn(dump: Dump, label: string): SessionError {
  const client = lockedClient(dump);
  if (client === null) return new SessionError('UNKNOWN_FORMAT', `${label} has no items of Telegram Web.`);
  return new SessionError('UNSUPPORTED', `${label} is of ${LOCKED[client]}`, {
    found: 'a client with a passcode',
  });
}

/** Asking for the passcode would not help: what it protects is not in the dump. */
const LOCKED: Record<Client, string> = {
  a: 'Telegram Web A, locked with a passcode: its keys are encrypted in another storage of the browser, and not in localStorage. Unlock it and make the dump again.',
  k: 'Telegram Web K with a passcode: its keys are encrypted in another storage of the browser, and not in localStorage. Turn the passcode off and make the dump again.',
};

/** Both clients look at the item of the first slot first, and at the old ones where there is none. */
function placesIn(area: Area): Place[] {
  const places = area.slots.map((slot) => ({ area, slot, isOld: false }));
  const hasOldOnly = area.hasOld && !area.slots.includes(1);
  return hasOldOnly ? [{ area, slot: 1, isOld: true }, ...places] : places;
}

/** In test mode slots are counted anew; beside others they are 101 and so on, so that each can be chosen. */
function accountOf({ area, slot }: Place, areas: readonly Area[]): Account {
  const current = area.count('current_account');
  return {
    index: areas.length > 1 && area.prefix === TEST_PREFIX ? 100 + slot : slot,
    active: current === null ? null : current === slot,
  };
}

function readOne({ area, slot, isOld }: Place, format: string, account: Account | null): Snapshot {
  const notes: string[] = [];
  const web = isOld ? readOld(area, notes) : readSlot(area, slot);
  const { keys, mainDc, userId, test, fields } = web;
  if (keys.size === 0) refuse(`${web.at}dc${mainDc ?? 2}_auth_key`, '', 'an auth key', undefined, 'missing');
  const ids = new Set(mainDc === null ? keys.keys() : [...keys.keys(), mainDc]);
  const dcs = [...ids]
    .sort((a, b) => a - b)
    .map((id) => new DataCenter({ id, auth: keys.get(id) ?? null }, `${web.at}dc${id}_auth_key`))
    .map((dc) => withUsualAddresses(dc, test, notes));
  const session = new Session({ dcs });
  if (userId !== null) session.user = new User({ id: userId, dc: mainDc!, bot: false });
  noteUser(web, notes);
  if (mainDc !== null && !keys.has(mainDc)) {
    notes.push(`There is no key of data centre ${mainDc}, the account’s own one.`);
  }
  if (slot === 1 && !isOld) noteOlder(area, web, notes);
  noteLeftOut(area, web, isOld, notes);
  return snapshotOf(session, {
    origin: { format, version: null },
    account,
    loggedIn: userId !== null ? true : web.isLoggedOut ? false : null,
    botKnown: userId === null,
    mainDc,
    testMode: test,
    phone: readPhone(web, notes),
    extra: { ...(isOld ? {} : { slot }), testMode: test, ...plainFields(fields) },
    notes,
  });
}

function noteUser({ userId, isLoggedOut }: WebAccount, notes: string[]): void {
  if (userId !== null) {
    notes.push(
      'The format does not say whether the account is a bot: taken for "no", as people use the client.',
    );
  } else if (isLoggedOut) notes.push('Nobody is logged in: the keys were made, but not used to log in.');
  else notes.push('The item does not say who is logged in: the client had not asked yet.');
}

/** Both clients keep the old items equal to the first slot, which counts for more. */
function noteOlder(area: Area, { keys, mainDc }: WebAccount, notes: string[]): void {
  const key = mainDc === null ? undefined : keys.get(mainDc);
  const old = area.text(`dc${mainDc}_auth_key`).toLowerCase();
  if (key === undefined || old === '' || old === JSON.stringify(toHex(key))) return;
  notes.push('The older items of the first account have another key: that of its slot was taken.');
}

function noteLeftOut(area: Area, { keys, fields }: WebAccount, isOld: boolean, notes: string[]): void {
  const salts = [...keys.keys()].map((id) => `dc${id}_server_salt`);
  if (salts.some((name) => (isOld ? area.has(name) : fields[name] !== undefined))) {
    notes.push('The server salts were left out: a client gets new ones when it connects.');
  }
  if (fields.push_key !== undefined) {
    notes.push('The key that notifications are encrypted with was left out: it logs nobody in.');
  }
}

/** Says that there may be more accounts than those that were found. */
function noteMissing(area: Area, notes: string[]): void {
  const found = placesIn(area).length;
  const count = area.count('number_of_accounts') ?? 0;
  if (count > found) notes.push(`The item number_of_accounts says ${count}, but ${found} are there.`);
  if (area.text(SCREEN_LOCKED) === 'true') {
    notes.push('Telegram Web A is locked with a passcode: accounts may be missing.');
  }
}

function readPhone({ fields }: WebAccount, notes: string[]): string | null {
  const { phone } = fields;
  if (phone === undefined || phone === null) return null;
  const [, digits] = typeof phone === 'string' ? (/^\+?(\d{1,32})$/.exec(phone) ?? []) : [];
  if (digits === undefined) notes.push('The phone number is no number, and was left out.');
  return digits ?? null;
}

/** What there is for people to read. */
function plainFields(fields: WebAccount['fields']): { [name: string]: JsonValue } {
  const names = ['firstName', 'lastName', 'isPremium', 'date'];
  const known = names.flatMap((name) => {
    const value = fields[name];
    return ['string', 'boolean', 'number'].includes(typeof value)
      ? [[name, value as JsonValue] as const]
      : [];
  });
  return Object.fromEntries(known);
}
