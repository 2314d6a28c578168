/** Sessions of MadelineProto (formats/madeline.md): recognized, and knowingly not read. */

import { SessionError } from '../errors.ts';
import type { Codec, Detection, FormatInput } from './codec.ts';

const NAME = 'madeline';
/** So that a web server that is asked for the file gives nothing away. */
const HEADER = new TextEncoder().encode('<?php __HALT_COMPILER();');
/** The versions that there have been; the next byte behind the header. */
const VERSIONS = [1, 2, 3];
/** The file of a folder that holds the session. */
const SESSION_FILE = 'safe.php';

/** The version of a file that begins as MadelineProto writes it, or null. */
function versionOf(head: Uint8Array): number | null {
  const version = head[HEADER.length] ?? 0;
  return HEADER.every((byte, i) => head[i] === byte) && VERSIONS.includes(version) ? version : null;
}

/** The session's file: the input, or the one in it of the right name. Null if there is none. */
function fileIn({ isFolder, names }: FormatInput): { name?: string } | null {
  if (!isFolder) return {};
  return names.includes(SESSION_FILE) ? { name: SESSION_FILE } : null;
}

/** Sessions of MadelineProto, which only it can read. */
export const madeline: Codec = {
  name: NAME,
  title: 'MadelineProto (PHP): recognized, but not read',
  text: false,
  input: 'either',
  reads: false,
  writes: [],
  carries: 'nothing: only MadelineProto itself can read it',

  async detect(input): Promise<Detection | null> {
    const file = fileIn(input);
    const version = file === null ? null : versionOf(await input.head(file.name));
    if (version === null) return null;
    const what = input.isFolder ? `It is a folder with a ${SESSION_FILE} that` : 'It';
    return {
      format: NAME,
      version,
      reason: `${what} begins as a session of MadelineProto does.`,
      ...(input.isFolder && { files: [SESSION_FILE] }),
    };
  },

  async read(input): Promise<never> {
    if ((await this.detect(input)) === null) {
      throw new SessionError('UNKNOWN_FORMAT', `${input.label} is no session of MadelineProto.`);
    }
    throw new SessionError(
      'UNSUPPORTED',
      `${input.label} is a session of MadelineProto, which is not read: it is a dump of the PHP objects of that very release, or only says in which database they are. ` +
        'Log in anew with the other library, and then log out in MadelineProto.',
    );
  },
};
