/** Keys of MTKruto's storages: lists, in an order. */

import { refuse } from '../../check.ts';
import type { MtkrutoFilter, MtkrutoKey, MtkrutoKeyPart } from './interface.ts';

/** A key that has a place in the order. @throws SessionError `INVALID_VALUE` */
export function checkKey(key: MtkrutoKey): MtkrutoKey {
  const isPart = (part: unknown) =>
    typeof part === 'string' || typeof part === 'bigint' || (typeof part === 'number' && !Number.isNaN(part));
  return Array.isArray(key) && key.every(isPart)
    ? key
    : refuse('key', '', 'a list of texts, numbers and integers', key);
}

/** The keys that are asked for. @throws SessionError `INVALID_VALUE` */
export function checkFilter(filter: MtkrutoFilter): MtkrutoFilter {
  if ('prefix' in filter) return { prefix: checkKey(filter.prefix) };
  return { start: checkKey(filter.start), end: checkKey(filter.end) };
}

/** One text for each key. */
export function keyText(key: MtkrutoKey): string {
  return JSON.stringify(key.map((part) => `${(typeof part)[0]}${part}`));
}

/**
 * The order of keys: part by part, one that goes on comes behind the one that it begins with. Numbers and integers are in
 * order by what they are, texts by their units of UTF-16, and behind all numbers.
 */
export function compareKeys(a: MtkrutoKey, b: MtkrutoKey): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compareParts(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareParts(a: MtkrutoKeyPart, b: MtkrutoKeyPart): number {
  const isText = typeof a === 'string';
  if (isText !== (typeof b === 'string')) return isText ? 1 : -1;
  if (a < b) return -1;
  if (a > b) return 1;
  // 1 and 1n are two keys.
  return typeof a === typeof b ? 0 : typeof a === 'bigint' ? -1 : 1;
}

/** Whether a key is among those that are asked for. */
export function isAsked(filter: MtkrutoFilter, key: MtkrutoKey): boolean {
  if ('prefix' in filter) {
    const { prefix } = filter;
    return key.length >= prefix.length && prefix.every((part, i) => compareParts(part, key[i]!) === 0);
  }
  return compareKeys(filter.start, key) <= 0 && compareKeys(key, filter.end) <= 0;
}

/** Whether keys that have a name as their first part can be among those that are asked for. */
export function mayAsk(filter: MtkrutoFilter, name: string): boolean {
  if ('prefix' in filter) return filter.prefix.length === 0 || filter.prefix[0] === name;
  const [first, last] = [filter.start[0], filter.end[0]];
  return (
    (first === undefined || compareParts(first, name) <= 0) &&
    last !== undefined &&
    compareParts(name, last) <= 0
  );
}
