/**
 * Sessions of every Telegram library: find out what a file is, read it, write another.
 *
 * @module
 */

import { SessionError } from '../errors.ts';
import { readingError } from '../sqlite/reader.ts';
import { tablesOf } from '../sqlite/tables.ts';
import type { Codec, Detection, FormatInput, ReadOptions, WriteOptions, Written } from './codec.ts';
import { isSqlite, openInput, type Source } from './input.ts';
import { codec, codecs } from './registry.ts';
import type { Snapshot } from './snapshot.ts';
import { lineOf } from './text.ts';

export type {
  Codec,
  Detection,
  FormatInput,
  Loss,
  ReadOptions,
  SpecialOption,
  WriteOptions,
  Written,
} from './codec.ts';
export { formatGramjsString, parseGramjsString } from './gramjs/string.ts';
export type { Source } from './input.ts';
export { formatMtcuteString, type MtcuteFields, parseMtcuteString } from './mtcute/string.ts';
export {
  formatMtkrutoString,
  type MtkrutoFields,
  type MtkrutoLayout,
  parseMtkrutoString,
} from './mtkruto/string.ts';
export {
  formatPyrogramString,
  type PyrogramString,
  type PyrogramStringOptions,
  type PyrogramStringVersion,
  parsePyrogramString,
} from './pyrogram/string.ts';
export { codec, codecs } from './registry.ts';
export { type Account, type JsonValue, type MediaDc, type Snapshot, snapshotOf } from './snapshot.ts';
export { formatTelethonString, parseTelethonString } from './telethon/string.ts';
export { formatTgsessionString, parseTgsessionString } from './tgsession/string.ts';

/** What reading gives. */
export interface ReadResult {
  format: string;
  version: number | null;
  /** Every account found, in the file's order. */
  snapshots: Snapshot[];
}

/**
 * Which formats fit, with the reasons. Empty if none does. Nothing about the source changes.
 *
 * @throws SessionError `NOT_FOUND`, `LOCKED`, `IO`, `UNSUPPORTED` (a pipe)
 */
export async function detect(source: Source): Promise<Detection[]> {
  const input = openInput(source);
  try {
    return await detectIn(input);
  } finally {
    input.close();
  }
}

/**
 * Reads a session of any format.
 *
 * @throws SessionError `UNKNOWN_FORMAT`, `AMBIGUOUS_FORMAT`, `NOT_FOUND`, or what is wrong with the content
 */
export async function read(source: Source, options: ReadOptions = {}): Promise<ReadResult> {
  const chosen = options.from === undefined ? null : codec(options.from);
  const input = openInput(source);
  try {
    if (chosen !== null && !takes(chosen, input)) throw wrongKind(chosen, input);
    const fitting = chosen ?? (await onlyFitting(input));
    const snapshots = chosenAccount(await fitting.read(input, options), options.account, input.label);
    for (const snapshot of snapshots) snapshot.notes.push(...input.notes);
    return { format: fitting.name, version: await versionOf(fitting, input, snapshots), snapshots };
  } finally {
    input.close();
  }
}

/**
 * Writes snapshots as files in memory, with the report of what the format cannot hold.
 *
 * @throws SessionError `UNKNOWN_FORMAT`, `UNSUPPORTED`, `CANNOT_HOLD`, `INVALID_VALUE`
 */
export async function write(
  snapshots: readonly Snapshot[],
  format: string,
  options: WriteOptions = {},
): Promise<Written> {
  const chosen = codec(format);
  if (chosen.write === undefined) {
    const can = chosen.reads === false ? 'recognized' : 'read';
    throw new SessionError('UNSUPPORTED', `${format} can be ${can}, but is not written.`);
  }
  return chosen.write(snapshots, options);
}

/** The account that was asked for, or all. A codec may leave the choice to this. */
function chosenAccount(snapshots: Snapshot[], index: number | undefined, label: string): Snapshot[] {
  if (index === undefined) return snapshots;
  const indexes = snapshots.map(({ account }, i) => account?.index ?? i);
  const chosen = snapshots.find((_, i) => indexes[i] === index);
  if (chosen !== undefined) return [chosen];
  throw new SessionError('NOT_FOUND', `${label} has no account ${index}, but these: ${indexes.join(', ')}.`, {
    field: 'account',
    found: indexes.join(', '),
  });
}

/** The version of the input. A format for interchange gives back where a session came from before. */
async function versionOf(
  fitting: Codec,
  input: FormatInput,
  [first]: readonly Snapshot[],
): Promise<number | null> {
  if (first?.origin.format === fitting.name) return first.origin.version;
  return (await fitting.detect(input))?.version ?? null;
}

/** Whether a format is read from such an input: from a file, or from a folder. */
function takes({ input: kind = 'file' }: Codec, { isFolder }: FormatInput): boolean {
  return kind === 'either' || (kind === 'folder') === isFolder;
}

function wrongKind({ name }: Codec, { label, isFolder }: FormatInput): SessionError {
  const [is, needs] = isFolder ? ['a folder', 'a file'] : ['a file', 'a folder'];
  return new SessionError('UNKNOWN_FORMAT', `${label} is ${is}, but ${name} is read from ${needs}.`, {
    found: is,
  });
}

async function detectIn(input: FormatInput): Promise<Detection[]> {
  const detections: Detection[] = [];
  for (const one of codecs) {
    if (!takes(one, input)) continue;
    const detection = await one.detect(input);
    if (detection !== null) detections.push(detection);
  }
  return detections;
}

async function onlyFitting(input: FormatInput): Promise<Codec> {
  const detections = await detectIn(input);
  const [first, second] = detections;
  if (first === undefined) throw await whyNothingFits(input);
  if (second !== undefined) {
    const names = detections.map(({ format }) => format).join(', ');
    throw new SessionError(
      'AMBIGUOUS_FORMAT',
      `${input.label} fits several formats: ${names}. Name the right one with the option "from".`,
      { found: names },
    );
  }
  return codec(first.format);
}

async function whyNothingFits(input: FormatInput): Promise<unknown> {
  if (input.isFolder) {
    return new SessionError(
      'UNKNOWN_FORMAT',
      `${input.label} is a folder that holds a session of no format that is known. If a session file is in it, name that one.`,
      { found: 'a folder' },
    );
  }
  const head = await input.head();
  if (await isSqlite(input)) {
    try {
      tablesOf(await input.database());
    } catch (error) {
      return readingError(error, input.label);
    }
    return new SessionError(
      'FOREIGN_DATABASE',
      `${input.label} is an SQLite database of another program: it has the tables of no session that is known.`,
    );
  }
  // Protocols 2 to 5 say so in their first two bytes; Telethon up to 0.10 kept its sessions like this.
  if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5) {
    return new SessionError(
      'UNSUPPORTED',
      `${input.label} is a Python pickle, as Telethon wrote until 0.10. It is never unpickled: that would run any code that stands in it.`,
    );
  }
  const line = await lineOf(input);
  if (line !== null && line.length >= 100 && /^[\w+/-]+=*$/.test(line)) {
    return new SessionError(
      'UNKNOWN_FORMAT',
      `${input.label} has ${line.length} characters that fit no session string: it looks cut off or mistyped. Copy the whole string again.`,
      { found: `${line.length} characters` },
    );
  }
  return new SessionError('UNKNOWN_FORMAT', `${input.label} is of no format that is known.`);
}
