/**
 * TL objects as plain values, in the manner of mtcute: the constructor's name in `_`, fields in camelCase, bytes as
 * `Uint8Array`. 64-bit numbers are `bigint`; a `number` is good too where it is exact.
 */

/** One object of TL, such as `{ _: 'updates.state', pts: 1, qts: 0, date: 1700000000, seq: 0, unreadCount: 0 }`. */
export interface TlObject {
  /** Name of the constructor or method as the schema has it, such as `auth.sentCode`. */
  readonly _: string;
  readonly [field: string]: unknown;
}

/** What a method answers: an object, a vector of objects, or a `Bool`. */
export type TlAnswer = TlObject | readonly TlObject[] | boolean;

/** A copy of a value in which some of the values within are replaced: those for which `replace` gives something. */
export function mapValues(value: unknown, replace: (value: unknown) => unknown): unknown {
  const replaced = replace(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return value.map((item) => mapValues(item, replace));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, mapValues(field, replace)] as const),
  );
}
