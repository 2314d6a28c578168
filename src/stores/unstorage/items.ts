/** What of unstorage is used, and how sessions lie there: which keys, and what stands under them. */

import { checkInteger, checkObject, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { checkName } from '../names.ts';

/** As much of a `Storage` of unstorage as is used. Any driver will do. */
export interface UnstorageLike {
  getItem(key: string): Promise<unknown>;
  setItem(key: string, value: string): Promise<void>;
  removeItem(key: string): Promise<void>;
  getKeys(base?: string): Promise<string[]>;
}

/**
 * A name as a part of a key. Capital letters are written otherwise, as some file systems do not tell them from small ones;
 * so are dots and signs, which mean something to some drivers: `=` and the bytes in hexadecimal.
 */
export function toKey(name: string): string {
  return name.replaceAll(/[^\p{Ll}\p{Lo}\p{Lm}\p{N}\p{M}_-]/gu, (character) =>
    Array.from(new TextEncoder().encode(character), (byte) => `=${byte.toString(16).padStart(2, '0')}`).join(
      '',
    ),
  );
}

/** The name that a part of a key stands for; null if it is none of ours. */
export function fromKey(key: string): string | null {
  try {
    const name = key.replaceAll(/(?:=[0-9a-f]{2})+/g, (bytes) =>
      decodeURIComponent(bytes.replaceAll('=', '%')),
    );
    return toKey(checkName(name)) === key ? name : null;
  } catch {
    return null;
  }
}

/** A value as it lies in one of its two slots. */
export interface Kept<T> {
  /** Which save it is of: the larger one counts. */
  save: number;
  savedAt: Date;
  value: T;
}

/** How values are written as text. */
export interface Texts<T> {
  toText(value: T): string;
  /** @throws SessionError */
  fromText(at: string, text: string): T;
}

export function keptToText<T>({ save, savedAt, value }: Kept<T>, { toText }: Texts<T>): string {
  return JSON.stringify({ save, savedAt: savedAt.getTime(), value: toText(value) });
}

/** What an item holds: text, or what unstorage made of it. @throws SessionError `DAMAGED` */
export function keptFromItem<T>(at: string, item: unknown, { fromText }: Texts<T>): Kept<T> {
  try {
    const { save, savedAt, value } = checkObject<{ [key: string]: unknown }>(
      at,
      '',
      typeof item === 'string' ? JSON.parse(item) : (item as { [key: string]: unknown }),
    );
    return {
      save: checkInteger(at, 'save', save, 1, Number.MAX_SAFE_INTEGER),
      savedAt: new Date(checkInteger(at, 'savedAt', savedAt, 0, 8.64e15)),
      value: fromText(`${at}.value`, typeof value === 'string' ? value : refuse(at, 'value', 'text', value)),
    };
  } catch (error) {
    // What a parser says may repeat a part of the text.
    const why = error instanceof SessionError ? ` ${error.message}` : '';
    const message = `What stands under the key ${at} was not written by tgsession, or is cut off.${why}`;
    throw new SessionError('DAMAGED', message, { field: at });
  }
}

/** Runs a call of a driver. Its errors may hold what was to be written, so only their names go on. */
export async function calling<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { name, code } = error as { name?: unknown; code?: unknown };
    const told = [name, code].filter((one) => typeof one === 'string' && /^\w{1,40}$/.test(one)).join(' ');
    throw new SessionError('IO', `${what} failed in the driver of unstorage${told ? `: ${told}` : ''}.`);
  }
}
