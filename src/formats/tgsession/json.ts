/**
 * `tgsession-json`: all that a snapshot holds, of one account or of many, in JSON that people can read and a schema
 * describes (docs/formats/tgsession.md, docs/tgsession-json.schema.json).
 */

import { join } from 'node:path';
import { refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { ByteWriter } from '../byte-writer.ts';
import type { Codec, Detection, Pieces, Written } from '../codec.ts';
import { withNewFile } from '../new-file.ts';
import { someSnapshots } from '../one.ts';
import type { Snapshot } from '../snapshot.ts';
import { jsonHeadOf } from '../text.ts';
import { checkVersion } from '../versions.ts';
import { accounts } from './account.ts';
import { JsonInput, unknownField } from './json-input.ts';
import { JsonOutput, type TextSink } from './json-output.ts';
import { namedStep, Path } from './path.ts';
import { checkFileVersion, VERSION } from './version.ts';
import { Window } from './window.ts';

const NAME = 'tgsession-json';
const NAMES = ['format', 'version', 'accounts'];
const FORMAT = /"format"\s*:\s*"tgsession-json"/;
const FORMAT_THEN_VERSION = /"format"\s*:\s*"tgsession-json"\s*,\s*"version"\s*:\s*(\d{1,9})\b/;
const VERSION_THEN_FORMAT = /"version"\s*:\s*(\d{1,9})\s*,\s*"format"\s*:\s*"tgsession-json"/;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Reads a file, in two passes.
 *
 * @throws SessionError `INVALID_VALUE`, `UNKNOWN_FORMAT`, `NEWER_VERSION`, `BAD_VERSION`
 */
function parseTgsessionJson(content: Uint8Array | Pieces, label: string): Snapshot[] {
  const first = new Window(content, 0);
  let second: Window | undefined;
  try {
    first.want(BYTE_ORDER_MARK.length);
    if (!first.has()) throw new SessionError('INVALID_VALUE', `${label} is empty.`);
    if (BYTE_ORDER_MARK.every((byte, i) => first.bytes[i] === byte)) first.at = BYTE_ORDER_MARK.length;
    const input = new JsonInput(first);
    second = new Window(content, checkOutside(input, label));
    const from = new JsonInput(second, input.path);
    from.path.into('accounts');
    const snapshots = accounts.read(from);
    if (snapshots.length === 0) refuse(from.path, '', 'one account at least', snapshots);
    return [...snapshots];
  } finally {
    first.wipe();
    second?.wipe();
  }
}

/** Looks at what is around the accounts, wherever it stands: the version says how to read these. Gives their place. */
function checkOutside(input: JsonInput, label: string): number {
  const found = new Map<string, number | string>();
  for (const name of input.entries()) {
    if (found.has(name)) refuse(input.path, '', 'there once', null, 'there twice');
    if (name === 'format') found.set(name, input.text());
    else if (name === 'version') found.set(name, input.integer());
    else {
      found.set(name, input.offset);
      input.skip();
    }
  }
  input.end();
  if (found.get('format') !== NAME) {
    throw new SessionError('UNKNOWN_FORMAT', `${label} is JSON, but its format is not "${NAME}".`, {
      field: 'format',
    });
  }
  for (const name of NAMES) if (!found.has(name)) refuse(name, '', 'there', undefined, 'missing');
  checkFileVersion(found.get('version') as number);
  for (const name of found.keys()) if (!NAMES.includes(name)) throw unknownField(new Path(namedStep(name)));
  return found.get('accounts') as number;
}

/** Writes a file. @throws SessionError `INVALID_VALUE`, `CANNOT_HOLD` */
function formatTgsessionJson(snapshots: readonly Snapshot[], sink: TextSink): void {
  const to = new JsonOutput(sink);
  to.beginMap();
  to.entry('format');
  to.text(NAME);
  to.entry('version');
  to.integer(VERSION);
  to.entry('accounts');
  to.path.into('accounts');
  accounts.write(to, snapshots);
  to.endMap();
  to.end();
}

/** Our own format for interchange, as JSON. */
export const tgsessionJson: Codec = {
  name: NAME,
  title: 'tgsession, JSON: everything, for interchange',
  text: false,
  suffix: '.json',
  writes: [VERSION],
  carries: 'everything, of several accounts',

  async detect(input): Promise<Detection | null> {
    const head = await jsonHeadOf(input);
    if (head === null || !FORMAT.test(head)) return null;
    const version = FORMAT_THEN_VERSION.exec(head)?.[1] ?? VERSION_THEN_FORMAT.exec(head)?.[1];
    return {
      format: NAME,
      version: version === undefined ? null : Number(version),
      reason: `It is JSON that says that its format is ${NAME}.`,
    };
  },

  async read(input): Promise<Snapshot[]> {
    return parseTgsessionJson((await input.pieces?.()) ?? (await input.bytes()), input.label);
  },

  async write(snapshots, options): Promise<Written> {
    checkVersion(this, options);
    const all = someSnapshots(snapshots, NAME);
    if (options.folder !== undefined) {
      const path = join(options.folder, 'new.json');
      withNewFile(path, (file) => formatTgsessionJson(all, file));
      return { files: new Map(), built: new Map([['', path]]), losses: [], notes: [] };
    }
    const bytes = new ByteWriter();
    try {
      formatTgsessionJson(all, bytes);
      return { files: new Map([['', bytes.done()]]), losses: [], notes: [] };
    } finally {
      bytes.wipe();
    }
  },
};
