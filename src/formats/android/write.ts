/** Writing accounts of Telegram for Android. */

import { refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import type { DataCenter } from '../../session.ts';
import type { Loss } from '../codec.ts';
import { usualAddress } from '../data-centers.ts';
import { homeDcLoss, lossesOf } from '../loss.ts';
import { mainDataCenter, testModeToWrite, withAddress } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import { PeerLosses } from '../peer-losses.ts';
import { checkInt64, isText, numbered, withOwn } from '../peer-values.ts';
import type { Snapshot } from '../snapshot.ts';
import { writeTgnet } from './tgnet.ts';
import { MAX_PHONE_LENGTH, writeUser } from './user.ts';

/** What is kept, as far as it is not looked at here. */
const HOLDS = [
  'otherDcs',
  'bothAddresses',
  'user',
  'user.bot',
  'user.username',
  'peers',
  'peers.type',
  'phone',
  'testMode',
  'mainDc',
  'authorizedDcs',
] as const;

/** The files of an account. */
export interface WrittenAccount {
  tgnet: Uint8Array;
  /** The account as TL has it. */
  user: Uint8Array;
  losses: Loss[];
  notes: string[];
}

/**
 * Writes an account.
 *
 * @throws SessionError `CANNOT_HOLD` without a user, or without a key or an address of its data centre; `INVALID_VALUE`
 */
export function writeAccount(given: Snapshot, format: string): WrittenAccount {
  const snapshot = onlySnapshot([given], format);
  const { session, authorizedDcs } = snapshot;
  const { user } = session;
  const notes: string[] = [];
  if (user === null) {
    throw new SessionError(
      'CANNOT_HOLD',
      'The session does not say who is logged in. Telegram for Android asks for the phone number when it finds a key without a user.',
      { field: 'session.user', found: 'null' },
    );
  }
  const found = mainDataCenter(snapshot);
  if (found.auth === null) {
    throw new SessionError(
      'CANNOT_HOLD',
      `Data centre ${found.id}, the account’s own, has no key: Telegram for Android would log out.`,
      { field: 'session.dcs', found: 'no key' },
    );
  }
  const test = testModeToWrite(snapshot, found, notes);
  const main = withAddress(found, test, notes);
  if (user.bot) notes.push('The account is a bot: Telegram for Android is made for people.');
  const dcs = session.dcs.map((dc) => (dc.id === main.id ? main : withKnownAddress(dc, test, notes)));
  const isAuthorized = ({ id, auth }: DataCenter) => auth !== null && (authorizedDcs?.includes(id) ?? true);
  const own = ownOf(snapshot);
  return {
    tgnet: writeTgnet(dcs, main, test, isAuthorized),
    user: writeUser({ id: user.id, bot: user.bot, ...own.values }),
    losses: [...lossesOf(snapshot, main, HOLDS), ...homeDcLoss(snapshot, main), ...own.losses],
    notes,
  };
}

/** The app looks up the address of no data centre that stands in the file. */
function withKnownAddress(dc: DataCenter, test: boolean, notes: string[]): DataCenter {
  const isKnown = usualAddress(dc.id, test, 4) !== null;
  return dc.auth !== null && isKnown ? withAddress(dc, test, notes) : dc;
}

/** What is written of the account itself, and what is lost of it and of all peers. */
function ownOf({ session, phone, peers }: Snapshot) {
  const { id, username } = session.user!;
  const losses: Loss[] = [];
  const lost = new PeerLosses();
  const isNumber = phone !== null && phone.length <= MAX_PHONE_LENGTH && /^\d+$/.test(phone);
  if (phone !== null && !isNumber) {
    losses.push({ field: 'phone', message: 'A phone number that is more than digits, or none.' });
  }
  if (username === '')
    losses.push({ field: 'session.user.username', message: 'A username without letters.' });
  const values = {
    accessHash: null as bigint | null,
    name: null as string | null,
    username: username === '' ? null : username,
    phone: isNumber ? phone : null,
  };
  let isFound = false;
  for (const [peer, at] of numbered(peers)) {
    if (peer.kind !== 'user' || peer.id !== id) {
      lost.add('peers', 'left out, as the app keeps them in its cache, and gets them from the server again');
      continue;
    }
    if (isFound) {
      lost.add('peers', 'left out, as they came before');
      continue;
    }
    isFound = true;
    const { accessHash, name, usernames, seen } = peer;
    if (!Array.isArray(usernames)) refuse(at, 'usernames', 'a list', usernames);
    if (accessHash !== null) values.accessHash = checkInt64(at, 'accessHash', accessHash);
    if (typeof name === 'string' && isText(name)) values.name = name;
    if (values.accessHash === null && values.name === null) {
      lost.add('peers', 'left out, as nothing is known of them');
      continue;
    }
    const whole = withOwn(peer, values.username, values.phone);
    const keptNames = values.username === null ? 0 : 1;
    if (whole.usernames.length > keptNames) lost.add('peers.usernames', 'only the main username is kept');
    if (whole.phone !== values.phone || (peer.phone !== null && peer.phone !== values.phone)) {
      lost.add('peers.phone', 'a phone number other than that of the account');
    }
    if (name !== values.name) lost.add('peers.name', 'a name that is too long, or no well-formed text');
    if (seen !== null) lost.add('peers.seen', 'when it was seen');
  }
  return { values, losses: [...losses, ...lost.losses()] };
}
