/** What a run that was killed left half-written: it holds keys, and nobody would look for it. */

import { readdirSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { mayBeAlive } from '../../sqlite/holder.ts';
import { removeUnfinished } from '../../sqlite/remove.ts';
import { TEMPORARY } from '../output-file.ts';

/**
 * Removes the unfinished targets of processes that are gone from a folder.
 *
 * @param stems the names of the targets that go there, without suffix: nothing else is touched
 * @returns how many were removed
 */
export function removeLeftovers(folder: string, stems: ReadonlySet<string>, suffix: string): number {
  let count = 0;
  for (const name of namesIn(folder)) {
    const [, target, pid] = TEMPORARY.exec(name) ?? [];
    if (target === undefined || !isTarget(target, stems, suffix) || isAtWork(Number(pid))) continue;
    removeTree(join(folder, name));
    count++;
  }
  return count;
}

function isTarget(name: string, stems: ReadonlySet<string>, suffix: string): boolean {
  if (!name.endsWith(suffix)) return false;
  const stem = name.slice(0, name.length - suffix.length);
  return stems.has(stem) || stems.has(stem.replace(/\.\d+$/, ''));
}

/** Whether a process other than this one, which has yet to begin, may still be writing. */
function isAtWork(pid: number): boolean {
  return pid !== process.pid && mayBeAlive({ pid, host: hostname(), since: new Date(), label: null });
}

/** Overwrites what has no other name: a target that was finished may share its content with the leftover. */
function removeTree(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    for (const name of namesIn(path)) removeTree(join(path, name));
    rmSync(path, { recursive: true, force: true });
  } else removeUnfinished(path);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not made yet
  }
}
