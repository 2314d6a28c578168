/** Temporary folders of tests, and what stands in them. */

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = emptyFolder();
  onTestFinished(folder.remove);
  return folder.path;
}

/** A new folder for a whole file of tests, and what removes it. */
export function emptyFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'tgsession-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
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
