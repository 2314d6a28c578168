/** Sources with several accounts. */

import { SessionError } from '../errors.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Reads each account. One that is damaged does not fail the others, which say so in a note; if all are, the error of
 * the first is thrown.
 *
 * @param what what the note calls an account, such as `session in the folder`
 */
export async function readAccounts<T>(
  accounts: Iterable<T>,
  what: string,
  readOne: (account: T) => Snapshot | Promise<Snapshot>,
): Promise<Snapshot[]> {
  const snapshots: Snapshot[] = [];
  const failed: SessionError[] = [];
  for (const account of accounts) {
    try {
      snapshots.push(await readOne(account));
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      failed.push(error);
    }
  }
  const [first] = snapshots;
  if (first === undefined && failed.length > 0) throw failed[0]!;
  for (const { message } of failed) first?.notes.push(`Another ${what} cannot be read: ${message}`);
  return snapshots;
}
