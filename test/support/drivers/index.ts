/** The drivers, by the names of their clients. */

import type { Storage } from '../../../src/index.ts';
import type { DcPlace } from '../../../src/testing/dc/index.ts';
import type { ClientName, Driver, DriverOptions } from './driver.ts';
import { gramjsDriver } from './gramjs.ts';
import { mtcuteDriver } from './mtcute.ts';

export { abilities, type ClientName, type Driver } from './driver.ts';

export const clientNames: readonly ClientName[] = ['mtcute', 'telegram', 'teleproto'];

/** A real client on a storage of ours. It is not connected yet. */
export function drive(name: ClientName, storage: Storage, dc: DcPlace, options?: DriverOptions): Driver {
  return name === 'mtcute' ? mtcuteDriver(storage, dc, options) : gramjsDriver(name, storage, dc, options);
}
