/** Any value of JSON, as the `extra` of a snapshot has them. */

import { refuse } from '../../check.ts';
import type { JsonValue } from '../snapshot.ts';
import type { Input, Kind, Output } from './notation.ts';
import { namedStep } from './path.ts';
import type { Shape } from './shapes.ts';

/** Deepest nesting that is written and read. */
const MAX_DEPTH = 32;
/** So many characters of text count as one more value. */
const TEXT_OF_A_VALUE = 32;

type JsonObject = { [key: string]: JsonValue };

/** An object of any names and values; an empty one goes without saying. */
export const jsonObject: Shape<JsonObject> = {
  usual: () => ({}),
  isUsual: (value) => isObject(value) && entriesOf(value).length === 0,
  write(to, value) {
    if (!isObject(value)) refuse(to.path, '', 'an object', value);
    writeObject(to, value, MAX_DEPTH);
  },
  read: (from) => readObject(from, MAX_DEPTH),
};

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As `JSON.stringify` does, what is undefined is passed over. */
function entriesOf(value: JsonObject): [string, JsonValue][] {
  return Object.entries(value).filter(([, item]) => item !== undefined);
}

function kindOf(value: JsonValue): Kind | null {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  const kinds: { [type: string]: Kind } = {
    boolean: 'boolean',
    number: 'number',
    string: 'text',
    object: 'map',
  };
  return kinds[typeof value] ?? null;
}

function writeValue(to: Output, value: JsonValue, depth: number): void {
  const kind = kindOf(value) ?? refuse(to.path, '', 'a value of JSON', value);
  to.budget.spend(to.path, 1);
  to.kind(kind);
  if (value === null) to.null();
  else if (typeof value === 'boolean') to.boolean(value);
  else if (typeof value === 'number') to.number(checkNumber(to, value));
  else if (typeof value === 'string') to.text(counted(to, value));
  else if (Array.isArray(value)) writeList(to, value, depth);
  else writeObject(to, value, depth);
}

/** A text, counted as values by its length: a file may be all text. */
function counted({ path, budget }: Pick<Input, 'path' | 'budget'>, text: string): string {
  budget.spend(path, Math.floor(text.length / TEXT_OF_A_VALUE));
  return text;
}

function writeList(to: Output, value: readonly JsonValue[], depth: number): void {
  checkDepth(to, depth);
  to.beginList(value.length);
  for (let i = 0; i < value.length; i++) {
    to.path.into(i);
    to.item();
    writeValue(to, value[i]!, depth - 1);
    to.path.out();
  }
  to.endList();
}

function writeObject(to: Output, value: JsonObject, depth: number): void {
  checkDepth(to, depth);
  const entries = entriesOf(value);
  to.beginMap(entries.length);
  for (const [name, item] of entries) {
    to.path.into(namedStep(name));
    to.entry(counted(to, name));
    writeValue(to, item, depth - 1);
    to.path.out();
  }
  to.endMap();
}

function readValue(from: Input, depth: number): JsonValue {
  from.budget.spend(from.path, 1);
  switch (from.kind()) {
    case 'null':
      from.null();
      return null;
    case 'boolean':
      return from.boolean();
    case 'number':
      return checkNumber(from, from.number());
    case 'text':
      return counted(from, from.text());
    case 'list': {
      checkDepth(from, depth);
      const items: JsonValue[] = [];
      for (const _ of from.items()) items.push(readValue(from, depth - 1));
      return items;
    }
    case 'map':
      return readObject(from, depth);
  }
}

function readObject(from: Input, depth: number): JsonObject {
  checkDepth(from, depth);
  // Not an object at once: the name __proto__ means something else there.
  const items = new Map<string, JsonValue>();
  for (const name of from.entries()) {
    counted(from, name);
    if (items.has(name)) refuse(from.path, '', 'there once', null, 'there twice');
    items.set(name, readValue(from, depth - 1));
  }
  return Object.fromEntries(items);
}

/** Integers beyond 2^53 may be rounded already; in a snapshot they are decimal text. */
function checkNumber({ path }: Pick<Input, 'path'>, value: number): number {
  const isRounded = Number.isInteger(value) && !Number.isSafeInteger(value);
  if (Number.isFinite(value) && !isRounded) return value;
  return refuse(path, '', 'a number that is not beyond 2^53', value);
}

function checkDepth({ path }: Pick<Input, 'path'>, depth: number): void {
  if (depth === 0) refuse(path, '', `nested ${MAX_DEPTH} levels deep at most`, null, 'nested deeper');
}
