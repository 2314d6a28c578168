/** Errors of Redis and of its clients, as ours. */

import { SessionError } from '../../errors.ts';

/** A word in capitals that Redis begins its errors with: `OOM`, `READONLY`, `NOAUTH`. */
const REDIS_WORD = /^[A-Z][A-Z_]{1,30}\b/;
/** A code of the system, such as `ECONNREFUSED`. */
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]{1,30}$/;

/**
 * The error for a command that failed. Neither the message nor the error underneath goes into it: both may repeat the
 * command, and with it the keys of accounts (ioredis keeps the arguments in `error.command`, and Redis echoes those of
 * a command that it does not know).
 */
export function ioError(what: string, error: unknown): SessionError {
  if (error instanceof SessionError) return error;
  const found = wordOf(error);
  return new SessionError(
    'IO',
    `${what}: a command failed (${found}). Whether it was carried out is not known.`,
    {
      found,
    },
  );
}

/** Whether Redis does not know a script (any more). */
export function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

function wordOf(error: unknown): string {
  const { code, message, name } = (error ?? {}) as { code?: unknown; message?: unknown; name?: unknown };
  if (typeof code === 'string' && SYSTEM_CODE.test(code)) return code;
  const [word] = (typeof message === 'string' && REDIS_WORD.exec(message)) || [];
  if (word !== undefined) return word;
  const className = error instanceof Error ? error.constructor.name : name;
  return typeof className === 'string' && /^\w{1,60}$/.test(className) ? className : 'an error';
}
