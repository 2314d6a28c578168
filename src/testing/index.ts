/**
 * For authors of storages: the conformance suite, and synthetic sessions to test with. Runs on every runtime and
 * in every test runner.
 *
 * @module
 */

export {
  type ConformanceCase,
  type ConformanceOptions,
  type Place,
  storageConformance,
} from './conformance.ts';
export { SAMPLE_KEY_MARK, sampleKey, sampleSession } from './samples.ts';
export {
  type StoreConformanceOptions,
  type StorePlace,
  storeConformance,
} from './store-conformance.ts';
export { ConformanceError } from './verdict.ts';
