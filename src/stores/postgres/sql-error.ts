/** What a server or client says, made ours: an error of a driver may hold parameters and whole rows, and so keys. */

import { SessionError } from '../../errors.ts';

/** Words for classes of SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html). */
const CLASSES: Readonly<Record<string, string>> = {
  '08': 'the connection failed',
  '22': 'a value was refused',
  '23': 'a constraint was violated',
  '25': 'the transaction does not allow it',
  '28': 'the login was refused',
  '40': 'the transaction was rolled back',
  '53': 'the server has no room left',
  '54': 'a limit of the server was exceeded',
  '55': 'an object is not in the state for it',
  '57': 'an operator or a timeout intervened',
  '58': 'the system of the server failed',
  XX: 'the server failed inside',
};

/** Classes whose messages name tables, roles and limits, and never a value of ours. */
const TELLING = new Set(['08', '25', '28', '3D', '3F', '40', '42', '53', '54', '55', '57', '58']);

/** The SQLSTATE of an error of a driver, or null. */
export function sqlStateOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  // As long as an SQLSTATE, but a word of the operating system.
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code) ? code : null;
}

/**
 * The `IO` for an error of a driver. SessionErrors stay what they are.
 *
 * @param what where it happened, see `Backend.what`
 */
export function toSessionError(error: unknown, what: string): SessionError {
  if (error instanceof SessionError) return error;
  const state = sqlStateOf(error);
  const said = error instanceof Error ? error.message : '';
  if (state === null) {
    const { code } = error as { code?: unknown };
    const word = typeof code === 'string' ? code : said;
    return new SessionError('IO', `${what} could not be reached, or the connection was lost: ${word}.`, {
      cause: causeOf(error, said),
    });
  }
  const kind = state.slice(0, 2);
  const words = TELLING.has(kind) ? said : (CLASSES[kind] ?? 'the statement failed');
  return new SessionError('IO', `${what}: ${words} (SQLSTATE ${state}).`, { cause: causeOf(error, words) });
}

/** As much of an error as gives nothing away: neither its detail nor its query, parameters or stack. */
function causeOf(error: unknown, message: string): Error {
  const from = error as Partial<Record<'code' | 'severity' | 'table' | 'constraint' | 'routine', unknown>>;
  const cause: Error & Record<string, unknown> = Object.assign(new Error(message));
  cause.stack = `${(error as Error)?.name ?? 'Error'}: ${message}`;
  for (const field of ['code', 'severity', 'table', 'constraint', 'routine'] as const) {
    if (typeof from?.[field] === 'string') cause[field] = from[field];
  }
  return cause;
}
