/** What Telegram said of the session of a {@link SqliteSession}, in a further table of its file. */

import { checkObject } from '../check.ts';
import { SessionError } from '../errors.ts';
import type { AuthKeyStatus, StatusStore } from '../status.ts';
import type { InFile } from './sqlite-peers.ts';
import { checkStatus, readStatus, writeStatus } from './status-table.ts';

/** Each call is one transaction, and as durable as a save when it resolves. */
export class SqliteStatus implements StatusStore {
  readonly #inFile: InFile;

  constructor(inFile: InFile) {
    this.#inFile = inFile;
  }

  async put(status: AuthKeyStatus): Promise<void> {
    const copy = checkStatus('status', checkObject('status', '', status));
    await this.#inFile(async (file) => {
      const write = file.write((sql) => {
        writeStatus(sql, copy);
        return true;
      });
      if (!(await write)) {
        throw new SessionError('NOT_FOUND', 'There is no session yet that a status could be kept of.');
      }
    });
  }

  get(): Promise<AuthKeyStatus | null> {
    return this.#inFile((file) => file.look(readStatus, null));
  }
}
