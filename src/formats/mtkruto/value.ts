/**
 * Values as MTKruto writes them as text, for its keys as well (formats/mtkruto.md, section 3): one digit for the type,
 * then the value. Lists are their items one after the other, each with its length in front; objects are lists of pairs.
 */

import { refuse } from '../../check.ts';
import { decodeBase64 } from '../base64.ts';

/** A value; dates are milliseconds. */
export type Value = boolean | number | string | bigint | Date | Uint8Array | Value[] | Fields;
/** The fields of an object. */
export type Fields = Map<string, Value>;

/** Deepest nesting that is followed; chats have four levels. */
const MAX_DEPTH = 16;
const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/;
/** More digits than any integer of 64 bits has; larger ones take time. */
const BIGINT = /^-?\d{1,20}$/;

/** Reads a text. @throws SessionError `INVALID_VALUE` naming the item */
export function parseValue(item: string, text: string): Value {
  return valueIn(item, text, MAX_DEPTH);
}

function valueIn(item: string, text: string, depth: number): Value {
  const content = text.slice(1);
  switch (text[0]) {
    case '0':
      if (content === '0' || content === '1') return content === '1';
      return refuse(item, '', 'false or true as 0 or 1', content);
    case '1':
      return NUMBER.test(content) ? Number(content) : refuse(item, '', 'a number', content);
    case '2':
      return content;
    case '3':
      return BIGINT.test(content) ? BigInt(content) : refuse(item, '', 'an integer', content);
    case '4':
      return NUMBER.test(content) ? new Date(Number(content)) : refuse(item, '', 'a date', content);
    case '5':
      return decodeBase64(content) ?? refuse(item, '', 'base64', content);
    case '6':
      return itemsIn(item, content, depth);
    case '7':
      return fieldsIn(item, content, depth);
    default:
      return refuse(item, '', 'a value with its type', text);
  }
}

/** The length in front of an item of a list, which has nothing else in that place. */
const LENGTH = /(\d{1,9})\n/y;

function itemsIn(item: string, text: string, depth: number): Value[] {
  if (depth === 0) return refuse(item, '', 'nested less deeply', text);
  const items: Value[] = [];
  for (let at = 0; at < text.length; ) {
    LENGTH.lastIndex = at;
    const match = LENGTH.exec(text);
    const start = at + (match?.[0].length ?? 0);
    const length = Number(match?.[1]);
    if (!(length <= text.length - start)) {
      return refuse(item, '', 'a list of items, each with its length', text);
    }
    items.push(valueIn(item, text.slice(start, start + length), depth - 1));
    at = start + length;
  }
  return items;
}

function fieldsIn(item: string, text: string, depth: number): Fields {
  const fields: Fields = new Map();
  for (const pair of itemsIn(item, text, depth)) {
    const [name, value] = Array.isArray(pair) && pair.length === 2 ? pair : [];
    if (typeof name !== 'string' || value === undefined || fields.has(name)) {
      return refuse(item, '', 'an object of fields with different names', text);
    }
    fields.set(name, value);
  }
  return fields;
}

/** The parts of a key that stands as text behind a prefix, or null where it is none. */
export function parseKey(text: string): string[] | null {
  const parts: string[] = [];
  for (let at = 1; at < text.length; ) {
    LENGTH.lastIndex = at;
    const match = LENGTH.exec(text);
    if (match === null) return null;
    const start = at + match[0].length;
    at = start + Number(match[1]);
    // Texts, numbers and integers, which have the types 1 to 3.
    if (at > text.length || !/^[1-3]./s.test(text.slice(start, start + 2))) return null;
    parts.push(text.slice(start + 1, at));
  }
  return text[0] === '6' && parts.length > 0 ? parts : null;
}
