/** Temporary folders of tests, and what stands in them. */

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tgsession-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Everything about the files of a folder that a reader could change: names, sizes, times, modes. */
export function stateOf(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { size, mtimeNs, ctimeNs, mode, ino } = statSync(join(folder, name), { bigint: true });
      return [name, size, mtimeNs, ctimeNs, mode, ino].join(' ');
    });
}
