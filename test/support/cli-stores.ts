/** The stores that the command line can be pointed at: a folder, and each database. */

import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openStore, type SessionStore } from '../../src/stores/index.ts';
import { temporaryFolder } from './folder.ts';
import { placeIn, STORE_PLACES } from './store-places.ts';

/** A store that nobody has yet. */
export interface CliStore {
  /** How it is named on the command line. */
  readonly argument: string;
  /** What it is called in answers: without parameters. */
  readonly shown: string;
  /** For this process to look at it. */
  readonly store: SessionStore;
}

/** A kind of store. */
export interface CliStoreKind {
  title: string;
  /** Whether a session is held by a lease, which can be taken by force. */
  hasLeases: boolean;
  /** Why its tests are skipped. */
  isMissing: boolean;
  make(): Promise<CliStore>;
}

async function made(argument: string): Promise<CliStore> {
  const store = await openStore(argument, { label: 'test' });
  onTestFinished(() => store.close());
  return { argument, shown: argument.replace(/\?.*$/, ''), store };
}

const databases = STORE_PLACES.filter(([, { kind }]) => kind !== 'ioredis');

export const CLI_STORES: readonly CliStoreKind[] = [
  {
    title: 'a folder',
    hasLeases: false,
    isMissing: false,
    make: () => made(join(temporaryFolder(), 'sessions')),
  },
  ...databases.map(([title, { kind, url, isMissing }]) => ({
    title,
    hasLeases: true,
    isMissing,
    make() {
      const place = new URL(url);
      place.searchParams.set(kind === 'pg' ? 'schema' : 'prefix', placeIn(kind, url));
      return made(place.href);
    },
  })),
];
