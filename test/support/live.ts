/** The real libraries, where they are installed: as dependencies of ours, or in a folder named by LIVE_PEERS. */

import { createRequire } from 'node:module';
import { join } from 'node:path';

const bases = [
  import.meta.url,
  ...(process.env.LIVE_PEERS ?? '')
    .split(':')
    .filter(Boolean)
    .map((at) => join(at, 'x.js')),
];

/** Where a module of a library is, or null; then it is said which tests are skipped. */
export function locate(module: string): string | null {
  for (const base of bases) {
    try {
      return createRequire(base).resolve(module);
    } catch {
      // Not here.
    }
  }
  console.warn(
    `The tests against ${module} are skipped: it is not installed (npm install --save-dev, or LIVE_PEERS).`,
  );
  return null;
}
