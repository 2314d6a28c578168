/** What `npm start` runs. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

test('the story of npm start holds, and prints no key and no session string', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['examples/story.mjs'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.match(/^\d\. /gm)).toHaveLength(5);
  expect(stdout).toMatch(/\nAll of it holds\.\n$/);
  // Ids of keys have 16 digits; a key in any notation is longer.
  expect(stdout).not.toMatch(/[0-9a-f]{17}|[\w+/=-]{40}/i);
});
