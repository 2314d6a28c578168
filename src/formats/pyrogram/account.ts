/** What all formats of Pyrogram's family need to know of an account before they can be written. */

import { checkInteger } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import type { DataCenter } from '../../session.ts';
import { isTestServer, usualAddress } from '../data-centers.ts';
import type { Snapshot } from '../snapshot.ts';

/** Largest application id: strings have 32 bits for it. */
export const MAX_API_ID = 2 ** 32 - 1;

/** The account as Pyrogram has it. */
export interface PyrogramAccount {
  testMode: boolean;
  /** Null where it is not known. */
  apiId: number | null;
}

/**
 * Whether an account is of the test servers, and its application id.
 *
 * @throws SessionError `INVALID_VALUE`
 */
export function pyrogramAccount(
  { testMode, apiId }: Snapshot,
  main: DataCenter,
  notes: string[],
): PyrogramAccount {
  const known = testMode ?? isTestServer(main);
  if (known === null && main.auth !== null) {
    notes.push('Nothing says whether the account is of the test servers: production was written.');
  }
  const id = apiId === null ? 0 : checkInteger('snapshot', 'apiId', apiId, 0, MAX_API_ID);
  return { testMode: known ?? false, apiId: id === 0 ? null : id };
}

/**
 * Refuses a data centre that Pyrogram has no address of: where the file stores none, it fails to connect.
 *
 * @throws SessionError `CANNOT_HOLD`
 */
export function checkKnownDataCenter({ id }: DataCenter, testMode: boolean): void {
  if (usualAddress(id, testMode, 4) !== null) return;
  const servers = testMode ? 'test servers' : 'production servers';
  throw new SessionError(
    'CANNOT_HOLD',
    `The format stores no address, and Pyrogram knows none of data centre ${id} on the ${servers}.`,
    { field: 'session.dcs' },
  );
}
