/** What is asked of a worker and what it answers: plain values, as they pass between threads. */

import type { ReadOptions, WriteOptions } from '../../formats/index.ts';

/** What all conversions of a run have in common. */
export interface Settings {
  /** The format to write. */
  to: string;
  read: ReadOptions;
  write: WriteOptions;
  /** Whether targets that are there may be replaced. */
  force: boolean;
  dryRun: boolean;
}

/** One source to be converted. */
export interface Job {
  /** Path of the file, or of the folder that is a session. */
  source: string;
  /** Path of the target without its suffix; several accounts add their numbers. */
  stem: string;
}

/** What became of one target. */
export interface OutputResult {
  output: string;
  /** Number of the account in a source with several, if it went into a target of its own; otherwise null. */
  account: number | null;
  status: 'converted' | 'there' | 'failed';
  losses: { field: string; message: string }[];
  notes: string[];
  error: { code: string; message: string } | null;
}

/**
 * What became of a source: `converted` and `there` where that is so of a target and none failed, `failed` where one
 * did, `ignored` for what is no session.
 */
export interface Result {
  source: string;
  status: 'converted' | 'there' | 'failed' | 'ignored';
  format: string | null;
  version: number | null;
  outputs: OutputResult[];
  notes: string[];
  /** Why it failed, or was ignored. */
  error: { code: string; message: string } | null;
  /** Whether a target that was there already is older than the source. */
  older: boolean;
}

/** What a result is before anything is known: a failure. */
export function noResult(source: string): Result {
  const nothing = { format: null, version: null, outputs: [], notes: [], error: null };
  return { source, status: 'failed', ...nothing, older: false };
}
