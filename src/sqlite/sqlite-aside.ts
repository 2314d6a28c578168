/** Sessions that a {@link SqliteSession} keeps aside, in a further table of its file. */

import { type AsideEntry, type AsideStore, checkReason } from '../aside.ts';
import { checkObject } from '../check.ts';
import { Session } from '../session.ts';
import { type AsideRow, deleteAside, readAside, writeAside } from './aside-table.ts';
import type { SessionFile } from './session-file.ts';
import type { InFile } from './sqlite-peers.ts';

/** Each call is one transaction, and as durable as a save when it resolves. */
export class SqliteAside implements AsideStore {
  readonly #inFile: InFile;

  constructor(inFile: InFile) {
    this.#inFile = inFile;
  }

  async put(session: Session, reason: string): Promise<AsideEntry> {
    const copy = new Session(checkObject('Session', '', session));
    checkReason(reason);
    return this.#inFile(async (file) => {
      let entry: AsideEntry | null = null;
      const write = () =>
        file.write((sql) => {
          entry = writeAside(sql, copy, reason, new Date());
          return true;
        });
      if (!(await write())) {
        // There is no file yet, and so no session in use.
        await file.save(new Session());
        await write();
      }
      return entry!;
    });
  }

  async list(): Promise<AsideEntry[]> {
    return (await this.#inFile(readAll)).map(({ entry }) => entry);
  }

  async get(id: string): Promise<Session | null> {
    return (await this.#inFile(readAll)).find(({ entry }) => entry.id === id)?.session ?? null;
  }

  /** The bytes are overwritten in the file. */
  forget(id: string): Promise<void> {
    return this.#inFile(async (file) => {
      await file.write((sql) => deleteAside(sql, id));
    });
  }
}

function readAll(file: SessionFile): Promise<AsideRow[]> {
  return file.look(readAside, []);
}
