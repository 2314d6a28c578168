/** The checks that a value must pass to be part of a session, shared by the model and by all readers. */

import { SessionError } from './errors.ts';

/** Largest data-centre id: the protocol's `int`, 32 bits, signed. */
export const MAX_DC_ID = 2 ** 31 - 1;

/** Says what a value is without repeating text or bytes that could be secret. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined) return String(value);
  if (typeof value === 'bigint') {
    // Some libraries hold a key as one large integer.
    return value === BigInt.asIntN(64, value) ? `the integer ${value}` : 'an integer of more than 64 bits';
  }
  if (typeof value === 'string') return `text of ${value.length} characters`;
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Where a value stands: the path of its owner, written out only when an error needs it. */
export type Place = string | { toString(): string };

/** Throws the `INVALID_VALUE` for the field `name` at a place: what it must be, and what it is. */
export function refuse(
  at: Place,
  name: string,
  expected: string,
  value: unknown,
  found = describe(value),
): never {
  const field = name === '' ? `${at}` : `${at}.${name}`;
  throw new SessionError('INVALID_VALUE', `${field} must be ${expected}, but is ${found}.`, { field, found });
}

/** Anything with fields to read; the fields are checked one by one. */
export function checkObject<T>(at: Place, name: string, value: T): T & object {
  return typeof value === 'object' && value !== null ? value : refuse(at, name, 'an object', value);
}

/** An integer in a range. Numbers beyond 2^53 are refused: they may already be rounded. */
export function checkInteger(at: Place, name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    return refuse(at, name, `an integer from ${min} to ${max}`, value);
  }
  return value === 0 ? 0 : value; // no storage keeps -0 apart from 0
}

/** An id of a user or channel: 1 to 2^53 - 1. */
export function checkId(at: Place, name: string, value: unknown): number {
  return checkInteger(at, name, value, 1, Number.MAX_SAFE_INTEGER);
}

/** A data-centre id: 1 to 2^31 - 1. */
export function checkDcId(at: Place, name: string, value: unknown): number {
  return checkInteger(at, name, value, 1, MAX_DC_ID);
}

/** A counter of the update state (`pts`, `qts`, `seq`) or its `date` in unix seconds: 0 to 2^53 - 1. */
export function checkCounter(at: Place, name: string, value: unknown): number {
  return checkInteger(at, name, value, 0, Number.MAX_SAFE_INTEGER);
}

/** True or false, nothing that merely looks like it. */
export function checkBoolean(at: Place, name: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse(at, name, 'true or false', value);
}

/** Text that every storage gives back as it was: no half of a surrogate pair, no NUL. */
export function checkText(at: Place, name: string, value: unknown, maxLength: number): string {
  if (typeof value !== 'string' || value.length > maxLength) {
    return refuse(at, name, `text of at most ${maxLength} characters`, value);
  }
  if (value.includes('\0') || /\p{Surrogate}/u.test(value)) {
    return refuse(at, name, 'well-formed text without NUL', value, 'text that no storage can keep exactly');
  }
  return value;
}
