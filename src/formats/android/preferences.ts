/** userconfing.xml, in which Telegram for Android keeps who is logged in (formats/android.md, section 3). */

import { refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { ByteReader, utf8Text } from '../bytes.ts';
import { type AndroidUser, readUser } from './user.ts';
import { type Element, parseXml } from './xml.ts';

/** Larger than any file of preferences. */
const MAX_BYTES = 256 * 1024;
/** Columns of Android's base64. */
const COLUMNS = 76;

/** What the file says. */
export interface Preferences {
  /** The account, or null where nobody is logged in. */
  user: AndroidUser | null;
  /** The account in use, which only the file of the first one says; else null. */
  selectedAccount: number | null;
}

/**
 * Reads the file. Other preferences are left alone: among them may be a password.
 *
 * @param at what errors call it
 * @throws SessionError `INVALID_VALUE`, `UNSUPPORTED` for a user of a layer that is not known
 */
export function readPreferences(bytes: Uint8Array, at: string): Preferences {
  const map = readMap(bytes, at);
  const user = map.get('user');
  return {
    user: user === undefined ? null : readUserText(user, at),
    selectedAccount: readSelected(map, at),
  };
}

/** Only the account in use. */
export function readSelectedAccount(bytes: Uint8Array, at: string): number | null {
  return readSelected(readMap(bytes, at), at);
}

function readMap(bytes: Uint8Array, at: string): Map<string, Element> {
  if (bytes.length > MAX_BYTES) {
    const found = `${bytes.length} bytes`;
    throw new SessionError('INVALID_VALUE', `${at} has ${found}; no file of preferences is that large.`, {
      field: at,
      found,
    });
  }
  const root = parseXml(utf8Text(at, '', bytes), at);
  if (root.name !== 'map') refuse(at, '', 'preferences, with the element map', null, 'another element');
  const map = new Map<string, Element>();
  for (const child of root.children) {
    const name = child.attributes.get('name');
    if (name === undefined) refuse(at, '', 'preferences, each with a name', null, 'one without');
    if (map.has(name)) refuse(at, '', 'preferences, each of them once', null, 'one that stands there twice');
    map.set(name, child);
  }
  return map;
}

function readUserText({ name, text, children }: Element, at: string): AndroidUser {
  if (name !== 'string' || children.length > 0) refuse(at, 'user', 'a string', null, 'another element');
  const bytes = decodeBase64(text.replaceAll(/\s/g, ''));
  if (bytes === null) return refuse(at, 'user', 'base64', text);
  return readUser(new ByteReader(bytes, `${at}.user`));
}

function readSelected(map: Map<string, Element>, at: string): number | null {
  const selected = map.get('selectedAccount');
  if (selected === undefined) return null;
  const value = selected.attributes.get('value') ?? '';
  if (selected.name === 'int' && /^\d{1,3}$/.test(value)) return Number(value);
  return refuse(at, 'selectedAccount', 'an int from 0 to 999', null, 'something else');
}

/**
 * Writes the file. What it does not say has the value of an app that was just installed.
 *
 * @param user the account as TL has it
 * @param selectedAccount the account in use, in the file of the first one
 */
export function writePreferences(user: Uint8Array, selectedAccount: number | null): Uint8Array {
  const selected =
    selectedAccount === null ? '' : `    <int name="selectedAccount" value="${selectedAccount}" />\n`;
  // Android writes a line break behind each line of base64, the last one too.
  const lines = encodeBase64(user, 'standard').replaceAll(
    new RegExp(`.{1,${COLUMNS}}`, 'g'),
    (line) => `${line}&#10;`,
  );
  return new TextEncoder().encode(
    `<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<map>\n${selected}    <string name="user">${lines}</string>\n</map>\n`,
  );
}
