/** The StoreSession of GramJS and teleproto: a folder of node-localstorage (formats/gramjs.md, section 2). */

import { SessionError } from '../../errors.ts';
import { readAccounts } from '../accounts.ts';
import { utf8Text } from '../bytes.ts';
import type { Codec, Detection, FormatInput, Written } from '../codec.ts';
import { lossesOf } from '../loss.ts';
import { mainDataCenter, withAddress } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import type { Snapshot } from '../snapshot.ts';
import { type Items, sessionsIn, snapshotIn } from './store-items.ts';
import { checkSessionName, fileNameOf, gramjsStoreItems } from './store-write.ts';

const NAME = 'gramjs-store-session';
/** Larger than any item; a file of that size is not read. */
const MAX_ITEM_BYTES = 64 * 1024;

/** The sessions in a folder; their items have names of files for values. */
function sessionsOf(input: FormatInput): Map<string, Items> {
  const files = new Map<string, string>();
  for (const file of input.names) {
    const key = keyOf(file);
    // Of two files for one key, the one that the real library would write.
    if (key !== null && (!files.has(key) || file === fileNameOf(key))) files.set(key, file);
  }
  const sessions = sessionsIn(files.keys());
  for (const items of sessions.values()) {
    for (const [item, key] of items) items.set(item, files.get(key)!);
  }
  return sessions;
}

/** The key that a file is named after; null where the file is none of node-localstorage. */
function keyOf(file: string): string | null {
  if (file.includes('/')) return null;
  try {
    return decodeURIComponent(file);
  } catch {
    return null;
  }
}

async function readOne(input: FormatInput, prefix: string, items: Items): Promise<Snapshot> {
  const values = new Map<string, string>();
  for (const [item, file] of items) {
    const bytes = await input.head(file);
    if (bytes.length >= MAX_ITEM_BYTES) {
      throw new SessionError('INVALID_VALUE', `${item} is larger than any item of a session.`, {
        field: item,
      });
    }
    values.set(file, utf8Text(item, '', bytes));
  }
  return snapshotIn(NAME, prefix, items, (file) => values.get(file)!);
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
    return readAccounts(sessions, 'session in the folder', ([prefix, items]) =>
      readOne(input, prefix, items),
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
