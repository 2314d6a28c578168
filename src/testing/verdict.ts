/** How a case says that a storage fails: an error whose message is for the author of the storage. */

import type { SessionErrorCode } from '../errors.ts';
import type { Session } from '../session.ts';
import { differences } from './difference.ts';

/** Thrown by a case of the conformance suite. Its message says what the storage did and what it should do. */
export class ConformanceError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ConformanceError';
  }
}

/** Fails if a session is not the expected one. `what` begins the message: who gave it, and when. */
export function expectSession(found: unknown, expected: Session | null, what: string): void {
  const lines = differences(expected, found);
  if (lines.length > 0)
    throw new ConformanceError(`${what} is not what it should be.\n  ${lines.join('\n  ')}`);
}

/** Fails if a session is none of several. */
export function expectOneOf(found: unknown, expected: readonly (Session | null)[], what: string): void {
  const tries = expected.map((session) => differences(session, found));
  if (tries.some((lines) => lines.length === 0)) return;
  const lines = tries.map((differing) => differing.join('\n  ')).join('\n  or\n  ');
  throw new ConformanceError(`${what} is none of those that it may be.\n  ${lines}`);
}

/** Fails if a condition does not hold. */
export function expectThat(holds: boolean, message: string): asserts holds {
  if (!holds) throw new ConformanceError(message);
}

/** How a call ended. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: unknown };

/** Waits for the end of a call, good or bad. A call that hangs fails the case; that is no outcome. */
export function outcomeOf<T>(call: Promise<T>): Promise<Outcome<T>> {
  const outcome = call.then(
    (value): Outcome<T> => ({ ok: true, value }),
    (error: unknown): Outcome<T> => {
      if (error instanceof ConformanceError) throw error;
      return { ok: false, error };
    },
  );
  return awaitedLater(outcome);
}

/** Marks a promise as one that the case looks at later, so that no runner takes it for forgotten. */
export function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Fails if a call does not reject. Gives what it rejected with. */
export async function expectRejection(call: Promise<unknown>, what: string): Promise<unknown> {
  const outcome = await outcomeOf(call);
  expectThat(!outcome.ok, `${what} must reject, but it resolved: the caller takes that for success.`);
  return outcome.error;
}

/** Fails if a call does not reject with a `SessionError` of a code. */
export async function expectCode(
  call: Promise<unknown>,
  code: SessionErrorCode,
  what: string,
): Promise<void> {
  const error = await expectRejection(call, what);
  const found = error as { name?: unknown; code?: unknown; message?: unknown } | null | undefined;
  if (found?.code === code) return;
  throw new ConformanceError(
    `${what} must reject with a SessionError of code ${code}, but rejected with ${found?.name}: ${found?.message}`,
    error,
  );
}
