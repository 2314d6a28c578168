/** Expecting a typed error. */

import { expect } from 'vitest';
import { SessionError, type SessionErrorCode } from '../../src/errors.ts';

/** The SessionError of this code that a call must end with. */
export async function failure(
  call: () => unknown,
  code: SessionErrorCode,
  field?: string,
): Promise<SessionError> {
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    expect(error).toBeInstanceOf(SessionError);
    const typed = error as SessionError;
    expect(`${typed.code}: ${typed.message}`).toMatch(new RegExp(`^${code}: `));
    if (field !== undefined) expect(typed.field).toBe(field);
    return typed;
  }
  throw new Error(`Nothing was thrown, but ${code} was expected. Got: ${String(result)}`);
}
