/** The driver for `node:sqlite`: Node.js from 22.13 on, and Deno. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  type SqlDatabase,
  type SqlDriver,
  type SqlStatement,
  type SqlValue,
  translatedRows,
  translateErrors,
} from './driver.ts';

export const nodeDriver: SqlDriver = {
  name: 'node:sqlite',

  open(path, mode) {
    // SQLite itself would make a missing file; "create" is left to the caller, who knows the permissions.
    return translateErrors(() => wrap(new DatabaseSync(path, { readOnly: mode === 'read' })));
  },

  openImage(image) {
    return translateErrors(() => {
      if (!('deserialize' in DatabaseSync.prototype)) return openByFile(image);
      const db = new DatabaseSync(':memory:');
      db.deserialize(image);
      return wrap(db);
    });
  },
};

/**
 * Older versions of Node.js cannot take an image, so it goes through a private file. That file loses its name as
 * soon as it is open; where an open file keeps its name (Windows) it is removed at close.
 */
function openByFile(image: Uint8Array): SqlDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'tgsession-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const file = join(folder, 'image');
    writeFileSync(file, image, { mode: 0o600 });
    const db = wrap(new DatabaseSync(file, { readOnly: true }));
    if (process.platform !== 'win32') remove();
    const close = () => {
      db.close();
      remove();
    };
    return { ...db, close };
  } catch (error) {
    remove();
    throw error;
  }
}

function wrap(db: DatabaseSync): SqlDatabase {
  const serialize = 'serialize' in db ? () => translateErrors(() => db.serialize()) : undefined;
  return {
    ...(serialize && { serialize }),
    exec: (sql) => translateErrors(() => db.exec(sql)),
    prepare: (sql, { bigint = false } = {}) => translateErrors(() => wrapStatement(db.prepare(sql), bigint)),
    close: () => translateErrors(() => db.close()),
  };
}

function wrapStatement(statement: StatementSync, bigint: boolean): SqlStatement {
  if (bigint) statement.setReadBigInts(true);
  // Rows as arrays load twice as fast; before Node.js 24 there are only objects, whose order is that of the columns.
  const arrays = 'setReturnArrays' in statement;
  if (arrays) statement.setReturnArrays(true);
  const columns = (row: unknown) => (arrays ? row : Object.values(row as object)) as SqlValue[];
  return {
    all: (...parameters) =>
      translateErrors(() => {
        const rows = statement.all(...parameters) as unknown[];
        return arrays ? (rows as SqlValue[][]) : rows.map(columns);
      }),
    iterate: (...parameters) =>
      translatedRows(() => statement.iterate(...parameters) as Iterator<unknown>, columns),
    run: (...parameters) => translateErrors(() => Number(statement.run(...parameters).changes)),
    runEach: (list) =>
      translateErrors(() => {
        for (const parameters of list) statement.run(...parameters);
      }),
  };
}
