/** JSON with integers that a number cannot hold: they come as bigint, not rounded. */

import { SessionError } from '../errors.ts';

/** A value of JSON, large integers as bigint. */
export type BigJson = string | number | bigint | boolean | null | BigJson[] | { [key: string]: BigJson };

/** Deepest nesting that is followed; session files have three levels. */
const MAX_DEPTH = 32;

// A string (kept whole, so that digits in it are no numbers) or an integer of 16 digits or more.
const STRING_OR_LONG_INTEGER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d{16,}(?![\d.eE])/g;
// No JSON text can contain this: control characters must be escaped.
const MARK = '\u{f0000}int:';

/**
 * Parses JSON.
 *
 * @throws SessionError `INVALID_VALUE` if it is not JSON
 */
export function parseBigJson(text: string, label: string): BigJson {
  try {
    // The first pass says whether it is JSON at all; the second one may then rely on that.
    JSON.parse(text);
    const marked = text.replace(STRING_OR_LONG_INTEGER, (token) =>
      token.startsWith('"') ? token : `"${MARK}${token}"`,
    );
    return revive(JSON.parse(marked), MAX_DEPTH);
  } catch (cause) {
    if (cause instanceof SessionError) throw cause;
    // The engine's own message shows a piece of the text, which may be a piece of the key.
    throw new SessionError('INVALID_VALUE', `${label} is not JSON.`, { found: 'not JSON' });
  }
}

function revive(value: unknown, depth: number): BigJson {
  if (typeof value === 'string' && value.startsWith(MARK)) {
    const integer = BigInt(value.slice(MARK.length));
    return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
  }
  if (typeof value !== 'object' || value === null) return value as BigJson;
  if (depth === 0) throw new SessionError('INVALID_VALUE', 'The JSON is nested too deeply.');
  if (Array.isArray(value)) return value.map((item) => revive(item, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item, depth - 1)]));
}
