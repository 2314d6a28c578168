/** Keys as a Buffer of Node writes itself in JSON: `{"type":"Buffer","data":[256 numbers]}`. */

import { checkAuthKey } from '../auth-key.ts';
import { refuse } from '../check.ts';
import type { BigJson } from './big-json.ts';

/** A key, or null for none. @throws SessionError `INVALID_VALUE` */
export function keyInBufferJson(at: string, value: BigJson | undefined): Uint8Array | null {
  if (value === undefined || value === null) return null;
  const data = typeof value === 'object' && !Array.isArray(value) ? value.data : undefined;
  const isBytes =
    Array.isArray(data) &&
    data.every((byte) => typeof byte === 'number' && Number.isInteger(byte) && byte >= 0 && byte <= 255);
  if (!isBytes) return refuse(at, '', 'the bytes of an auth key as a list in "data"', value);
  const bytes = Uint8Array.from(data as number[]);
  const key = checkAuthKey(at, '', bytes);
  bytes.fill(0);
  return key;
}
