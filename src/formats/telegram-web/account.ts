/** One account as Telegram Web A and Web K store it, in the item of a slot or in the items from before (formats/telegram-web.md). */

import { AUTH_KEY_LENGTH, checkAuthKey } from '../../auth-key.ts';
import { checkBoolean, checkDcId, checkId, refuse } from '../../check.ts';
import type { BigJson } from '../big-json.ts';
import { keyInBufferJson } from '../buffer-json.ts';
import { fromHex } from '../hex.ts';
import { type Area, KEY_NAME, numbersIn } from './items.ts';

/** What the items of an account say. */
export interface WebAccount {
  /** What stands in front of the names of its keys in errors: the item, or the prefix of several items. */
  at: string;
  /** Keys by the numbers of their data centres. */
  keys: Map<number, Uint8Array>;
  mainDc: number | null;
  userId: number | null;
  /** Whether it is said that nobody is logged in, rather than not said who is. */
  isLoggedOut: boolean;
  test: boolean;
  /** Names of the other fields, and what stands in them. */
  fields: { [name: string]: BigJson };
}

/** The account in a slot: one item, with everything in it. @throws SessionError `INVALID_VALUE` */
export function readSlot(area: Area, slot: number): WebAccount {
  const item = `${area.prefix}account${slot}`;
  const at = `${item}.`;
  const fields = area.json(`account${slot}`);
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    return refuse(item, '', 'an object', fields);
  }
  const keys = new Map<number, Uint8Array>();
  for (const id of numbersIn(Object.keys(fields), KEY_NAME)) {
    keys.set(id, keyInHex(`${at}dc${id}_auth_key`, fields[`dc${id}_auth_key`]));
  }
  const mainDc = readDc(`${at}dcId`, fields.dcId);
  const userId = readUserId(`${at}userId`, fields.userId);
  if (userId !== null && mainDc === null) refuse(`${at}dcId`, '', 'the number of a data centre', fields.dcId);
  const isTest = fields.isTest ?? false;
  return {
    at,
    keys,
    mainDc,
    userId,
    isLoggedOut: mainDc === null,
    test: area.prefix !== '' || checkBoolean(item, 'isTest', isTest),
    fields,
  };
}

/** The account in the items from before there were slots. @throws SessionError `INVALID_VALUE` */
export function readOld(area: Area, notes: string[]): WebAccount {
  const { prefix } = area;
  const user = area.json('user_auth') ?? null;
  // At first Web K had the id by itself there.
  const fields = typeof user === 'object' && user !== null && !Array.isArray(user) ? user : { id: user };
  const keys = new Map<number, Uint8Array>();
  for (const id of area.oldKeys) {
    const [at, value] = [`${prefix}dc${id}_auth_key`, area.json(`dc${id}_auth_key`)];
    // At first Web A had the bytes as a list.
    const isBuffer = typeof value === 'object' && value !== null;
    keys.set(id, isBuffer ? keyInBufferJson(at, value)! : keyInHex(at, value));
  }
  const [byUser, byItem] = [
    readDc(`${prefix}user_auth.dcID`, fields.dcID),
    readDc(`${prefix}dc`, area.json('dc')),
  ];
  if (byUser !== null && byItem !== null && byUser !== byItem) {
    notes.push(
      `The item dc says ${byItem}, user_auth says ${byUser}: that one was taken, as the clients do.`,
    );
  }
  const mainDc = byUser ?? byItem;
  const userId = readUserId(`${prefix}user_auth.id`, fields.id);
  if (userId !== null && mainDc === null) refuse(`${prefix}dc`, '', 'the number of a data centre', undefined);
  const test = fields.test ?? false;
  return {
    at: prefix,
    keys,
    mainDc,
    userId,
    isLoggedOut: userId === null,
    test: prefix !== '' || checkBoolean(`${prefix}user_auth`, 'test', test),
    fields: typeof fields.date === 'number' ? { date: fields.date } : {},
  };
}

function keyInHex(at: string, value: BigJson | undefined): Uint8Array {
  const bytes = typeof value === 'string' && value.length === 2 * AUTH_KEY_LENGTH ? fromHex(value) : null;
  if (bytes === null) return refuse(at, '', 'an auth key as 512 hexadecimal digits', value);
  const key = checkAuthKey(at, '', bytes)!;
  bytes.fill(0);
  return key;
}

/** A number, or its digits as text. 0 is none. */
function readDc(at: string, value: BigJson | undefined): number | null {
  const number = numberIn(value);
  return number === undefined || number === null || number === 0 ? null : checkDcId(at, '', number);
}

/** Web A has ids as text, Web K as numbers. */
function readUserId(at: string, value: BigJson | undefined): number | null {
  const number = numberIn(value);
  return number === undefined || number === null || number === 0 ? null : checkId(at, '', number);
}

function numberIn(value: BigJson | undefined): BigJson | undefined {
  return typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
}
