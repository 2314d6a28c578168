/** The binlog of TDLib (formats/tdlib.md): the file, or the folder of the database. It is only read, never opened. */

import { SessionError } from '../../errors.ts';
import { hasSqliteMagic } from '../../sqlite/header.ts';
import { readAccounts } from '../accounts.ts';
import type { Codec, Detection, FormatInput, ReadOptions, Written } from '../codec.ts';
import { mainDataCenter, testModeToWrite } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import { tooLarge } from '../open-input.ts';
import type { Snapshot } from '../snapshot.ts';
import { checkVersion } from '../versions.ts';
import { decrypt, encrypt, rawKey } from './encryption.ts';
import { beginsWithEvent, firstEncryption, replay } from './events.ts';
import { settingsIn } from './key-values.ts';
import { readAccount } from './read.ts';
import { tdlibSettings, writeSettings } from './write.ts';

const NAME = 'tdlib-binlog';
/** A busy account has 20 MB. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The name is the only mark of the test servers. */
const FILES = [
  { name: 'td.binlog', test: false },
  { name: 'td_test.binlog', test: true },
];
/** A file that TDLib is writing anew, and takes if the other one is missing. */
const UNFINISHED = '.new';

/** A binlog in a folder. */
interface Found {
  file: string;
  test: boolean;
}

function filesIn({ names }: FormatInput): Found[] {
  return FILES.flatMap(({ name, test }) => {
    const file = [name, name + UNFINISHED].find((one) => names.includes(one));
    return file === undefined ? [] : [{ file, test }];
  });
}

/** Whether a file is of the test servers, by its name; null where the name is another one. */
function testModeIn({ names: [name] }: FormatInput): boolean | null {
  return FILES.find((one) => one.name === name || one.name + UNFINISHED === name)?.test ?? null;
}

async function readOne(
  input: FormatInput,
  found: { file?: string; test: boolean | null },
  options: ReadOptions,
): Promise<Snapshot> {
  const { file, test: testMode } = found;
  const label = file === undefined ? input.label : `${input.label}/${file}`;
  const bytes = await input.bytes(file);
  if (bytes.length > MAX_BYTES) throw tooLarge(label, bytes.length);
  const notes: string[] = [];
  if (file?.endsWith(UNFINISHED)) {
    notes.push(`The file is ${file}: TDLib was writing it anew, and takes it as it is.`);
  }
  const key = options.databaseEncryptionKey;
  const encryption = firstEncryption(bytes, label);
  if (encryption === null && key !== undefined) {
    notes.push('The file is not encrypted: the key that was given was not needed.');
  }
  const part =
    encryption === null
      ? { bytes, first: 0, base: 0 }
      : {
          bytes: decrypt(encryption.data, bytes.subarray(encryption.end), key, label),
          first: 1,
          base: encryption.end,
        };
  const events = replay({ label, ...part });
  const settings = settingsIn(events.live, label);
  notes.push(...events.notes);
  return readAccount(settings, { format: NAME, testMode, encrypted: encryption !== null, notes });
}

/** Databases of TDLib. */
export const tdlibBinlog: Codec = {
  name: NAME,
  title: 'TDLib, td.binlog',
  text: false,
  input: 'either',
  output: 'folder',
  options: ['databaseEncryptionKey'],
  writes: [null],
  carries: 'all data centres with their keys and which are logged in, the user, test mode, pts, qts and date',

  async detect(input): Promise<Detection | null> {
    const detection = (reason: string) => ({ format: NAME, version: null, reason });
    if (input.isFolder) {
      const files = filesIn(input).map(({ file }) => file);
      if (files.length === 0) return null;
      return { ...detection(`It is a folder with ${files.join(' and ')}, as TDLib has it.`), files };
    }
    const head = await input.head();
    if (beginsWithEvent(head)) return detection('It begins with an event of TDLib’s binlog.');
    // A damaged one is told by its name, unless it is text or a database.
    const isOther = hasSqliteMagic(head) || !head.includes(0);
    if (isOther || testModeIn(input) === null) return null;
    return detection('It has the name of TDLib’s binlog, and is damaged.');
  },

  async read(input, options): Promise<Snapshot[]> {
    // What is wrong with the option is wrong with it for every file.
    rawKey(options.databaseEncryptionKey);
    if (!input.isFolder) return [await readOne(input, { test: testModeIn(input) }, options)];
    const files = filesIn(input);
    if (files.length === 0) {
      throw new SessionError('UNKNOWN_FORMAT', `${input.label} is no folder with a td.binlog of TDLib.`);
    }
    return readAccounts(files.entries(), 'binlog in the folder', async ([index, found]) => {
      const snapshot = await readOne(input, found, options);
      return { ...snapshot, account: files.length === 1 ? null : { index, active: null } };
    });
  },

  async write(snapshots, options): Promise<Written> {
    checkVersion(this, options);
    const snapshot = onlySnapshot(snapshots, NAME);
    const main = mainDataCenter(snapshot);
    const notes: string[] = [];
    const test = testModeToWrite(snapshot, main, notes);
    const { values, losses } = tdlibSettings(snapshot, main, test, notes);
    const events = writeSettings(values);
    const bytes = encrypt(events, options.databaseEncryptionKey);
    events.fill(0);
    notes.push(
      `Give the folder to TDLib as database_directory, with use_test_dc ${test} and the same database_encryption_key.`,
    );
    const { name } = FILES.find((one) => one.test === test)!;
    return { files: new Map([[name, bytes]]), losses, notes };
  },
};
