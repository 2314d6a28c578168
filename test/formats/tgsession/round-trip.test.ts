/** Our own formats hold everything: any snapshot comes back exactly, and nothing is ever reported as lost. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  detect,
  formatTgsessionString,
  parseTgsessionString,
  read,
  write,
} from '../../../src/formats/index.ts';
import { anyAccount, anySnapshot, anyWildSnapshot } from '../../support/arbitrary.ts';
import { plainSnapshot } from '../../support/plain-snapshot.ts';

const accounts = fc.array(fc.oneof(anySnapshot, anyAccount, anyWildSnapshot), { minLength: 1, maxLength: 3 });

describe.each(['tgsession-json', 'tgsession-string'])('%s', (format) => {
  test('any accounts come back exactly, without a loss or a note', async () => {
    await fc.assert(
      fc.asyncProperty(accounts, async (snapshots) => {
        const { files, losses, notes } = await write(snapshots, format);
        expect([...losses, ...notes]).toEqual([]);
        const bytes = files.get('')!;
        const result = await read({ bytes });
        expect(result).toMatchObject({ format, version: 1 });
        expect(result.snapshots.map(plainSnapshot)).toStrictEqual(snapshots.map(plainSnapshot));
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
      expect(again.map(plainSnapshot)).toStrictEqual(snapshots.map(plainSnapshot));
    }),
    { numRuns: 200 },
  );
});
