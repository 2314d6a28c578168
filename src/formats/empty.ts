/** Files with nothing in them yet: zero bytes, or an SQLite database without tables. */

import { SessionError } from '../errors.ts';
import { Session } from '../session.ts';
import type { Codec, Detection, FormatInput } from './codec.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';
import { databaseKind } from './sqlite-input.ts';

const NAME = 'empty';

async function reasonOf(input: FormatInput): Promise<string | null> {
  if ((await input.head()).length === 0) return 'It has no bytes, as a session file that was never saved to.';
  if ((await databaseKind(input)) === 'empty') return 'It is an SQLite database without tables.';
  return null;
}

/** What every Telethon turns into a new session. */
export const empty: Codec = {
  name: NAME,
  title: 'An empty file: a session that is yet to be',
  text: false,
  writes: [],
  carries: 'nothing',

  async detect(input): Promise<Detection | null> {
    const reason = await reasonOf(input);
    return reason === null ? null : { format: NAME, version: null, reason };
  },

  async read(input): Promise<Snapshot[]> {
    if ((await reasonOf(input)) === null) {
      throw new SessionError('UNKNOWN_FORMAT', `${input.label} is not empty.`);
    }
    return [snapshotOf(new Session(), { origin: { format: NAME, version: null } })];
  },
};
