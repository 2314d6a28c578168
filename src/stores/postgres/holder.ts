/** Who holds a lease, as columns and as a value. */

import { SessionError } from '../../errors.ts';
import type { StoreHolder } from '../store.ts';
import type { SqlText } from './client.ts';
import { milliseconds, toDate, toOwnNumber } from './values.ts';

/** Columns of the row `s`, in the order of {@link toHolder}. */
export const HOLDER_COLUMNS: string = [
  's.holder_host',
  's.holder_pid::text',
  's.holder_label',
  milliseconds('s.held_since'),
  milliseconds('s.expires'),
].join(', ');

/** The holder in a row that has one. @throws SessionError `DAMAGED` */
export function toHolder([host, pid, label, since, expires]: readonly SqlText[]): StoreHolder {
  const [from, to] = [toDate(since, 'sessions.held_since'), toDate(expires, 'sessions.expires')];
  if (host == null || from === null || to === null) {
    throw new SessionError('DAMAGED', 'A row of the table sessions says only in part who holds it.', {
      field: 'sessions.holder_host',
    });
  }
  return {
    pid: toOwnNumber(pid, 'sessions.holder_pid'),
    host,
    label: label ?? null,
    since: from,
    expires: to,
  };
}
