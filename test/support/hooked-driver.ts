/** The real driver, with a look at every call before and after it. */

import { type SqlDatabase, type SqlDriver, type SqlStatement, sqlDriver } from '../../src/sqlite/driver.ts';

/** What a test does around calls: `sql` is the statement, or `open` and `close`. Throwing makes the call fail. */
export interface Hooks {
  before?(sql: string): void;
  after?(sql: string): void;
}

/** Wraps the driver of this runtime. */
export async function hookedDriver(hooks: Hooks): Promise<SqlDriver> {
  const driver = await sqlDriver();
  const around = <T>(sql: string, call: () => T): T => {
    hooks.before?.(sql);
    const result = call();
    hooks.after?.(sql);
    return result;
  };
  const statement = (sql: string, real: SqlStatement): SqlStatement => ({
    all: (...parameters) => around(sql, () => real.all(...parameters)),
    iterate: (...parameters) => around(sql, () => real.iterate(...parameters)),
    run: (...parameters) => around(sql, () => real.run(...parameters)),
    runEach: (list) => {
      for (const parameters of list) around(sql, () => real.run(...parameters));
    },
  });
  const database = (real: SqlDatabase): SqlDatabase => ({
    exec: (sql) => around(sql, () => real.exec(sql)),
    prepare: (sql, options) => statement(sql, real.prepare(sql, options)),
    close: () => real.close(),
  });
  return {
    name: driver.name,
    open: (path, mode) => database(around('open', () => driver.open(path, mode))),
    openImage: (image) => driver.openImage(image),
  };
}
