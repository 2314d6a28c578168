/** The driver for `bun:sqlite`. */

import { Database, type Statement } from 'bun:sqlite';
import {
  type SqlDatabase,
  type SqlDriver,
  type SqlStatement,
  type SqlValue,
  translatedRows,
  translateErrors,
} from './driver.ts';

export const bunDriver: SqlDriver = {
  name: 'bun:sqlite',

  open(path, mode) {
    const options = mode === 'read' ? { readonly: true } : { readwrite: true, create: mode === 'create' };
    // Without safe integers Bun rounds what is beyond 2^53 in silence.
    return translateErrors(() => wrap(new Database(path, { ...options, safeIntegers: true })));
  },

  openImage(image) {
    return translateErrors(() => wrap(Database.deserialize(image, { safeIntegers: true })));
  },
};

function wrap(db: Database): SqlDatabase {
  return {
    exec: (sql) => {
      translateErrors(() => db.run(sql));
    },
    prepare: (sql, { bigint = false } = {}) => translateErrors(() => wrapStatement(db.prepare(sql), bigint)),
    close: () =>
      translateErrors(() => {
        // Bun keeps the connection, and its locks, until every statement is collected.
        if (db.inTransaction) db.run('ROLLBACK');
        db.close();
      }),
    serialize: () => translateErrors(() => db.serialize()),
  };
}

function wrapStatement(statement: Statement, bigint: boolean): SqlStatement {
  return {
    all: (...parameters) =>
      translateErrors(() => {
        const rows = statement.values(...parameters) as SqlValue[][];
        return bigint ? rows : rows.map((row) => row.map(toNumber));
      }),
    // Here Bun has objects only, whose order is that of the columns.
    iterate: (...parameters) =>
      translatedRows(
        () => statement.iterate(...parameters) as Iterator<unknown>,
        (row) => {
          const columns = Object.values(row as object) as SqlValue[];
          return bigint ? columns : columns.map(toNumber);
        },
      ),
    run: (...parameters) => translateErrors(() => Number(statement.run(...parameters).changes)),
    runEach: (list) =>
      translateErrors(() => {
        for (const parameters of list) statement.run(...parameters);
      }),
  };
}

function toNumber(value: SqlValue): SqlValue {
  if (typeof value !== 'bigint') return value;
  if (BigInt.asIntN(54, value) !== value) throw new RangeError(`${value} is out of range for a number`);
  return Number(value);
}
