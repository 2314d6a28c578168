/** What MTKruto expects to find again after a restart, and does not. */

import { SessionError } from '../../errors.ts';
import type { MtkrutoKey } from './interface.ts';

/** By the first part of the key; all else that is in memory alone are caches. */
const MEANINGS = new Map([
  ['secretChats', 'Secret chats'],
  ['updates.updates', 'Updates that wait to be handled (guaranteeUpdateDelivery)'],
]);

/** Says once of each that it is in memory only. */
export function memoryOnlyNotice(onError: (error: unknown) => void): (key: MtkrutoKey) => void {
  const told = new Set<unknown>();
  return ([name]) => {
    const meaning = MEANINGS.get(name as string);
    if (meaning === undefined || told.has(name)) return;
    told.add(name);
    const message = `${meaning} have no place in a session: they are in memory only, and gone with this process.`;
    onError(new SessionError('CANNOT_HOLD', message, { field: String(name) }));
  };
}
