/** Our own formats hold everything: any snapshot comes back exactly, and nothing is ever reported as lost. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  detect,
  formatTgsessionString,
  parseTgsessionString,
  read,
  type Snapshot,
  write,
} from '../../../src/formats/index.ts';
import type { DataCenter } from '../../../src/session.ts';
import { anyAccount, anySnapshot, anyWildSnapshot } from '../../support/arbitrary.ts';
import { sha256 } from '../../support/sha256.ts';

const accounts = fc.array(fc.oneof(anySnapshot, anyAccount, anyWildSnapshot), { minLength: 1, maxLength: 3 });

const plainDc = ({ id, ipv4Addr, ipv6Addr, auth }: DataCenter) => ({
  id,
  ipv4Addr,
  ipv6Addr,
  auth: auth && sha256(auth),
});

/** All of a snapshot as plain values, whatever fields it has. */
function plainOf(snapshot: Snapshot) {
  const { session, keysToDestroy, peers, ...fields } = snapshot;
  const { user, state } = session;
  return structuredClone({
    ...fields,
    dcs: session.dcs.map(plainDc),
    user: user && { ...user },
    state: state && { ...state, channels: state.channels.map((channel) => ({ ...channel })) },
    keysToDestroy: keysToDestroy.map(plainDc),
    peers: [...peers],
    peerCount: peers.length,
  });
}

describe.each(['tgsession-json', 'tgsession-string'])('%s', (format) => {
  test('any accounts come back exactly, without a loss or a note', async () => {
    await fc.assert(
      fc.asyncProperty(accounts, async (snapshots) => {
        const { files, losses, notes } = await write(snapshots, format);
        expect([...losses, ...notes]).toEqual([]);
        const bytes = files.get('')!;
        const result = await read({ bytes });
        expect(result).toMatchObject({ format, version: 1 });
        expect(result.snapshots.map(plainOf)).toStrictEqual(snapshots.map(plainOf));
        // And again, from what was read: peers can be gone through any number of times.
        const again = await write(result.snapshots, format);
        expect(Buffer.from(again.files.get('')!).equals(bytes)).toBe(true);
        expect((await detect({ bytes })).map((one) => one.format)).toEqual([format]);
      }),
      { numRuns: 500 },
    );
  });
});

test('both hold the same: through one and then the other', async () => {
  await fc.assert(
    fc.asyncProperty(accounts, async (snapshots) => {
      const { files } = await write(parseTgsessionString(formatTgsessionString(snapshots)), 'tgsession-json');
      const { snapshots: again } = await read({ bytes: files.get('')! });
      expect(again.map(plainOf)).toStrictEqual(snapshots.map(plainOf));
    }),
    { numRuns: 200 },
  );
});
