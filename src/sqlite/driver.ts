/**
 * The seam to the SQLite that the runtime brings: `node:sqlite` (Node.js, Deno) or `bun:sqlite`. Nothing is
 * installed, nothing is compiled, and the module is loaded when the first session is opened.
 */

import { SessionError, type SessionErrorCode } from '../errors.ts';

/** A value of a column. Integers are numbers; beyond 2^53 reading them fails unless bigints were asked for. */
export type SqlValue = number | bigint | string | Uint8Array | null;

/** A prepared statement. */
export interface SqlStatement {
  /** Runs it and gives every row as the list of its columns. */
  all(...parameters: SqlValue[]): SqlValue[][];
  /**
   * The same, row by row, for what may not fit in memory. The columns must have names that differ, and the statement may
   * not be used otherwise meanwhile. Who does not want the rest ends the loop.
   */
  iterate(...parameters: SqlValue[]): IterableIterator<SqlValue[]>;
  /** Runs it for its effect, and says how many rows were inserted, changed or deleted. */
  run(...parameters: SqlValue[]): number;
  /** Runs it once for each list of parameters. */
  runEach(list: Iterable<readonly SqlValue[]>): void;
}

/** An open database. Every call may throw {@link SqlError}. */
export interface SqlDatabase {
  /** Runs one or more statements that give no rows. */
  exec(sql: string): void;
  /** Prepares a statement; with `bigint`, every integer it reads is a bigint. */
  prepare(sql: string, options?: { bigint?: boolean }): SqlStatement;
  /** Closes it; open transactions are rolled back. */
  close(): void;
  /** The bytes of its file, whose pages may be in memory only. Not every runtime has it. */
  serialize?(): Uint8Array;
}

/** What runs inside a transaction of somebody else. Its statements may be kept by whoever made it. */
export type Sql = Pick<SqlDatabase, 'exec' | 'prepare'>;

/** How to open a file: only to read, to read and write what exists, or to make it if need be. */
export type OpenMode = 'read' | 'write' | 'create';

/** What a runtime's SQLite must be able to do. */
export interface SqlDriver {
  /** Name of the module behind it. */
  readonly name: string;
  /** Opens a file. Never waits for a lock: a locked file fails at once. */
  open(path: string, mode: OpenMode): SqlDatabase;
  /** Opens a private copy, in memory, of a database given as the bytes of its file in rollback format. */
  openImage(image: Uint8Array): SqlDatabase;
}

/** What kind of failure SQLite reported. */
export type SqlErrorKind =
  | 'busy'
  | 'not-sqlite'
  | 'damaged'
  | 'range'
  | 'full'
  | 'read-only'
  | 'cannot-open'
  | 'io'
  | 'other';

/** A failure of SQLite, the same for every driver. */
export class SqlError extends Error {
  readonly kind: SqlErrorKind;

  constructor(kind: SqlErrorKind, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'SqlError';
    this.kind = kind;
  }
}

// The primary result codes of SQLite (sqlite.org/rescode.html) that callers tell apart.
const KIND_OF_CODE = new Map<number, SqlErrorKind>([
  [5, 'busy'],
  [6, 'busy'],
  [8, 'read-only'],
  [10, 'io'],
  [11, 'damaged'],
  [13, 'full'],
  [14, 'cannot-open'],
  [26, 'not-sqlite'],
]);

// Deno's node:sqlite gives the message alone.
const KIND_OF_MESSAGE: [RegExp, SqlErrorKind][] = [
  [/is locked/, 'busy'],
  [/not a database/, 'not-sqlite'],
  [/malformed/, 'damaged'],
  [/too large to be represented|exceeds|out of range/, 'range'],
  [/is full/, 'full'],
  [/readonly/, 'read-only'],
  [/unable to open/, 'cannot-open'],
  [/disk I\/O/, 'io'],
];

/** Runs a call of a driver and turns what it throws into an {@link SqlError}. */
export function translateErrors<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { errcode, errno, code, message } = error as {
      errcode?: number;
      errno?: number;
      code?: string;
      message?: string;
    };
    const primary = (errcode ?? errno ?? 0) & 0xff;
    const kind =
      code === 'ERR_OUT_OF_RANGE'
        ? 'range'
        : (KIND_OF_CODE.get(primary) ??
          KIND_OF_MESSAGE.find(([pattern]) => pattern.test(message ?? ''))?.[1] ??
          'other');
    throw new SqlError(kind, error);
  }
}

/** Goes through the rows of a driver, turning what it throws into {@link SqlError}. */
export function* translatedRows<T>(
  begin: () => Iterator<T>,
  row: (raw: T) => SqlValue[],
): Generator<SqlValue[]> {
  const rows = translateErrors(begin);
  try {
    for (;;) {
      const next = translateErrors(() => {
        const { done, value } = rows.next();
        return done === true ? null : row(value);
      });
      if (next === null) return;
      yield next;
    }
  } finally {
    // A statement that is not at its end keeps its transaction open.
    rows.return?.();
  }
}

const CODE_OF_KIND: Record<SqlErrorKind, [SessionErrorCode, string]> = {
  busy: ['LOCKED', 'is locked by another program. Try again when that program is done with it.'],
  'not-sqlite': ['NOT_SQLITE', 'is not an SQLite database.'],
  damaged: ['DAMAGED', 'is damaged: it is cut off or was overwritten in part. Restore it from a backup.'],
  range: ['INVALID_VALUE', 'holds an integer beyond 2^53, which JavaScript would round.'],
  full: ['IO', 'could not be written: the disk is full. What was saved before is still there.'],
  'read-only': ['IO', 'may not be written. Check the permissions of the file and of its folder.'],
  'cannot-open': ['IO', 'could not be opened. Check that its folder exists and that you may use both.'],
  io: ['IO', 'could not be read or written: the disk reported an error.'],
  other: ['IO', 'could not be used by SQLite.'],
};

/** The typed error for a failure of SQLite on the file named `what`; anything else is given back as it is. */
export function toSessionError(error: unknown, what: string): unknown {
  if (!(error instanceof SqlError)) return error;
  const [code, text] = CODE_OF_KIND[error.kind];
  return new SessionError(code, `${what} ${text} (SQLite: ${error.message})`, { cause: error });
}

let loaded: Promise<SqlDriver> | undefined;

/**
 * The SQLite of this runtime.
 *
 * @throws SessionError `NO_DRIVER` where there is none
 */
export function sqlDriver(): Promise<SqlDriver> {
  loaded ??= 'Bun' in globalThis ? loadBun() : loadNode();
  return loaded;
}

async function loadBun(): Promise<SqlDriver> {
  return (await import('./driver-bun.ts')).bunDriver;
}

async function loadNode(): Promise<SqlDriver> {
  try {
    return (await import('./driver-node.ts')).nodeDriver;
  } catch (cause) {
    loaded = undefined;
    throw new SessionError(
      'NO_DRIVER',
      'This runtime has no node:sqlite. Use Node.js 22.13 or newer, a current Deno, or Bun.',
      { cause },
    );
  }
}
