/**
 * The localStorage of a browser in which GramJS keeps a StoreSession (formats/gramjs.md, section 2). Items of other
 * programs are not looked at.
 */

import { SessionError } from '../../errors.ts';
import type { Codec, Detection } from '../codec.ts';
import { dumpIn, dumpOrNull, itemTextsIn } from '../local-storage-dump.ts';
import type { Snapshot } from '../snapshot.ts';
import { sessionsIn, snapshotIn } from './store-items.ts';

const NAME = 'gramjs-localstorage-dump';

/** Dumps of GramJS in a browser. */
export const gramjsLocalstorageDump: Codec = {
  name: NAME,
  title: 'GramJS in a browser, its localStorage as JSON',
  text: false,
  writes: [],
  carries: 'the key of one data centre, its address if it is no host name, peers',

  async detect(input): Promise<Detection | null> {
    const dump = await dumpOrNull(input);
    if (dump === null || sessionsIn(dump.keys()).size === 0) return null;
    return {
      format: NAME,
      version: null,
      reason: 'It is a JSON object with the keys of a StoreSession: dcId, authKey and others.',
    };
  },

  async read(input): Promise<Snapshot[]> {
    const dump = await dumpIn(input);
    const sessions = sessionsIn(dump.keys());
    if (sessions.size === 0) {
      throw new SessionError('UNKNOWN_FORMAT', `${input.label} has no keys of a StoreSession.`, {
        field: 'dcId',
      });
    }
    return [...sessions].map(([prefix, items]) => snapshotIn(NAME, prefix, itemTextsIn(dump, items)));
  },
};
