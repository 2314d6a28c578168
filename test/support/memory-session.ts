/** A session in memory that keeps others aside, as durable storages do. */

import { MemoryAside } from '../../src/aside.ts';
import { MemorySession as Memory } from '../../src/index.ts';

export class MemorySession extends Memory {
  readonly aside = new MemoryAside();
}
