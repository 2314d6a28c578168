/** Preparing each statement once. */

import type { Sql, SqlDatabase, SqlStatement } from './driver.ts';

/** A database that keeps the statements it has prepared. */
export function withStatements(db: SqlDatabase): Sql {
  const kept = { numbers: new Map<string, SqlStatement>(), bigints: new Map<string, SqlStatement>() };
  return {
    exec: (sql) => db.exec(sql),
    prepare(sql, options = {}) {
      const map = options.bigint === true ? kept.bigints : kept.numbers;
      let statement = map.get(sql);
      if (statement === undefined) {
        statement = db.prepare(sql, options);
        map.set(sql, statement);
      }
      return statement;
    },
  };
}
