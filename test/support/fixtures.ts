/** Where the files written by the real libraries stand. */

import { join } from 'node:path';

/** Telethon's. */
export const FIXTURES = join(import.meta.dirname, '../fixtures/telethon');
