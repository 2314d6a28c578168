/** A filter as conditions of SQL. */

import type { SessionFilter } from '../store.ts';
import type { SqlText } from './client.ts';

type Fields = { [Field in keyof SessionFilter]-?: (parameter: string) => string };

/** For each field, its condition on the row `s`. The indexes are made for them (schema.ts). */
const CONDITIONS: Fields = {
  userId: (parameter) => `s.user_id = ${parameter}::text::bigint`,
  username: (parameter) => `s.username_lower = ${parameter}::text`,
  phone: (parameter) => `s.phone = ${parameter}::text`,
  dc: (parameter) => `s.user_dc = ${parameter}::text::integer`,
  bot: (parameter) => `s.user_bot = ${parameter}::text::boolean`,
  status: (parameter) => `s.status = ${parameter}::text`,
  label: (parameter) => `s.label = ${parameter}::text`,
  tag: (parameter) => `s.tags @> ARRAY[${parameter}::text] AND s.tags <> '{}'`,
};

/**
 * The conditions, each behind an AND.
 *
 * @param filter a filter that was checked
 * @param values the parameters so far; those of the conditions come behind them
 */
export function conditionsOf(filter: SessionFilter, values: SqlText[]): string {
  let conditions = '';
  for (const [field, condition] of Object.entries(CONDITIONS)) {
    const value = filter[field as keyof SessionFilter];
    if (value === undefined) continue;
    values.push(String(value));
    conditions += ` AND ${condition(`$${values.length}`)}`;
  }
  return conditions;
}
