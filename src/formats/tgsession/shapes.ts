/** The shapes that values have, whatever the notation: each can be written, and read again with all its checks. */

import { checkAddress } from '../../address.ts';
import { checkAuthKey } from '../../auth-key.ts';
import { checkBoolean, checkInteger, checkObject, refuse } from '../../check.ts';
import { checkInt64 } from '../peer-values.ts';
import type { Input, Output, RecordFields } from './notation.ts';

/** How values of a type are written and read. */
export interface Shape<T> {
  /** The value that goes without saying, for a field that may be left out. */
  readonly usual?: () => T;
  /** Whether a value is that. */
  isUsual?(value: T): boolean;
  /** @throws SessionError `INVALID_VALUE` */
  write(to: Output, value: T): void;
  /** @throws SessionError `INVALID_VALUE` */
  read(from: Input): T;
}

/** An integer in a range. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Shape<number> {
  return {
    write: (to, value) => to.integer(checkInteger(to.path, '', value, min, max)),
    read: (from) => checkInteger(from.path, '', from.integer(), min, max),
  };
}

/** An integer of 64 bits, signed. */
export const int64: Shape<bigint> = {
  write: (to, value) => to.int64(checkInt64(to.path, '', value)),
  read: (from) => from.int64(),
};

/** Any text. */
export const text: Shape<string> = {
  write: (to, value) => to.text(typeof value === 'string' ? value : refuse(to.path, '', 'text', value)),
  read: (from) => from.text(),
};

/** An authorization key. */
export const key: Shape<Uint8Array> = {
  write: (to, value) => to.key(checkAuthKey(to.path, '', value) ?? refuse(to.path, '', 'an auth key', value)),
  read: (from) => checkAuthKey(from.path, '', from.key())!,
};

/** True or false. */
export const boolean: Shape<boolean> = {
  write: (to, value) => to.boolean(checkBoolean(to.path, '', value)),
  read: (from) => from.boolean(),
};

/** True or false, one of which goes without saying. */
export function flag(usual: boolean): Shape<boolean> {
  return { ...boolean, usual: () => usual, isUsual: (value) => value === usual };
}

/** An `ip:port`. */
export function address(family: 4 | 6): Shape<string> {
  return {
    write: (to, value) => {
      const checked = checkAddress(to.path, '', value, family);
      to.address(checked ?? refuse(to.path, '', 'an address', value), family);
    },
    read: (from) => checkAddress(from.path, '', from.address(family), family)!,
  };
}

/** One of some words. */
export function oneOf<T extends string>(...words: T[]): Shape<T> {
  const expected = words.map((word) => `"${word}"`).join(' or ');
  return {
    write: (to, value) =>
      to.word(words.includes(value) ? value : refuse(to.path, '', expected, value), words),
    read: (from) => from.word(words) as T,
  };
}

/** A value or null, which goes without saying. */
export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return {
    usual: () => null,
    isUsual: (value) => value === null,
    write: (to, value) => (value === null ? to.null() : shape.write(to, value)),
    read: (from) => (from.null() ? null : shape.read(from)),
  };
}

/** A value or nothing, for fields that an object may lack. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return {
    usual: () => undefined,
    isUsual: (value) => value === undefined,
    write: (to, value) => shape.write(to, value as T),
    read: (from) => shape.read(from),
  };
}

/**
 * A list; an empty one goes without saying.
 *
 * @param cost what an item counts in the budget
 */
export function list<T>(shape: Shape<T>, cost = 1): Shape<readonly T[]> {
  return {
    usual: () => [],
    isUsual: (value) => Array.isArray(value) && value.length === 0,
    write(to, value) {
      if (!Array.isArray(value)) refuse(to.path, '', 'a list', value);
      to.budget.spend(to.path, value.length * cost);
      to.beginList(value.length);
      for (let i = 0; i < value.length; i++) {
        to.path.into(i);
        to.item();
        shape.write(to, value[i]!);
        to.path.out();
      }
      to.endList();
    },
    read(from) {
      const items: T[] = [];
      for (const _ of from.items()) {
        from.budget.spend(from.path, cost);
        items.push(shape.read(from));
      }
      return items;
    },
  };
}

/** A value that stands on a line of its own, where there are lines. */
export function onOneLine<T>(shape: Shape<T>): Shape<T> {
  return {
    ...shape,
    write(to, value) {
      to.oneLine(true);
      shape.write(to, value);
      to.oneLine(false);
    },
  };
}

/** An object with these fields, in this order, and no others. */
export function record<T extends object>(shapes: { [K in keyof T]-?: Shape<T[K]> }): Shape<T> {
  const names = Object.keys(shapes);
  const each = Object.values(shapes) as Shape<unknown>[];
  let count = 0;
  const usual = each.map((shape) => (shape.isUsual === undefined ? -1 : count++));
  const fields: RecordFields = { names, usual };
  return {
    write(to, value) {
      const values = checkObject(to.path, '', value) as Record<string, unknown>;
      let present = 0;
      const isUsual = each.map((shape, i) => shape.isUsual?.(values[names[i]!]) ?? false);
      for (let i = 0; i < names.length; i++) if (usual[i]! >= 0 && !isUsual[i]) present |= 1 << usual[i]!;
      to.beginRecord(fields, present);
      for (let i = 0; i < names.length; i++) {
        const name = names[i]!;
        // What is undefined has no place in JSON either.
        if (isUsual[i] && (to.leavesOut || values[name] === undefined)) continue;
        to.path.into(name);
        to.field(name);
        each[i]!.write(to, values[name]);
        to.path.out();
      }
      to.endRecord();
    },
    read(from) {
      const found: unknown[] = [];
      let seen = 0;
      for (const i of from.fields(fields)) {
        const shape = each[i]!;
        found[i] = shape.read(from);
        seen |= 1 << i;
        if (!from.leavesOut || !shape.isUsual?.(found[i])) continue;
        refuse(from.path, '', 'left out where it is the usual value', null, 'the usual value');
      }
      const values: Record<string, unknown> = {};
      for (let i = 0; i < names.length; i++) {
        const name = names[i]!;
        const isThere = (seen & (1 << i)) !== 0;
        const value = isThere ? found[i] : each[i]!.usual?.();
        if (!isThere && value === undefined && usual[i]! >= 0) continue;
        if (!isThere && !from.leavesOut) refuse(from.path, name, 'there', undefined, 'missing');
        values[name] = value;
      }
      return values as T;
    },
  };
}

/** A value of another type, made from one with a shape of its own. */
export function made<T, F>(
  shape: Shape<F>,
  from: (value: T) => F,
  to: (value: F, at: string) => T,
): Shape<T> {
  return {
    write: (output, value) => shape.write(output, from(checkObject(output.path, '', value as T & object))),
    read: (input) => to(shape.read(input), String(input.path)),
  };
}
