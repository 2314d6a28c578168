/**
 * Which session files this process has open through SQLite.
 *
 * Why anybody must know: on POSIX systems closing any descriptor of a file drops every lock that the process has on
 * it (sqlite.org/howtocorrupt.html, 2.2). A file that is held here must therefore not be opened through node:fs.
 */

import { hostname } from 'node:os';
import { readHolder } from './holder.ts';
import { realPath } from './path.ts';

const held = new Map<string, number>();

/**
 * Notes that this process opens a session file, given by its real path. Returns what takes that back; calling that
 * again does nothing.
 */
export function markHeld(file: string): () => void {
  held.set(file, (held.get(file) ?? 0) + 1);
  let marked = true;
  return () => {
    if (!marked) return;
    marked = false;
    const left = (held.get(file) ?? 1) - 1;
    if (left === 0) held.delete(file);
    else held.set(file, left);
  };
}

/**
 * Whether this process has the file open. Worker threads have modules of their own, so the name that the hold
 * writes beside the file counts as well.
 */
export function isHeldHere(path: string): boolean {
  const file = realPath(path);
  if (held.has(file)) return true;
  const holder = readHolder(file);
  return holder !== null && holder.pid === process.pid && holder.host === hostname();
}
