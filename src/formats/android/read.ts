/** Reading an account of Telegram for Android. */

import { refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import type { Peer } from '../../peers.ts';
import { DataCenter, Session } from '../../session.ts';
import type { FormatInput } from '../codec.ts';
import { withUsualAddresses } from '../main-dc.ts';
import { type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import type { TgnetDataCenter } from './data-center.ts';
import { firstOf, type Place, tgnetAt } from './places.ts';
import { type Preferences, readPreferences, readSelectedAccount } from './preferences.ts';
import { readTgnet, type Tgnet } from './tgnet.ts';
import type { AndroidUser } from './user.ts';

/** Reads an account. @throws SessionError what is wrong with its files */
export async function readAccount(input: FormatInput, place: Place, format: string): Promise<Snapshot> {
  const notes: string[] = [];
  const file = await tgnetAt(input, place, notes);
  if (file === null) throw new SessionError('NOT_FOUND', `${input.label} has no file ${place.tgnet}.`);
  const tgnet = readTgnet(file.bytes, file.path);
  const preferences = await preferencesOf(input, place, notes);
  const user = preferences?.user ?? null;
  const hasKey = noteKey(tgnet, file.path, user, notes);
  noteLeftOut(tgnet, notes);
  if (user !== null) noteUser(user, notes);
  const isAlone = !input.isFolder && preferences === null;
  return snapshotOf(sessionOf(tgnet, user, notes), {
    origin: { format, version: tgnet.version },
    account: isAlone ? null : { index: place.index, active: await isActive(input, place, preferences) },
    loggedIn: preferences === null && hasKey ? null : user !== null,
    botKnown: user?.bot !== null,
    mainDc: tgnet.currentDc,
    authorizedDcs: tgnet.dataCenters.filter((dc) => dc.authorized && dc.auth !== null).map(({ id }) => id),
    testMode: tgnet.testBackend,
    phone: user?.phone ?? null,
    peers: user === null ? [] : ownPeer(user),
    extra: extraOf(tgnet),
    notes,
  });
}

async function preferencesOf(
  input: FormatInput,
  { preferences }: Place,
  notes: string[],
): Promise<Preferences | null> {
  const file = await firstOf(input, preferences, notes);
  if (file === null) {
    notes.push(
      `There is no ${preferences[0]}, which says who is logged in: the user is not known. Only keys and addresses were read.`,
    );
    return null;
  }
  const read = readPreferences(file.bytes, file.path);
  if (read.user === null) notes.push(`${file.path} says that nobody is logged in.`);
  return read;
}

/** Only the preferences of the first account say it. What is wrong with them is told where that account is read. */
async function isActive(
  input: FormatInput,
  { index, main }: Place,
  preferences: Preferences | null,
): Promise<boolean | null> {
  let selected = index === 0 ? (preferences?.selectedAccount ?? null) : null;
  if (index !== 0) {
    try {
      const file = await firstOf(input, main, []);
      selected = file === null ? null : readSelectedAccount(file.bytes, file.path);
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
    }
  }
  return selected === null ? null : selected === index;
}

/** Says whether the main data centre has a key. The app logs out where it has none, although there is a user. */
function noteKey(
  { dataCenters, currentDc }: Tgnet,
  at: string,
  user: AndroidUser | null,
  notes: string[],
): boolean {
  const i = dataCenters.findIndex(({ id }) => id === currentDc);
  if (dataCenters[i]!.auth !== null) return true;
  if (user !== null) {
    refuse(at, `datacenters[${i}].authKeyPerm`, 'the key of the account', null, 'none: the app logs out');
  }
  notes.push(`Data centre ${currentDc}, the main one, has no key: nobody is logged in.`);
  return false;
}

/** What no other client can use. */
function noteLeftOut({ dataCenters, sessionsToDestroy }: Tgnet, notes: string[]): void {
  if (dataCenters.some(({ tempKeys, hasSalts }) => tempKeys.length > 0 || hasSalts)) {
    notes.push('Temporary keys and server salts were left out: a client gets new ones when it connects.');
  }
  if (sessionsToDestroy > 0) {
    notes.push(`${sessionsToDestroy} old connections that the app has yet to close were left out.`);
  }
}

function noteUser({ bot, hasUsernames }: AndroidUser, notes: string[]): void {
  if (bot === null) {
    notes.push('Only the id of the user is stored: taken for a person, not a bot, without a username.');
  }
  if (hasUsernames) {
    notes.push('The account has a list of usernames, which was not read: at most its main one is known.');
  }
}

function sessionOf(
  { dataCenters, currentDc, testBackend }: Tgnet,
  user: AndroidUser | null,
  notes: string[],
) {
  const dcs = dataCenters.map(({ id, ipv4Addr, ipv6Addr, auth }) => {
    const dc = new DataCenter({ id, ipv4Addr, ipv6Addr, auth });
    return id === currentDc ? withUsualAddresses(dc, testBackend, notes) : dc;
  });
  return new Session({
    dcs,
    user: user && { id: user.id, dc: currentDc, bot: user.bot ?? false, username: user.username },
  });
}

/** The account itself, where more of it is known than the session says. */
function ownPeer({ id, bot, accessHash, name, username, phone, min }: AndroidUser): Peer[] {
  if (accessHash === null && name === null) return [];
  const usernames = username === null ? [] : [username];
  const peer: Peer = { kind: 'user', id, accessHash, usernames, phone, name, seen: null };
  return [{ ...peer, ...(bot !== null && { bot }), ...(min && { min }) }];
}

/** The list of each data centre that has one, by its number. */
function listsOf({ dataCenters }: Tgnet, listOf: (dc: TgnetDataCenter) => string[]): JsonValue {
  const lists = dataCenters.map((dc) => [dc.id, listOf(dc)] as const);
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0));
}

function extraOf(tgnet: Tgnet): { [key: string]: JsonValue } {
  return {
    testMode: tgnet.testBackend,
    mainDc: tgnet.currentDc,
    configVersion: tgnet.version,
    dcVersions: Object.fromEntries(tgnet.dataCenters.map((dc) => [dc.id, dc.version])),
    tempKeys: listsOf(tgnet, ({ tempKeys }) => tempKeys),
    otherAddresses: listsOf(tgnet, ({ otherAddresses }) => otherAddresses),
    sessionsToDestroy: tgnet.sessionsToDestroy,
  };
}
