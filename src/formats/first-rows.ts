/** Raw rows in `extra`. */

import type { FirstRows } from '../sqlite/first-rows.ts';
import type { JsonValue } from './snapshot.ts';

/**
 * Rows under a name. Where there were more than are kept, the number of all stands beside them, under the name with
 * `Count` behind it.
 */
export function rowsExtra<T>(
  name: string,
  { rows, count }: FirstRows<T>,
  toJson: (row: T) => JsonValue,
): { [key: string]: JsonValue } {
  const shown = { [name]: rows.map(toJson) };
  return count > rows.length ? { ...shown, [`${name}Count`]: count } : shown;
}
