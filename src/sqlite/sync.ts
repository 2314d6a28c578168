/** Making what was written durable. */

import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Syncs a file. Only for files on which this process has no lock: closing a file drops them. */
export function syncFile(path: string): void {
  sync(path, 'r+');
}

/** Syncs the names in a folder, where the system can (Windows cannot open folders). */
export function syncFolder(path: string): void {
  if (process.platform !== 'win32') sync(path, 'r');
}

function sync(path: string, flags: string): void {
  const fd = openSync(path, flags);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
