/** JSON with integers that a number cannot hold: they come as bigint, not rounded. */

import { type Place, refuse } from '../check.ts';
import { SessionError } from '../errors.ts';

/** A value of JSON, large integers as bigint. */
export type BigJson = string | number | bigint | boolean | null | BigJson[] | { [key: string]: BigJson };

/** Deepest nesting that is followed; session files have three levels. */
const MAX_DEPTH = 32;

// Whole tokens, so that digits in a string or behind a decimal point are no numbers.
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONG_INTEGER = /^-?\d{16,}$/;
const WITH_POINT = /^-?\d+[.eE]/;
/** More digits than any integer of 64 bits has; larger ones have no place in a session, and take time. */
const MAX_DIGITS = 20;

/** How to parse. */
export interface BigJsonOptions {
  /**
   * Whether a number with a point or an exponent is no integer even if it is whole, as for Go: `2.0` and `2e0` come
   * as NaN then, which no check takes for one.
   */
  integersAreDigits?: boolean;
}

/**
 * Parses JSON. Of a key that stands in an object twice, the last one counts.
 *
 * @throws SessionError `INVALID_VALUE` if it is not JSON
 */
export function parseBigJson(text: string, label: string, options: BigJsonOptions = {}): BigJson {
  const isMarked = (token: string) =>
    LONG_INTEGER.test(token) || (options.integersAreDigits === true && WITH_POINT.test(token));
  try {
    // The first pass says whether it is JSON at all; the second one may then rely on that.
    JSON.parse(text);
    // Not to be guessed, so that no text in the file can pass for an integer.
    const mark = `integer ${Math.random()} `;
    const marked = text.replace(STRING_OR_NUMBER, (token) => (isMarked(token) ? `"${mark}${token}"` : token));
    return revive(JSON.parse(marked), mark, MAX_DEPTH);
  } catch (cause) {
    if (cause instanceof SessionError) throw cause;
    // The engine's own message shows a piece of the text, which may be a piece of the key.
    throw new SessionError('INVALID_VALUE', `${label} is not JSON.`, { found: 'not JSON' });
  }
}

function revive(value: unknown, mark: string, depth: number): BigJson {
  if (typeof value === 'string' && value.startsWith(mark)) return toNumber(value.slice(mark.length));
  if (typeof value !== 'object' || value === null) return value as BigJson;
  if (depth === 0) throw new SessionError('INVALID_VALUE', 'The JSON is nested too deeply.');
  if (Array.isArray(value)) return value.map((item) => revive(item, mark, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item, mark, depth - 1)]));
}

/** The number that was marked. */
function toNumber(token: string): number | bigint {
  if (LONG_INTEGER.test(token)) return toInteger(token);
  return Number.isInteger(Number(token)) ? Number.NaN : Number(token);
}

function toInteger(digits: string): number | bigint {
  if (digits.length > MAX_DIGITS) {
    throw new SessionError('INVALID_VALUE', `The JSON has an integer of ${digits.length} digits.`);
  }
  const integer = BigInt(digits);
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}

/** An integer of 64 bits, signed, such as an access hash. @throws SessionError `INVALID_VALUE` */
export function checkJsonInt64(at: Place, name: string, value: BigJson): bigint {
  const isInteger = typeof value === 'bigint' || Number.isSafeInteger(value);
  const integer = isInteger ? BigInt(value as bigint | number) : null;
  if (integer === null || BigInt.asIntN(64, integer) !== integer) {
    return refuse(at, name, 'an integer of 64 bits, or null', value);
  }
  return integer;
}

/** An integer as plain JSON has it: those that a number cannot hold are text. */
export function plainInteger(value: number | bigint): number | string {
  return typeof value === 'bigint' ? String(value) : value;
}
