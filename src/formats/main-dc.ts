/** The data centre an account lives on, for formats that hold just that one. */

import { SessionError } from '../errors.ts';
import type { DataCenter } from '../session.ts';
import { isTestServer, usualAddress } from './data-centers.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The account's own data centre: the one that the snapshot names, the user's, or the only one with a key.
 *
 * @throws SessionError `CANNOT_HOLD` if none of these says it, or its entry is missing
 */
export function mainDataCenter({ session, mainDc }: Pick<Snapshot, 'session' | 'mainDc'>): DataCenter {
  const id = mainDc ?? session.user?.dc ?? null;
  if (id !== null) {
    const dc = session.dcs.find((one) => one.id === id);
    if (dc !== undefined) return dc;
    throw new SessionError(
      'CANNOT_HOLD',
      `The account lives on data centre ${id}, but the session has no entry for that one.`,
      { field: 'session.dcs', found: `${session.dcs.length} others` },
    );
  }
  const withKey = session.dcs.filter((dc) => dc.auth !== null);
  const [only, second] = withKey.length > 0 ? withKey : session.dcs;
  if (only !== undefined && second === undefined) return only;
  throw new SessionError(
    'CANNOT_HOLD',
    only === undefined
      ? 'The session has no data centre, and so no key.'
      : 'The format must say which data centre is the account’s own, and the session has several without saying it.',
    { field: 'session.dcs', found: `${session.dcs.length} data centres` },
  );
}

/**
 * The data centre with an address: its own, or the usual one, with a note.
 *
 * @throws SessionError `CANNOT_HOLD` if it has none and none is known
 */
export function withAddress(dc: DataCenter, testMode: boolean | null, notes: string[]): DataCenter {
  if (dc.ipv4Addr !== null || dc.ipv6Addr !== null) return dc;
  const address = usualAddress(dc.id, testMode === true, 4);
  if (address === null) {
    throw new SessionError(
      'CANNOT_HOLD',
      `Data centre ${dc.id} has no address in the session, and none is known for it.`,
      { field: 'session.dcs' },
    );
  }
  notes.push(`Data centre ${dc.id} had no address: its usual one, ${address}, was written.`);
  return dc.with({ ipv4Addr: address });
}

/**
 * The data centre as it was read from a format that stores no address: with the usual ones, and a note. One without
 * a key is left alone, as nobody will connect to it.
 */
export function withUsualAddresses(dc: DataCenter, testMode: boolean | null, notes: string[]): DataCenter {
  if (dc.auth === null || dc.ipv4Addr !== null || dc.ipv6Addr !== null) return dc;
  const ipv4Addr = usualAddress(dc.id, testMode === true, 4);
  const ipv6Addr = usualAddress(dc.id, testMode === true, 6);
  notes.push(usualAddressNote(dc.id, testMode === true, ipv4Addr));
  return ipv4Addr === null && ipv6Addr === null ? dc : dc.with({ ipv4Addr, ipv6Addr });
}

/** What to say of a data centre that got its usual addresses, or for which none are known. */
export function usualAddressNote(id: number, test: boolean, address: string | null): string {
  const servers = test ? 'test servers' : 'production servers';
  return address === null
    ? `There is no address of data centre ${id}, and none is known for it on the ${servers}.`
    : `There is no address of data centre ${id}: its usual ones on the ${servers} were taken, ${address} over IPv4.`;
}

/**
 * Whether to write that a session belongs to the test servers, for formats that must say one or the other: as the
 * snapshot or the address says, or else that it does not, with a note.
 */
export function testModeToWrite(
  { testMode }: Pick<Snapshot, 'testMode'>,
  main: DataCenter,
  notes: string[],
): boolean {
  const known = testMode ?? isTestServer(main);
  if (known === null) {
    notes.push('Nothing says whether the session belongs to the test servers: taken for "no".');
  }
  return known ?? false;
}

/** Whether a session belongs to the test servers, judged by the address of its data centre; noted if it does. */
export function testModeOf(dc: DataCenter | undefined, notes: string[]): boolean | null {
  const test = dc === undefined ? null : isTestServer(dc);
  if (test === true) notes.push(`Data centre ${dc!.id} has an address of the test servers.`);
  return test;
}
