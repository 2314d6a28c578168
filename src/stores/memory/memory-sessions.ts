/** {@link MemorySessions}: many sessions in memory. */

import { LeasedSessions, type LeasedSessionsOptions } from '../leased-sessions.ts';
import { MemoryBackend } from './memory-backend.ts';

/**
 * Many sessions in memory, with everything that a store in a database has: for tests, and to try things out. They are gone
 * with the object.
 */
export class MemorySessions extends LeasedSessions {
  /** @throws SessionError `INVALID_VALUE` */
  constructor(options: LeasedSessionsOptions = {}) {
    super(new MemoryBackend(), options);
  }
}
