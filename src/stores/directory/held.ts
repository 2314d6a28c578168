/** Who holds a session file, for those who only look. */

import { sqlDriver } from '../../sqlite/driver.ts';
import { isHeld } from '../../sqlite/hold.ts';
import { mayBeAlive, readHolder } from '../../sqlite/holder.ts';
import type { StoreHolder } from '../store.ts';

/** The holder of a session; null if nobody has it. @param file its real path */
export async function holderOf(file: string): Promise<StoreHolder | null> {
  const holder = readHolder(file);
  // A name alone may be what a crash left.
  if (holder === null || !mayBeAlive(holder) || !(await isHeldNow(file))) return null;
  return { ...holder, expires: null };
}

/** Whether a session is held. Nothing is written, and a hold is refused to nobody. */
export async function isHeldNow(file: string): Promise<boolean> {
  try {
    return isHeld(await sqlDriver(), file);
  } catch {
    return true; // it cannot be tried, but a name is written beside it
  }
}
