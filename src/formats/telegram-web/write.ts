/** The items that put accounts into Telegram Web A or Web K (formats/telegram-web.md, "Mapping"). */

import { SessionError } from '../../errors.ts';
import { type DataCenter, Session } from '../../session.ts';
import type { Loss, Written } from '../codec.ts';
import { toHex } from '../hex.ts';
import { addressLosses, homeDcLoss, lossesOf } from '../loss.ts';
import { mainDataCenter, testModeToWrite } from '../main-dc.ts';
import type { Snapshot } from '../snapshot.ts';
import { type Client, TEST_PREFIX } from './items.ts';

/** The clients look at no others. */
const MAX_DC = 5;
/** Web K has four slots. Web A has no limit; so many nobody has. */
const MAX_SLOT: Record<Client, number> = { a: 99, k: 4 };

/** An account as it is written. */
interface Account {
  /** Path of the snapshot, for losses and errors; empty where there is only one. */
  at: string;
  snapshot: Snapshot;
  main: DataCenter;
  test: boolean;
  /** The data centres whose keys are kept. */
  kept: DataCenter[];
}

/**
 * The items, each with its text.
 *
 * @throws SessionError `CANNOT_HOLD` if an account has no key, or lives on a data centre that the client does not know,
 * or is not known to Web K by its user; for more accounts than slots; `INVALID_VALUE`
 */
export function writeWebDump(snapshots: readonly Snapshot[], client: Client): Written {
  if (snapshots.length === 0) throw cannotHold('snapshots', 'there is none');
  const notes: string[] = [];
  const accounts = snapshots.map((snapshot, i) =>
    accountOf(snapshot, snapshots.length === 1 ? '' : `snapshots[${i}].`, client, notes),
  );
  const items = new Map<string, string>();
  for (const group of groupsOf(accounts, client)) {
    const prefix = prefixOf(group[0]!, client);
    // Otherwise the page may go on to the other client.
    items.set(`${prefix}kz_version`, JSON.stringify(client === 'k' ? 'K' : 'Z'));
    const slots = slotsOf(group, client, notes);
    group.forEach((account, i) => {
      addItems(items, prefix, slots[i]!, account, client);
    });
  }
  const json = JSON.stringify(Object.fromEntries(items), null, 1);
  return {
    files: new Map([['', new TextEncoder().encode(`${json}\n`)]]),
    losses: accounts.flatMap((account) => lossesIn(account, client)),
    notes,
  };
}

function accountOf(snapshot: Snapshot, at: string, client: Client, notes: string[]): Account {
  const session = new Session(snapshot.session);
  const main = mainDataCenter({ ...snapshot, session });
  if (main.auth === null) throw cannotHold(`${at}session.dcs`, `data centre ${main.id} has no key`);
  if (main.id > MAX_DC) throw cannotHold(`${at}session.dcs`, `it knows no data centre ${main.id}`);
  if (session.user === null) {
    if (client === 'k') throw cannotHold(`${at}session.user`, 'Web K needs the user, who is not known');
    notes.push('The user is not known: Web A asks the server, and lists the account when it has.');
  }
  const kept = session.dcs.filter(({ id, auth }) => auth !== null && id <= MAX_DC);
  const test = testModeToWrite(snapshot, main, notes);
  return { at, snapshot: { ...snapshot, session }, main, test, kept };
}

function cannotHold(field: string, why: string): SessionError {
  return new SessionError('CANNOT_HOLD', `The localStorage of Telegram Web cannot be written: ${why}.`, {
    field,
  });
}

/** Web K keeps the test servers apart, by a prefix; Web A has all accounts in one row. */
function groupsOf(accounts: readonly Account[], client: Client): Account[][] {
  const groups =
    client === 'a'
      ? [[...accounts]]
      : [false, true].map((test) => accounts.filter((one) => one.test === test));
  return groups.filter((group) => group.length > 0);
}

function prefixOf({ test }: Account, client: Client): string {
  return client === 'k' && test ? TEST_PREFIX : '';
}

/** The slots that they had, if they had any in a Telegram Web, or else one after the other. */
function slotsOf(group: readonly Account[], client: Client, notes: string[]): number[] {
  const max = MAX_SLOT[client];
  if (group.length > max) {
    throw cannotHold('snapshots', `it has place for ${max} accounts, and ${group.length} were given`);
  }
  const had = group.map(({ snapshot: { account, origin } }) =>
    origin.format.startsWith('telegram-web-') ? (account?.index ?? 1) : 0,
  );
  const isSound = had.every((slot) => slot >= 1 && slot <= max) && new Set(had).size === had.length;
  const slots = isSound ? had : group.map((_, i) => i + 1);
  if (!isSound && group.length > 1) notes.push(`The accounts were put into the slots 1 to ${group.length}.`);
  return slots;
}

function addItems(
  items: Map<string, string>,
  prefix: string,
  slot: number,
  { snapshot, main, test, kept }: Account,
  client: Client,
): void {
  const { session, phone } = snapshot;
  const userId = session.user?.id;
  const id = client === 'a' && userId !== undefined ? String(userId) : userId;
  const keys = kept.map(({ id: dc, auth }) => [`dc${dc}_auth_key`, toHex(auth!)] as const);
  const isTest = client === 'a' && test ? { isTest: true } : {};
  const account = {
    dcId: main.id,
    ...isTest,
    ...Object.fromEntries(keys),
    userId: id,
    ...(client === 'a' && isPhone(phone) ? { phone } : {}),
  };
  items.set(`${prefix}account${slot}`, JSON.stringify(account));
  // With the user left out of these, Web A would find nobody logged in; it looks at them first.
  if (slot !== 1 || id === undefined) return;
  const user = { dcID: main.id, id, ...(isTest.isTest ? { test: true } : {}) };
  items.set(`${prefix}user_auth`, JSON.stringify(user));
  items.set(`${prefix}dc`, String(main.id));
  for (const [name, hex] of keys) items.set(prefix + name, JSON.stringify(hex));
}

function isPhone(phone: string | null): phone is string {
  return phone !== null && /^\d{1,32}$/.test(phone);
}

function lossesIn({ at, snapshot, main, test, kept }: Account, client: Client): Loss[] {
  const { session, phone } = snapshot;
  // Of a key that is left out, it does not matter whether it is logged in.
  const losses = lossesOf({ ...snapshot, session: session.with({ dcs: kept }) }, null, [
    'otherDcs',
    'bothAddresses',
    'user',
    'testMode',
    'mainDc',
    ...(client === 'a' && isPhone(phone) ? (['phone'] as const) : []),
  ]);
  session.dcs.forEach((dc, i) => {
    if (kept.includes(dc)) losses.push(...addressLosses(session, dc, test));
    else if (dc.auth === null) {
      losses.push({ field: `session.dcs[${i}]`, message: `The address of data centre ${dc.id}.` });
    } else {
      const message = `The key and the address of data centre ${dc.id}: the client looks at 1 to ${MAX_DC} only.`;
      losses.push({ field: `session.dcs[${i}]`, message });
    }
  });
  losses.push(...homeDcLoss(snapshot, main));
  return losses.map(({ field, message }) => ({ field: at + field, message }));
}
