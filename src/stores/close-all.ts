/** Closing many sessions, and one error for those that could not be. */

import { SessionError } from '../errors.ts';

/** What the store closes when it is closed. */
export interface Closable {
  readonly name: string;
  close(): Promise<void>;
}

/** How many are closed at the same time: clients give up on what waits too long for its turn. */
const AT_ONCE = 1000;

/** How many of those that could not be closed are named: where a database is gone, it is all of them, for one reason. */
const NAMED = 3;

/**
 * Closes all, each also where others could not be.
 *
 * @throws the error where it is one; one that names the first few and says how many, where there are more
 */
export async function closeAll(sessions: Iterable<Closable>): Promise<void> {
  const left = [...sessions].values();
  const failed: { name: string; error: unknown }[] = [];
  let count = 0;
  const closeOneByOne = async () => {
    for (const session of left) {
      count++;
      await session.close().catch((error) => failed.push({ name: session.name, error }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, closeOneByOne));
  if (failed.length === 1) throw failed[0]!.error;
  if (failed.length > 1) throw manyFailed(failed, count);
}

function manyFailed(failed: { name: string; error: unknown }[], count: number): SessionError {
  const { error: first } = failed[0]!;
  const each = failed.slice(0, NAMED).map(({ name, error }) => `${name}: ${messageOf(error)}`);
  const more = failed.length > NAMED ? [`And ${failed.length - NAMED} more.`] : [];
  return new SessionError(
    first instanceof SessionError ? first.code : 'IO',
    [`${failed.length} of ${count} sessions could not be closed.`, ...each, ...more].join(' '),
    { cause: first },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something that is no Error was thrown';
}
