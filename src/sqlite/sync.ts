/** Making what was written durable. */

import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';

/** Syncs a file. Only for files on which this process has no lock: closing a file drops them. */
export function syncFile(path: string): void {
  sync(path, 'r+');
}

/** Syncs the names in a folder, where the system can (Windows cannot open folders). */
export function syncFolder(path: string): void {
  if (process.platform !== 'win32') sync(path, 'r');
}

/** Writes a new file for its owner alone, and syncs it. @throws the system's error; EEXIST if the name is taken */
export function writeNewFile(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function sync(path: string, flags: string): void {
  const fd = openSync(path, flags);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
