/** What a session file of ours keeps beside the session, as a snapshot has it in `extra`. */

import type { Snapshot } from '../formats/index.ts';
import type { AuthKeyStatus } from '../status.ts';

/** No other format has it; what is called the same there may be anything. */
const FILE = 'telethon-v2-sqlite';

/** A session kept aside, with its time as text. */
export interface AsideView {
  id: string;
  reason: string;
  since: string;
  keyId: string | null;
  userId: number | null;
}

/** A status, with its time as text. */
export type StatusView = Omit<AuthKeyStatus, 'at'> & { at: string };

/** The sessions kept aside, the oldest first. */
export function keptAside({ origin, extra }: Snapshot): AsideView[] {
  return origin.format === FILE ? ((extra.aside ?? []) as unknown as AsideView[]) : [];
}

/** What Telegram said of the key when it was asked last, or null. */
export function lastStatus({ origin, extra }: Snapshot): StatusView | null {
  return origin.format === FILE ? ((extra.status ?? null) as unknown as StatusView | null) : null;
}
