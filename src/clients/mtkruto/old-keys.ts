/** The keys of MTKruto before 0.70, which had one for each part of a login. */

import { SessionError } from '../../errors.ts';
import type { Part } from './routed-store.ts';

/**
 * They are refused: those versions never close a storage, and write the data centre and its key one after the other, now the
 * one first, now the other, so that nobody can tell which key belongs where.
 */
export const oldKeys: ReadonlyMap<string, Part> = new Map(
  ['auth.dc', 'auth.key', 'auth.accountId', 'auth.accountType', 'connection.apiId'].map((name) => [
    name,
    {
      has: (key) => key.length === 1,
      get: () => refuseOld(name),
      set: () => refuseOld(name),
      keys: () => [],
    },
  ]),
);

function refuseOld(name: string): never {
  throw new SessionError(
    'UNSUPPORTED',
    `MTKruto before 0.70 asks for ${name}: its sessions are kept by 0.70 and later only. Update it, or give it an auth string (mtkruto-string).`,
    { field: name },
  );
}
