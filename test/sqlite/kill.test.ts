import { expect, test } from 'vitest';
import { killRounds } from '../support/kill-rounds.ts';

test('kill -9 at random moments, 200 times: no acknowledged save is lost, no session is mixed', async () => {
  const result = await killRounds(200);
  expect(result.failures).toEqual([]);
  expect(result.kills).toBe(200);
  expect(result.acknowledged).toBeGreaterThan(400);
  expect(result.interrupted).toBeGreaterThan(20);
});
