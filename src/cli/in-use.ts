/** Whether a session that is read is in use meanwhile. */

import { holderText } from '../errors.ts';
import { sqlDriver } from '../sqlite/driver.ts';
import { isHeld } from '../sqlite/hold.ts';
import { readHolder } from '../sqlite/holder.ts';
import { realPath } from '../sqlite/path.ts';

/**
 * What to say of a session that somebody uses: what was read is what was saved last, and its copy is a second place
 * with the same key. Null if nobody is known to use it.
 */
export async function inUseNote(path: string): Promise<string | null> {
  const file = realPath(path);
  const holder = readHolder(file);
  if (holder === null || !(await isHeldNow(file))) return null;
  return `The source is in use by ${holderText(holder)}. This is what it saved last: stop it before the copy is used, or Telegram destroys the key.`;
}

async function isHeldNow(file: string): Promise<boolean> {
  try {
    return isHeld(await sqlDriver(), file);
  } catch {
    return true; // it cannot be tried, but a name is written beside it
  }
}
