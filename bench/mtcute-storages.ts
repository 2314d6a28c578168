/** The storages that the same real client of mtcute is measured on: ours, and its own. */

import type { BaseSqliteStorage } from '@mtcute/core';
import { MemoryStorage } from '@mtcute/node';
import { mtcuteStorage } from '../src/clients/mtcute.ts';
import { MemorySession } from '../src/memory.ts';
import { SqliteSession } from '../src/sqlite/index.ts';
import { mtcuteSqlite } from '../test/support/mtcute-sqlite.ts';

/** A storage for the client, new at a path each time. */
export interface Candidate {
  readonly name: string;
  readonly isFile: boolean;
  open(path: string): ReturnType<typeof mtcuteStorage> | MemoryStorage | BaseSqliteStorage;
}

export const candidates: readonly Candidate[] = [
  {
    name: 'ours, SqliteSession',
    isFile: true,
    open: (path) => mtcuteStorage(new SqliteSession(path)),
  },
  {
    name: "mtcute's SQLite, durable (WAL, FULL)",
    isFile: true,
    open: (path) => mtcuteSqlite(path, 'FULL'),
  },
  {
    name: "mtcute's SQLite as it is (WAL, NORMAL)",
    isFile: true,
    open: (path) => mtcuteSqlite(path, 'NORMAL'),
  },
  { name: 'ours, MemorySession', isFile: false, open: () => mtcuteStorage(new MemorySession()) },
  { name: "mtcute's MemoryStorage", isFile: false, open: () => new MemoryStorage() },
];
