/** The folder of Telegram Desktop (formats/tdata.md). */

import type { Codec, Detection, Written } from '../codec.ts';
import type { Snapshot } from '../snapshot.ts';
import { checkVersion } from '../versions.ts';
import { filesOf, ofTelegramDesktop, tdataFolder } from './folder.ts';
import { NAME } from './names.ts';
import { readTdata } from './read.ts';
import { writeTdata } from './write.ts';

/** Folders of Telegram Desktop, of one account or several. */
export const tdata: Codec = {
  name: NAME,
  title: 'Telegram Desktop, the folder tdata',
  text: false,
  input: 'folder',
  output: 'folder',
  options: ['passcode', 'dataName'],
  writes: [null],
  carries: 'up to six accounts: all keys and addresses, the user, the test mode, keys to destroy',

  async detect(input): Promise<Detection | null> {
    const folder = tdataFolder(input);
    const found = await ofTelegramDesktop(folder);
    if (found.dataNames.length === 0 && found.maps.length === 0) return null;
    return {
      format: NAME,
      version: null,
      reason: 'It is a folder with files of Telegram Desktop, which begin with TDF$.',
      files: filesOf(folder, found),
    };
  },

  read(input, options): Promise<Snapshot[]> {
    return readTdata(input, options);
  },

  async write(snapshots, options): Promise<Written> {
    checkVersion(this, options);
    return writeTdata(snapshots, options);
  },
};
