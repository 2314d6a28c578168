/** What is written as an auth string of MTKruto is read again; what is not, was reported as lost. */

import { expect, test } from 'vitest';
import { expectRoundTrips } from '../../support/through-format.ts';
import { anyUsualSnapshot } from '../../support/web-snapshots.ts';

test.each([3, 2, 1])('layout %i: any snapshot comes back, but for exactly what was lost', async (version) => {
  const options = { snapshots: anyUsualSnapshot, version, fillsAddresses: true };
  expect(await expectRoundTrips('mtkruto-string', 400, -1, options)).toBeGreaterThan(50);
});
