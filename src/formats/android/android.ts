/**
 * Telegram for Android: tgnet.dat with the keys, and userconfing.xml with the user (formats/android.md). Read from the
 * folder of the app's data, a part of it, or from tgnet.dat alone; written as such a folder.
 */

import { SessionError } from '../../errors.ts';
import { hasSqliteMagic } from '../../sqlite/header.ts';
import { readAccounts } from '../accounts.ts';
import type { Codec, Detection, FormatInput, Loss, Written } from '../codec.ts';
import type { Snapshot } from '../snapshot.ts';
import { lineOf } from '../text.ts';
import { checkVersion } from '../versions.ts';
import { isTgnetName, placesIn, preferencesName, tgnetName } from './places.ts';
import { writePreferences } from './preferences.ts';
import { readAccount } from './read.ts';
import { likelyVersion } from './tgnet.ts';
import { writeAccount } from './write.ts';

const NAME = 'android';
/** Accounts that the app has room for. */
const MAX_ACCOUNTS = 4;

async function detectFile(input: FormatInput): Promise<Detection | null> {
  const head = await input.head();
  const version = likelyVersion(head);
  if (version !== null) {
    return { format: NAME, version, reason: 'It begins like a tgnet.dat of Telegram for Android.' };
  }
  // Its name is all that a damaged one may have.
  const isOther = head.length === 0 || hasSqliteMagic(head) || (await lineOf(input)) !== null;
  if (isOther || !isTgnetName(input.names[0] ?? '')) return null;
  return { format: NAME, version: null, reason: 'It has the name of Telegram for Android’s file of keys.' };
}

async function detectFolder(input: FormatInput): Promise<Detection | null> {
  const paths = (await placesIn(input)).flatMap(({ tgnet }) => tgnet ?? []);
  const files = paths.flatMap((path) => [path, `${path}.bak`]).filter((path) => input.names.includes(path));
  if (files.length === 0) return null;
  const version = likelyVersion(await input.head(files[0]!));
  const reason = 'It is a folder of Telegram for Android, with the file tgnet.dat.';
  return { format: NAME, version, reason, files };
}

/** Where the files go: nobody is known to have tried it, and the app must not run. */
function advice(count: number): string {
  const which = count === 1 ? 'The files are' : `The files of ${count} accounts are`;
  return `${which} for the folder /data/data/<package> of the app, and no case is known of the app having been tried with such files. Stop the app first, delete tgnet.dat.bak and the dc…conf.dat beside tgnet.dat, and give the files the owner and the permissions of the app's own.`;
}

/** Telegram for Android. */
export const android: Codec = {
  name: NAME,
  title: 'Telegram for Android, tgnet.dat with userconfing.xml',
  text: false,
  input: 'either',
  output: 'folder',
  writes: [5],
  carries:
    'all data centres with addresses and keys, which are logged in, the user, phone number, test mode, several accounts',

  detect: (input) => (input.isFolder ? detectFolder(input) : detectFile(input)),

  async read(input): Promise<Snapshot[]> {
    const places = await placesIn(input);
    if (places.length === 0) {
      throw new SessionError('UNKNOWN_FORMAT', `${input.label} is no folder of Telegram for Android.`, {
        field: 'tgnet.dat',
      });
    }
    return readAccounts(places, 'account in the folder', (place) => readAccount(input, place, NAME));
  },

  async write(snapshots, options): Promise<Written> {
    checkVersion(this, options);
    if (snapshots.length === 0 || snapshots.length > MAX_ACCOUNTS) {
      throw new SessionError(
        'CANNOT_HOLD',
        `${NAME} holds 1 to ${MAX_ACCOUNTS} accounts, but ${snapshots.length} were given.`,
        { field: 'snapshots', found: `${snapshots.length} accounts` },
      );
    }
    const isOne = snapshots.length === 1;
    const selected = Math.max(
      snapshots.findIndex(({ account }) => account?.active === true),
      0,
    );
    const files = new Map<string, Uint8Array>();
    const losses: Loss[] = [];
    const notes: string[] = [];
    for (const [index, snapshot] of snapshots.entries()) {
      const written = writeAccount(snapshot, NAME);
      // What is said of one of several accounts says which.
      const which = (text: string) => (isOne ? text : `Account ${index}: ${text}`);
      files.set(`files/${tgnetName(index)}`, written.tgnet);
      files.set(
        `shared_prefs/${preferencesName(index)}`,
        writePreferences(written.user, index === 0 ? selected : null),
      );
      losses.push(...written.losses.map(({ field, message }) => ({ field, message: which(message) })));
      notes.push(...written.notes.map(which));
    }
    return { files, losses, notes: [...notes, advice(snapshots.length)] };
  },
};
