/** What is written as an auth string of MTKruto is read again; what is not, was reported as lost. */

import { expect, test } from 'vitest';
import { anyUsualSnapshot } from '../../support/arbitrary.ts';
import { expectRoundTrips } from '../../support/through-format.ts';

test.each([3, 2, 1])('layout %i: any snapshot comes back, but for exactly what was lost', async (version) => {
  const options = { snapshots: anyUsualSnapshot, version };
  expect(await expectRoundTrips('mtkruto-string', 400, options)).toBeGreaterThan(50);
});
