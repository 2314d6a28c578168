/** Snapshots of accounts as people have them: of the data centres 1 to 5, many with the usual addresses. */

import fc from 'fast-check';
import { usualAddress } from '../../src/formats/data-centers.ts';
import type { Snapshot } from '../../src/formats/index.ts';
import { Session } from '../../src/session.ts';
import { anySnapshot } from './arbitrary.ts';
import { testKey } from './sessions.ts';

/** Any account whose main data centre is one that all clients know; it has a key more often than not. */
export const anyUsualSnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    snapshot: anySnapshot,
    ids: fc.shuffledSubarray([1, 2, 3, 4, 5, 203], { minLength: 4 }),
    usual: fc.boolean(),
    key: fc.nat(9),
  })
  .map(({ snapshot, ids, usual, key }) => {
    const numbers = new Map(snapshot.session.dcs.map(({ id }, i) => [id, ids[i]!]));
    const mainDc = numbers.get(snapshot.mainDc!)!;
    const dcs = snapshot.session.dcs.map((dc) => {
      const id = numbers.get(dc.id)!;
      const address = (given: string | null, family: 4 | 6) =>
        usual && given !== null ? usualAddress(id, snapshot.testMode === true, family) : given;
      return {
        id,
        auth: id === mainDc && key > 0 ? testKey(key) : dc.auth,
        ipv4Addr: address(dc.ipv4Addr, 4),
        ipv6Addr: address(dc.ipv6Addr, 6),
      };
    });
    const { user } = snapshot.session;
    const session = new Session({ ...snapshot.session, dcs, user: user && { ...user, dc: mainDc } });
    // 0 is none, wherever there is a place for it.
    return { ...snapshot, session, mainDc, apiId: snapshot.apiId || null };
  });
