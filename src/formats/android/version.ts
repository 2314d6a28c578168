/** The versions that Telegram for Android puts in front of what it stores (formats/android.md, section 2). */

import { SessionError } from '../../errors.ts';
import type { ByteReader } from '../bytes.ts';

/**
 * Reads a version, which must be one that is known.
 *
 * @throws SessionError `BAD_VERSION` below the oldest, `NEWER_VERSION` above the newest
 */
export function readVersion(reader: ByteReader, name: string, oldest: number, newest: number): number {
  const version = reader.i32le(name);
  if (version >= oldest && version <= newest) return version;
  const field = `${reader.place}.${name}`;
  const isNewer = version > newest;
  throw new SessionError(
    isNewer ? 'NEWER_VERSION' : 'BAD_VERSION',
    isNewer
      ? `${field} is ${version}, newer than ${newest}, the newest one known.`
      : `${field} must be from ${oldest} to ${newest}, but is ${version}.`,
    { field, found: String(version) },
  );
}
