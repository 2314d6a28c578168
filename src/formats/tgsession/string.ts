/**
 * `tgsession-string`: the same as `tgsession-json`, compact, in one line of text: a prefix with the version, then base64
 * for URLs of the compact notation and a checksum (docs/formats/tgsession.md).
 */

import { createHash } from 'node:crypto';
import { refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import type { Codec, Detection, Written } from '../codec.ts';
import { someSnapshots } from '../one.ts';
import type { Snapshot } from '../snapshot.ts';
import { printableLine } from '../text.ts';
import { checkVersion } from '../versions.ts';
import { accounts } from './account.ts';
import { CompactInput } from './compact-input.ts';
import { CompactOutput, MAX_STRING } from './compact-output.ts';
import { checkFileVersion, VERSION } from './version.ts';

const NAME = 'tgsession-string';
/** What errors call the string. */
const AT = 'session string';
const PREFIX = /^tgsession(\d{1,9})_/;
const CHECKSUM_BYTES = 8;

/**
 * Reads a string of our own format for interchange.
 *
 * @returns every account in it
 * @throws SessionError `UNKNOWN_FORMAT` if it does not begin with `tgsession1_`, `NEWER_VERSION`, `BAD_VERSION`,
 * `DAMAGED` if it is cut off or mistyped, `INVALID_VALUE`
 */
export function parseTgsessionString(text: string): Snapshot[] {
  const isText = typeof text === 'string' && text.length <= MAX_STRING;
  if (!isText) refuse(AT, '', `text of at most ${MAX_STRING} characters`, text);
  const prefix = PREFIX.exec(text);
  if (prefix === null) {
    throw new SessionError(
      'UNKNOWN_FORMAT',
      `A session string of tgsession begins with tgsession${VERSION}_.`,
      {
        field: AT,
        found: 'another begin',
      },
    );
  }
  checkFileVersion(Number(prefix[1]));
  const encoded = text.slice(prefix[0].length);
  // The other alphabet of base64 would be a second way to write the same.
  const bytes = /[+/]/.test(encoded) ? null : decodeBase64(encoded, 'none');
  if (bytes === null || bytes.length <= CHECKSUM_BYTES) throw damaged(text.length);
  try {
    const end = bytes.length - CHECKSUM_BYTES;
    const sum = checksum(prefix[0], bytes.subarray(0, end));
    if (!sum.every((byte, i) => byte === bytes[end + i])) throw damaged(text.length);
    const from = new CompactInput(bytes, end);
    from.path.into('accounts');
    const snapshots = accounts.read(from);
    from.end();
    if (snapshots.length === 0) refuse(from.path, '', 'one account at least', snapshots);
    return [...snapshots];
  } finally {
    bytes.fill(0);
  }
}

/**
 * Writes accounts as one string, with everything that belongs to them.
 *
 * @throws SessionError `INVALID_VALUE`; `CANNOT_HOLD` for none, or if it would be too large to be read again
 */
export function formatTgsessionString(snapshots: readonly Snapshot[]): string {
  const prefix = `tgsession${VERSION}_`;
  const to = new CompactOutput();
  try {
    to.path.into('accounts');
    accounts.write(to, someSnapshots(snapshots, NAME));
    const content = to.done();
    to.bytes(checksum(prefix, content));
    content.fill(0);
    const bytes = to.done();
    const text = prefix + encodeBase64(bytes, 'url', 'none');
    bytes.fill(0);
    return text;
  } finally {
    to.wipe();
  }
}

/** The begin of the SHA-256 of all that stands before, the prefix in it. */
function checksum(prefix: string, content: Uint8Array): Uint8Array {
  return createHash('sha256').update(prefix).update(content).digest().subarray(0, CHECKSUM_BYTES);
}

function damaged(length: number): SessionError {
  return new SessionError(
    'DAMAGED',
    `The session string begins as one of tgsession, but its checksum is wrong: it is cut off or mistyped. Copy the whole string again.`,
    { field: AT, found: `${length} characters` },
  );
}

/** Our own format for interchange, as a session string. */
export const tgsessionString: Codec = {
  name: NAME,
  title: 'tgsession, session string: everything, for interchange',
  text: true,
  writes: [VERSION],
  carries: 'everything, of several accounts',

  async detect(input): Promise<Detection | null> {
    const head = new TextDecoder('latin1').decode((await input.head()).subarray(0, 64));
    const version = PREFIX.exec(head)?.[1];
    if (version === undefined) return null;
    return {
      format: NAME,
      version: Number(version),
      reason: `It begins like a session string of tgsession, version ${version}.`,
    };
  },

  async read(input): Promise<Snapshot[]> {
    // And a line break behind it.
    const line = printableLine(await input.bytes(undefined, MAX_STRING + 2));
    if (line === null) refuse(AT, '', 'one line of text', null, 'something else');
    return parseTgsessionString(line);
  },

  async write(snapshots, options): Promise<Written> {
    checkVersion(this, options);
    const text = formatTgsessionString(snapshots);
    return { files: new Map([['', new TextEncoder().encode(text)]]), losses: [], notes: [] };
  },
};
