/** Files in a folder of sessions that are none that can be used: lists and claims leave them out, and say so. */

import { resolve } from 'node:path';
import { SessionError } from '../../errors.ts';
import type { SqliteSessionOptions } from '../../sqlite/index.ts';

/** A file in the folder that ends in `.session`, but is no session that can be used. */
export interface SkippedFile {
  /** Its absolute path. */
  path: string;
  /** What is wrong with it. */
  error: SessionError;
}

/** Who hears of such files. */
export interface SkippedOptions extends Pick<SqliteSessionOptions, 'logger'> {
  /**
   * Hears of each file that `list`, `find` and `claim` leave out, again when it changed. Without it `logger` hears a
   * warning.
   */
  onSkipped?(skipped: SkippedFile): void;
}

/** Tells of a file that was left out. */
export function tellSkipped({ onSkipped, logger }: SkippedOptions, path: string, error: SessionError): void {
  if (onSkipped !== undefined) onSkipped({ path, error });
  else logger?.warn(`${path} was left out (${error.code}): ${error.message}`);
}

/** Tells of a file that ends like a session's, but whose name can be that of none. */
export function tellOdd(options: SkippedOptions, folder: string, file: string): void {
  const message = `${file} is not the name of a session, so it was left out. Rename the file to use it.`;
  tellSkipped(options, resolve(folder, file), new SessionError('INVALID_VALUE', message));
}
