/** Writing a folder as Telegram Desktop accepts it (formats/tdata.md, section 8). */

import { randomBytes } from 'node:crypto';
import { checkText, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { DataCenter, Session } from '../../session.ts';
import type { Loss, WriteOptions, Written } from '../codec.ts';
import { isTestServer, isUsualAddress, usualAddress } from '../data-centers.ts';
import { type Holds, homeDcLoss, lossesOf } from '../loss.ts';
import { mainDataCenter } from '../main-dc.ts';
import type { Snapshot } from '../snapshot.ts';
import { writeAuthorization } from './authorization.ts';
import { configOf, writeConfig } from './config.ts';
import { MAX_TDATA_BYTES } from './folder.ts';
import { writeFrame } from './frame.ts';
import { writeKeyData } from './key-data.ts';
import { encryptLocal, KEY_LENGTH } from './local-encryption.ts';
import {
  checkNewDataName,
  fileNameOf,
  keyFileOf,
  MAX_ACCOUNTS,
  MAX_PASSCODE,
  NAME,
  USUAL_DATA_NAME,
} from './names.ts';
import { byteArray, joined } from './qt.ts';

/** More than encryption and frame add to a file. */
const OVERHEAD = 100;

const HOLDS: readonly Holds[] = [
  'otherDcs',
  'otherKeys',
  'bothAddresses',
  'user',
  'testMode',
  'mainDc',
  'keysToDestroy',
];

/** Writes up to six accounts. @throws SessionError `CANNOT_HOLD`, `INVALID_VALUE` */
export async function writeTdata(snapshots: readonly Snapshot[], options: WriteOptions): Promise<Written> {
  const dataName = checkNewDataName(options.dataName ?? USUAL_DATA_NAME);
  const passcode = checkText('passcode', '', options.passcode ?? '', MAX_PASSCODE);
  if (snapshots.length < 1 || snapshots.length > MAX_ACCOUNTS) {
    throw cannotHold(
      `${NAME} holds 1 to ${MAX_ACCOUNTS} accounts, but ${snapshots.length} were given.`,
      'snapshots',
    );
  }
  const localKey = new Uint8Array(randomBytes(KEY_LENGTH));
  const losses: Loss[] = [];
  const notes: string[] = [];
  const indexes = indexesFor(snapshots, notes);
  const accounts = snapshots.map((snapshot, i) => accountOf(snapshot, indexes[i]!, i, snapshots.length));
  checkTogether(accounts);
  const used = snapshots.findIndex(({ account }) => account?.active === true);
  const active = indexes[Math.max(used, 0)]!;

  const keyData = await writeKeyData({ localKey, indexes, active }, passcode);
  const files = new Map([[`${keyFileOf(dataName)}s`, writeFrame(keyData)]]);
  for (const account of accounts) addFiles(files, fileNameOf(dataName, account.index), account, localKey);
  accounts.forEach((account, i) => {
    const isOnly = accounts.length === 1;
    const what = isOnly ? '' : `Account ${account.index}: `;
    notes.push(...account.notes.map((note) => `${what}${note}`));
    losses.push(
      ...account.losses.map(({ field, message }) => ({
        field: isOnly ? field : `snapshots[${i}].${field}`,
        message: `${what}${message}`,
      })),
    );
  });
  notes.push(
    'Put the files into the folder tdata while Telegram Desktop is closed: a running one overwrites them.',
  );
  if (dataName !== USUAL_DATA_NAME) {
    notes.push(`Telegram Desktop finds them when it is started with -key ${dataName}.`);
  }
  return { files, losses, notes };
}

/** One account, checked. */
interface NewAccount {
  index: number;
  session: Session;
  main: DataCenter;
  keysToDestroy: DataCenter[];
  testMode: boolean;
  losses: Loss[];
  notes: string[];
}

/** The numbers that the accounts have, if they can all keep them; else their places in the list. */
function indexesFor(snapshots: readonly Snapshot[], notes: string[]): number[] {
  const own = snapshots.map(({ account }) => account?.index ?? -1);
  const isValid = own.every((index) => Number.isInteger(index) && index >= 0 && index < MAX_ACCOUNTS);
  if (isValid && new Set(own).size === own.length) return own;
  if (own.some((index, i) => index !== -1 && index !== i)) {
    notes.push('The accounts got new numbers, from 0 on in the order given: they could not keep theirs.');
  }
  return own.map((_, i) => i);
}

function accountOf(given: Snapshot, index: number, i: number, count: number): NewAccount {
  const at = count === 1 ? '' : `snapshots[${i}].`;
  const session = new Session(given.session, `${at}session`);
  const snapshot = { ...given, session };
  const main = mainDataCenter(snapshot);
  checkLogin(snapshot, main, at);
  const keysToDestroy = given.keysToDestroy.map((key, n) => checkKey(key, `${at}keysToDestroy[${n}]`));
  const notes: string[] = [];
  const testMode = given.testMode ?? isTestServer(main);
  if (testMode === null) {
    notes.push('Nothing says whether the account is of the test servers: production was written.');
  }
  if (session.user?.bot === true) {
    notes.push('Telegram Desktop is not made for bots: the files only serve other programs that read them.');
  }
  const losses = [
    ...lossesOf(snapshot, null, HOLDS),
    ...homeDcLoss(snapshot, main),
    ...keylessLosses(session),
  ];
  return { index, session, main, keysToDestroy, testMode: testMode ?? false, losses, notes };
}

/** What needs no key is not kept. */
function keylessLosses({ dcs }: Session): Loss[] {
  return dcs.flatMap(({ id, auth }, i) => {
    const message = `The address of data centre ${id}: it has no key.`;
    return auth === null ? [{ field: `session.dcs[${i}]`, message }] : [];
  });
}

/** Refuses what the app would not be logged in with. */
function checkLogin({ session: { user }, loggedIn }: Snapshot, main: DataCenter, at: string): void {
  if (main.auth === null) {
    throw cannotHold(
      `Data centre ${main.id} has no key, and the account lives there: Telegram Desktop would be logged out.`,
      `${at}session.dcs`,
    );
  }
  if (user === null && loggedIn !== false) {
    throw cannotHold(
      'The session does not say who is logged in. Telegram Desktop needs the id of the user: without it, it asks for a login.',
      `${at}session.user`,
    );
  }
}

function checkKey(given: DataCenter, at: string): DataCenter {
  const key = new DataCenter(given, at);
  return key.auth === null ? refuse(at, 'auth', 'a key that is to be destroyed', null) : key;
}

/** Telegram Desktop passes over an account whose user it has already, and one without a user beside others. */
function checkTogether(accounts: readonly NewAccount[]): void {
  if (accounts.length === 1) return;
  const seen = new Set<string>();
  accounts.forEach(({ session: { user }, testMode }, i) => {
    const at = `snapshots[${i}].session.user`;
    if (user === null) {
      throw cannotHold('An account that nobody is logged in to cannot stand beside others.', at);
    }
    const who = `${user.id} ${testMode}`;
    if (seen.has(who)) throw cannotHold(`The user ${user.id} is there twice: a folder has each once.`, at);
    seen.add(who);
  });
}

function cannotHold(message: string, field: string): SessionError {
  return new SessionError('CANNOT_HOLD', message, { field });
}

/** Adds the files of an account. */
function addFiles(
  files: Map<string, Uint8Array>,
  name: string,
  { session, main, keysToDestroy, testMode, notes }: NewAccount,
  localKey: Uint8Array,
): void {
  const add = (file: string, before: Uint8Array, plain: Uint8Array) =>
    files.set(`${file}s`, writeFrame(joined(before, byteArray(encryptLocal(plain, localKey)))));
  const none = new Uint8Array();
  const keys = session.dcs.filter(({ auth }) => auth !== null);
  const userId = session.user?.id ?? null;
  const authorization = writeAuthorization({ userId, mainDc: main.id, keys, keysToDestroy });
  if (authorization.length > MAX_TDATA_BYTES - OVERHEAD) {
    throw cannotHold(
      `The session has ${keys.length + keysToDestroy.length} keys, more than any account.`,
      'session.dcs',
    );
  }
  add(name, none, authorization);
  // Without a map, and be it an empty one, the keys are not even looked at. Salt and key are in the key file today.
  add(`${name}/map`, joined(byteArray(none), byteArray(none)), none);
  if (!testMode && session.dcs.every((dc) => hasUsualAddresses(dc))) return;
  add(`${name}/config`, none, writeConfig(configOf(session.dcs, testMode)));
  for (const { id, ipv4Addr, ipv6Addr } of keys) {
    const usual = ipv4Addr === null && ipv6Addr === null ? usualAddress(id, testMode, 4) : null;
    if (usual !== null) notes.push(`Data centre ${id} had no address: its usual one, ${usual}, was written.`);
  }
}

/** Whether the app knows the addresses of a data centre by itself, or there are none to tell it. */
function hasUsualAddresses({ id, ipv4Addr, ipv6Addr }: DataCenter): boolean {
  return (
    (ipv4Addr === null || isUsualAddress(ipv4Addr, id, false, 4)) &&
    (ipv6Addr === null || isUsualAddress(ipv6Addr, id, false, 6))
  );
}
