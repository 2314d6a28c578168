/**
 * Every error that tgsession makes on purpose: one class, a stable code, and a message that says which field
 * is wrong, what was found there, and what to do. No message ever holds bytes of a key.
 *
 * @module
 */

/**
 * What went wrong, as a word that programs may compare. Codes are never renamed within a major version.
 *
 * | code | meaning |
 * |---|---|
 * | `INVALID_VALUE` | a value that a session cannot hold: wrong type, length, range or a duplicate |
 * | `INVALID_PATH` | not a usable path for a session file |
 * | `NOT_FOUND` | nothing to read there |
 * | `NOT_SQLITE` | the file is not an SQLite database |
 * | `DAMAGED` | an SQLite database, or another container, that is cut off or inconsistent |
 * | `FOREIGN_DATABASE` | an intact SQLite database that belongs to another program |
 * | `BAD_VERSION` | the schema version is missing, not an integer, or one that never existed |
 * | `NEWER_VERSION` | written by a version newer than this one knows |
 * | `NEEDS_MIGRATION` | an older schema; it is only changed when asked to (`migrate: true`) |
 * | `HELD` | somebody else uses the session now ({@link SessionHeldError}) |
 * | `LEASE_LOST` | the lease of a session ran out or went to somebody else (`LeaseLostError` of a store); nothing was written |
 * | `DEAD` | the session is marked dead in its store, and is not handed out by accident |
 * | `WRONG_USER` | the session belongs to another user than the one it was asked for |
 * | `LOCKED` | another program kept the file locked longer than we may wait |
 * | `CHANGED` | another program saved in between; nothing was written, `load()` again |
 * | `CLOSED` | the storage was closed; `load()` opens it again |
 * | `ABORTED` | the caller's signal ended the wait |
 * | `IO` | the operating system refused: disk full, no permission, input/output error |
 * | `NO_DRIVER` | this runtime has no SQLite of its own |
 * | `NEEDS_SECRET` | encrypted with a passcode or key, which was not given |
 * | `WRONG_SECRET` | encrypted with another passcode or key than the one given |
 * | `UNKNOWN_FORMAT` | no known format fits the input |
 * | `AMBIGUOUS_FORMAT` | more than one format fits; name the right one |
 * | `UNSUPPORTED` | recognized, and knowingly not read or not written |
 * | `CANNOT_HOLD` | the target format has no place for something it cannot do without |
 * | `EXISTS` | the target exists and may not be replaced without being asked |
 */
export type SessionErrorCode =
  | 'INVALID_VALUE'
  | 'INVALID_PATH'
  | 'NOT_FOUND'
  | 'NOT_SQLITE'
  | 'DAMAGED'
  | 'FOREIGN_DATABASE'
  | 'BAD_VERSION'
  | 'NEWER_VERSION'
  | 'NEEDS_MIGRATION'
  | 'HELD'
  | 'LEASE_LOST'
  | 'DEAD'
  | 'WRONG_USER'
  | 'LOCKED'
  | 'CHANGED'
  | 'CLOSED'
  | 'ABORTED'
  | 'IO'
  | 'NO_DRIVER'
  | 'NEEDS_SECRET'
  | 'WRONG_SECRET'
  | 'UNKNOWN_FORMAT'
  | 'AMBIGUOUS_FORMAT'
  | 'UNSUPPORTED'
  | 'CANNOT_HOLD'
  | 'EXISTS';

/** Which field, and what was found in it, where an error is about one. */
export interface SessionErrorDetails {
  /** Path of the field, such as `dcs[1].auth`. */
  field?: string;
  /** What was found there, described without secrets, such as `255 bytes`. */
  found?: string;
  /** The error underneath, if another one led to this. */
  cause?: unknown;
}

/** An error of tgsession. Compare {@link SessionError.code}; the message is for people. */
export class SessionError extends Error {
  /** What went wrong, as a stable word. */
  readonly code: SessionErrorCode;
  /** Path of the field at fault, such as `dcs[1].auth`, or null. */
  readonly field: string | null;
  /** What was found in the field, described without secrets, or null. */
  readonly found: string | null;

  constructor(code: SessionErrorCode, message: string, details: SessionErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SessionError';
    this.code = code;
    this.field = details.field ?? null;
    this.found = details.found ?? null;
  }
}

/** Who uses a session. */
export interface Holder {
  /** Process id on {@link Holder.host}. */
  pid: number;
  /** Name of the machine or container. */
  host: string;
  /** When the hold was taken. */
  since: Date;
  /** What the holder calls itself, or null. */
  label: string | null;
}

/** The holder in words, such as `process 12 on host (label) since 2026-01-01T00:00:00.000Z`. */
export function holderText(holder: Holder | null): string {
  if (holder === null) return 'another process';
  const { pid, host, label, since } = holder;
  return `process ${pid} on ${host}${label === null ? '' : ` (${label})`} since ${since.toISOString()}`;
}

/** Thrown (code `HELD`) when a session is in use elsewhere: Telegram destroys a key that is used twice. */
export class SessionHeldError extends SessionError {
  /** Who holds it, or null in the instant before the holder has written its name. */
  readonly holder: Holder | null;

  constructor(what: string, holder: Holder | null) {
    super(
      'HELD',
      `${what} is in use by ${holderText(holder)}. Telegram destroys a key that is used twice: stop that process first, or wait with the option "wait".`,
    );
    this.name = 'SessionHeldError';
    this.holder = holder;
  }
}
