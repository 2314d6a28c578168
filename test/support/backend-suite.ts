/** What every `Backend` has to do, each test on an empty place of its own. The test files of the databases run it. */

import { describe, expect, test } from 'vitest';
import type { Backend } from '../../src/stores/backend.ts';
import { asideTests } from './backend-suite-aside.ts';
import { leaseTests } from './backend-suite-leases.ts';
import { listTests } from './backend-suite-lists.ts';
import { peerTests } from './backend-suite-peers.ts';
import { sessionTests } from './backend-suite-sessions.ts';

/** An empty place in a real database. */
export interface BackendPlace {
  /** A further backend on this place, as another process would have it. The suite calls its `prepare` and `close`. */
  open(): Backend | Promise<Backend>;
  /** Removes all that is there. */
  remove(): Promise<void>;
}

/** Runs `test` on an empty place. `open` gives a further backend there, ready for use. */
export type OnPlace = (
  name: string,
  body: (backend: Backend, open: () => Promise<Backend>) => Promise<void>,
) => void;

/**
 * Describes all that a backend promises.
 *
 * @param makePlace makes an empty place
 * @param isSkipped no server is there: the tests are skipped
 * @param hears whether the connection can listen; if not, `onRelease` has to say so
 */
export function backendSuite(makePlace: () => Promise<BackendPlace>, isSkipped = false, hears = true): void {
  const onPlace: OnPlace = (name, body) => {
    test.skipIf(isSkipped)(name, async () => {
      const place = await makePlace();
      const opened: Backend[] = [];
      const open = async () => {
        const backend = await place.open();
        opened.push(backend);
        await backend.prepare();
        return backend;
      };
      try {
        await body(await open(), open);
      } finally {
        for (const backend of opened) await backend.close();
        await place.remove();
      }
    });
  };

  onPlace('it can be prepared by many at once, and again', async (backend, open) => {
    await Promise.all(Array.from({ length: 5 }, () => open()));
    await backend.prepare();
    expect(await backend.info('a')).toBeNull();
  });
  onPlace('it says where it is, without a password', async (backend) => {
    expect(backend.what).toMatch(/^\w/);
    expect(backend.what).not.toMatch(/\/\/|password/);
  });
  describe('leases', () => leaseTests(onPlace, hears));
  describe('sessions', () => sessionTests(onPlace));
  describe('lists', () => listTests(onPlace));
  describe('peers', () => peerTests(onPlace));
  describe('aside', () => asideTests(onPlace));
}
