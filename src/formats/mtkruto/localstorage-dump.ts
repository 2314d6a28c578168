/**
 * The localStorage of a browser in which MTKruto keeps a session (formats/mtkruto.md, section 3). Items of other
 * programs are not looked at.
 */

import { SessionError } from '../../errors.ts';
import { readAccounts } from '../accounts.ts';
import type { Codec, Detection } from '../codec.ts';
import { dumpIn, dumpOrNull, itemTextsIn } from '../local-storage-dump.ts';
import type { Snapshot } from '../snapshot.ts';
import { accountsOf, sessionsIn } from './store-items.ts';
import { snapshotIn } from './store-read.ts';

const NAME = 'mtkruto-localstorage-dump';

/** Dumps of MTKruto in a browser. */
export const mtkrutoLocalstorageDump: Codec = {
  name: NAME,
  title: 'MTKruto in a browser, its localStorage as JSON',
  text: false,
  writes: [],
  carries: 'the key of one data centre, the user, update state, test mode, the api id, peers',

  async detect(input): Promise<Detection | null> {
    const dump = await dumpOrNull(input);
    if (dump === null || sessionsIn(dump.keys()).length === 0) return null;
    return {
      format: NAME,
      version: null,
      reason: 'It is a JSON object with the items of a store of MTKruto, auth among them.',
    };
  },

  async read(input): Promise<Snapshot[]> {
    const dump = await dumpIn(input);
    const sessions = sessionsIn(dump.keys());
    if (sessions.length === 0) {
      throw new SessionError('UNKNOWN_FORMAT', `${input.label} has no items of MTKruto.`, { field: 'auth' });
    }
    return readAccounts(accountsOf(sessions, input.label), 'session in it', ({ session, account }) =>
      snapshotIn(
        NAME,
        session.prefix,
        itemTextsIn(dump, session.items),
        itemTextsIn(dump, session.otherKeys),
        account,
      ),
    );
  },
};
