/** {@link FolderNotes}: what is noted of the sessions in a folder, and how it is changed. */

import { sqlDriver } from '../../sqlite/driver.ts';
import { type Notes, withSaid } from '../notes.ts';
import { notThere } from '../refusals.ts';
import { otherCaseOf, realFileOf } from './folder.ts';
import { hasNotes, readNotes, removeNotes, withNotesLock, writeNotes } from './notes-file.ts';
import type { UserReader } from './read-user.ts';

export class FolderNotes {
  readonly #folder: string;
  readonly #reader: UserReader;

  constructor(folder: string, reader: UserReader) {
    this.#folder = folder;
    this.#reader = reader;
  }

  /** What is noted, and what Telegram said since; null if there is no session. */
  async now(name: string): Promise<Notes | null> {
    const file = realFileOf(this.#folder, name);
    const found = await this.#reader.look(file);
    return found && withSaid(readNotes(file), found.read.error === null ? found.read.said : null);
  }

  /** Changes the notes of a session. @param where it in words @throws SessionError `NOT_FOUND`, `LOCKED`, `IO` */
  async change(name: string, where: string, change: (notes: Notes) => Notes): Promise<void> {
    const file = realFileOf(this.#folder, name);
    const notesNow = async () => {
      const notes = otherCaseOf(this.#folder, name) === null ? await this.now(name) : null;
      return notes ?? Promise.reject(notThere(where));
    };
    // Before the lock, so that none is made beside nothing.
    await notesNow();
    await withNotesLock(await sqlDriver(), file, async () => writeNotes(file, change(await notesNow())));
  }

  /** Removes what is noted of the session that had this name before. @throws SessionError `LOCKED`, `IO` */
  async forget(name: string): Promise<void> {
    const file = realFileOf(this.#folder, name);
    if (!hasNotes(file)) return;
    await withNotesLock(await sqlDriver(), file, () => removeNotes(file));
  }
}
