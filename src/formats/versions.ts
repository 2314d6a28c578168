/** Which version of a format to write. */

import { SessionError } from '../errors.ts';
import type { Codec, WriteOptions } from './codec.ts';

/**
 * The version asked for, or the default.
 *
 * @throws SessionError `UNSUPPORTED`
 */
export function checkVersion({ name, writes }: Codec, { version }: WriteOptions): number | null {
  if (version === undefined) return writes[0] ?? null;
  if (writes.includes(version)) return version;
  const known = writes.filter((one) => one !== null).join(', ');
  throw new SessionError(
    'UNSUPPORTED',
    `${name} cannot be written in version ${version}${known === '' ? '' : `, only in ${known}`}.`,
    { field: 'version', found: String(version) },
  );
}
