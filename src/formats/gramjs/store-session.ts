/** The StoreSession of GramJS and teleproto: a folder of node-localstorage (formats/gramjs.md, section 2). */

import { SessionError } from '../../errors.ts';
import { readAccounts } from '../accounts.ts';
import type { Codec, Detection, FormatInput, Written } from '../codec.ts';
import { lossesOf } from '../loss.ts';
import { mainDataCenter, withAddress } from '../main-dc.ts';
import { fileNameOf, filesByKey, itemTexts } from '../node-localstorage.ts';
import { onlySnapshot } from '../one.ts';
import type { Snapshot } from '../snapshot.ts';
import { type Items, sessionsIn, snapshotIn } from './store-items.ts';
import { checkSessionName, gramjsStoreItems } from './store-write.ts';

const NAME = 'gramjs-store-session';
/** The sessions in a folder; their items have names of files for values. */
function sessionsOf(input: FormatInput): Map<string, Items> {
  const files = filesByKey(input);
  const sessions = sessionsIn(files.keys());
  for (const items of sessions.values()) {
    for (const [item, key] of items) items.set(item, files.get(key)!);
  }
  return sessions;
}

/** Folders of GramJS and teleproto. */
export const gramjsStoreSession: Codec = {
  name: NAME,
  title: 'GramJS and teleproto, StoreSession',
  text: false,
  input: 'folder',
  output: 'folder',
  writes: [null],
  carries: 'the address of one data centre, all keys and the test mode (teleproto), peers',

  async detect(input): Promise<Detection | null> {
    const sessions = sessionsOf(input);
    if (sessions.size === 0) return null;
    const files = [...sessions.values()].flatMap((items) => [...items.values()]);
    return {
      format: NAME,
      version: null,
      reason: 'It is a folder with a file for each item of a StoreSession: dcId, authKey and others.',
      files,
    };
  },

  async read(input): Promise<Snapshot[]> {
    const sessions = sessionsOf(input);
    if (sessions.size === 0) {
      throw new SessionError('UNKNOWN_FORMAT', `${input.label} is no folder of a StoreSession.`, {
        field: 'dcId',
      });
    }
    return readAccounts(sessions, 'session in the folder', async ([prefix, items]) =>
      snapshotIn(NAME, prefix, await itemTexts(input, items)),
    );
  },

  async write(snapshots, options): Promise<Written> {
    const snapshot = onlySnapshot(snapshots, NAME);
    const name = checkSessionName(options.name ?? 'tgsession');
    const notes: string[] = [];
    const main = withAddress(mainDataCenter(snapshot), snapshot.testMode, notes);
    const { items, losses } = gramjsStoreItems(snapshot, main);
    notes.push(
      `The folder is a session named ${name}: give this name to StoreSession, where the folder stands.`,
    );
    const encoder = new TextEncoder();
    const files = new Map<string, Uint8Array>();
    for (const [item, text] of items) files.set(fileNameOf(`${name}:${item}`), encoder.encode(text));
    return {
      files,
      losses: [...lossesOf(snapshot, main, ['otherKeys', 'peers', 'testMode', 'mainDc']), ...losses],
      notes,
    };
  },
};
