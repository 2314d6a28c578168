/** The drivers, by the names of their clients. */

import type { Storage } from '../../../src/index.ts';
import type { DcPlace } from '../../../src/testing/dc/index.ts';
import type { ClientName, Driver, DriverOptions } from './driver.ts';

export { abilities, type ClientName, type Driver } from './driver.ts';

export const clientNames: readonly ClientName[] = ['mtcute', 'telegram', 'teleproto'];

/** A real client on a storage of ours. It is not connected yet. The other clients are not loaded. */
export async function drive(
  name: ClientName,
  storage: Storage,
  dc: DcPlace,
  options?: DriverOptions,
): Promise<Driver> {
  if (name === 'mtcute') return (await import('./mtcute.ts')).mtcuteDriver(storage, dc, options);
  return (await import('./gramjs.ts')).gramjsDriver(name, storage, dc, options);
}
