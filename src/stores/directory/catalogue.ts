/** {@link Catalogue}: what is told of the sessions in a folder. No file is opened for writing. */

import { SessionError } from '../../errors.ts';
import { fits } from '../find.ts';
import { noNotes, withSaid } from '../notes.ts';
import type { SessionFilter, SessionInfo } from '../store.ts';
import { listFolder, otherCaseOf, realFileOf } from './folder.ts';
import { holderOf } from './held.ts';
import { readNotes } from './notes-file.ts';
import type { FoundUser, UserReader } from './read-user.ts';
import { type SkippedOptions, tellOdd, tellSkipped } from './skipped.ts';

/** After so many files a list lets others have a turn. */
const TURN = 32;

export class Catalogue {
  readonly #folder: string;
  readonly #reader: UserReader;
  readonly #skipped: SkippedOptions;

  constructor(folder: string, reader: UserReader, skipped: SkippedOptions) {
    this.#folder = folder;
    this.#reader = reader;
    this.#skipped = skipped;
  }

  /** What is known of a session, or null. @throws what is wrong with its file */
  async info(name: string): Promise<SessionInfo | null> {
    if (otherCaseOf(this.#folder, name) !== null) return null;
    const file = realFileOf(this.#folder, name);
    const found = await this.#reader.look(file);
    if (found === null) return null;
    const { read, savedAt } = found;
    if (read.error !== null) throw read.error;
    return infoOf(name, file, read, savedAt);
  }

  /** Those that fit, in the order of their names. Files that are no sessions are left out, and told of. */
  async *walk(filter: SessionFilter, after: string | null): AsyncGenerator<SessionInfo> {
    const { names, odd } = listFolder(this.#folder, after);
    if (after === null) for (const file of odd) tellOdd(this.#skipped, this.#folder, file);
    let count = 0;
    for (const name of names) {
      if (++count % TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      const info = await this.infoIfFits(name, filter);
      if (info !== null) yield info;
    }
  }

  /** What is known of a session, if it fits. Null also for a file that is no session; that is told of. */
  async infoIfFits(name: string, filter: SessionFilter): Promise<SessionInfo | null> {
    const file = realFileOf(this.#folder, name);
    try {
      if (!mayFit(file, name, filter)) return null;
      const found = await this.#reader.look(file);
      if (found === null) return null;
      const { read, savedAt, isNew } = found;
      if (read.error !== null) {
        if (isNew) tellSkipped(this.#skipped, file, read.error);
        return null;
      }
      if (!userMayFit(read.user, name, filter)) return null;
      const info = await infoOf(name, file, read, savedAt);
      return fits(info, filter) ? info : null;
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      tellSkipped(this.#skipped, file, error);
      return null;
    }
  }
}

async function infoOf(
  name: string,
  file: string,
  { user, said }: FoundUser,
  savedAt: Date,
): Promise<SessionInfo> {
  return {
    ...withSaid(readNotes(file), said),
    name,
    user: user && { id: user.id, dc: user.dc, bot: user.bot, username: user.username },
    savedAt,
    holder: await holderOf(file),
    takenOver: null,
  };
}

const NOBODY = { user: null, savedAt: null, holder: null, takenOver: null };

/** Whether a session fits a filter as far as its notes say, for which its file need not be opened. */
function mayFit(file: string, name: string, { label, tag, phone }: SessionFilter): boolean {
  if (label === undefined && tag === undefined && phone === undefined) return true;
  return fits({ ...readNotes(file), ...NOBODY, name }, given({ label, tag, phone }));
}

/** Whether it does as far as its user says, for which nothing else need be looked at. */
function userMayFit(user: SessionInfo['user'], name: string, filter: SessionFilter): boolean {
  const { userId, username, dc, bot } = filter;
  return fits({ ...noNotes(), ...NOBODY, user, name }, given({ userId, username, dc, bot }));
}

/** A filter without the fields that are not given. */
function given(filter: { [K in keyof SessionFilter]: SessionFilter[K] | undefined }): SessionFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
