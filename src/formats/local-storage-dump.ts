/**
 * The localStorage of a web page as a JSON object, item by item, the values being text: what
 * `JSON.stringify(localStorage)` gives in the console of a browser. Several programs may keep their items in one.
 */

import { refuse } from '../check.ts';
import { SessionError } from '../errors.ts';
import { parseBigJson } from './big-json.ts';
import type { FormatInput } from './codec.ts';
import { jsonHeadOf, textOf } from './text.ts';

/** A browser keeps 5 Mi characters for a site; JSON and UTF-8 may write some of them with several bytes. */
const MAX_BYTES = 10 * 1024 * 1024;
/** More items than fit into that. */
const MAX_ITEMS = 200_000;

/** The items of a dump. Their values should be text, and are only checked where they are used. */
export type Dump = ReadonlyMap<string, unknown>;

/** Each format looks at the same items to find out whether they are its own. */
const parsed = new WeakMap<FormatInput, Promise<Dump>>();

/** The items of an input. @throws SessionError `INVALID_VALUE` if it is no dump */
export function dumpIn(input: FormatInput): Promise<Dump> {
  const dump = parsed.get(input) ?? parse(input);
  parsed.set(input, dump);
  return dump;
}

async function parse(input: FormatInput): Promise<Dump> {
  const text = await textOf(input, MAX_BYTES);
  const json = parseBigJson(text, input.label);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return refuse(input.label, '', 'a JSON object', json, 'another JSON value');
  }
  const names = Object.keys(json);
  if (names.length > MAX_ITEMS)
    refuse(input.label, '', `at most ${MAX_ITEMS} items`, null, `${names.length}`);
  return new Map(Object.entries(json));
}

/** The items of an input, or null for what is no dump at all. */
export async function dumpOrNull(input: FormatInput): Promise<Dump | null> {
  if ((await jsonHeadOf(input)) === null) return null;
  try {
    return await dumpIn(input);
  } catch (error) {
    if (error instanceof SessionError && error.code === 'INVALID_VALUE') return null;
    throw error;
  }
}

/**
 * The texts of items.
 *
 * @param items what errors call each of them, and the names that they have in the dump
 * @throws SessionError `INVALID_VALUE` if a value is no text
 */
export function itemTextsIn(dump: Dump, items: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(
    [...items].map(([item, name]) => {
      const value = dump.get(name);
      return [item, typeof value === 'string' ? value : refuse(item, '', 'text', value)];
    }),
  );
}
