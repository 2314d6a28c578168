/** The version of our own formats. It grows with every change, as a reader refuses what it does not know. */

import { SessionError } from '../../errors.ts';

export const VERSION = 1;

/** @throws SessionError `NEWER_VERSION`, `BAD_VERSION` if it is none that we know */
export function checkFileVersion(version: number): void {
  if (version === VERSION) return;
  const details = { field: 'version', found: String(version) };
  if (version > VERSION) {
    throw new SessionError(
      'NEWER_VERSION',
      `version is ${version}, newer than ${VERSION}, the newest one known: a newer tgsession wrote it, and can read it.`,
      details,
    );
  }
  throw new SessionError('BAD_VERSION', `version must be ${VERSION}, but is ${version}.`, details);
}
