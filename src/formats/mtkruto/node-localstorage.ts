/** The store of MTKruto in Node: a folder of node-localstorage (formats/mtkruto.md, section 3). */

import { SessionError } from '../../errors.ts';
import { readAccounts } from '../accounts.ts';
import type { Codec, Detection } from '../codec.ts';
import { filesByKey, itemTexts } from '../node-localstorage.ts';
import type { Snapshot } from '../snapshot.ts';
import { accountsOf, sessionsIn } from './store-items.ts';
import { snapshotIn } from './store-read.ts';

const NAME = 'mtkruto-node-localstorage';

/** Folders of MTKruto. */
export const mtkrutoNodeLocalstorage: Codec = {
  name: NAME,
  title: 'MTKruto in Node, StorageLocalStorage (a folder)',
  text: false,
  input: 'folder',
  writes: [],
  carries: 'the key of one data centre, the user, update state, test mode, the api id, peers',

  async detect(input): Promise<Detection | null> {
    const files = filesByKey(input);
    const sessions = sessionsIn(files.keys());
    if (sessions.length === 0) return null;
    return {
      format: NAME,
      version: null,
      reason: 'It is a folder with a file for each item of a store of MTKruto, auth among them.',
      files: sessions.flatMap(({ items }) => [...items.values()].map((key) => files.get(key)!)),
    };
  },

  async read(input): Promise<Snapshot[]> {
    const files = filesByKey(input);
    const sessions = sessionsIn(files.keys());
    if (sessions.length === 0) {
      throw new SessionError('UNKNOWN_FORMAT', `${input.label} is no folder of MTKruto.`, { field: 'auth' });
    }
    const toFiles = (items: ReadonlyMap<string, string>) =>
      new Map([...items].map(([item, key]) => [item, files.get(key)!]));
    return readAccounts(
      accountsOf(sessions, input.label),
      'session in the folder',
      async ({ session, account }) => {
        const [texts, keys] = [
          await itemTexts(input, toFiles(session.items)),
          await itemTexts(input, toFiles(session.otherKeys)),
        ];
        return snapshotIn(NAME, session.prefix, texts, keys, account);
      },
    );
  },
};
