/** Converts one source of many, and says what became of it. What goes wrong with it is its result, never thrown. */

import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { SessionError } from '../../errors.ts';
import {
  type Codec,
  codec,
  type ReadResult,
  read,
  type Snapshot,
  type Written,
} from '../../formats/index.ts';
import { inUseNote } from '../in-use.ts';
import { isOfFormat, put, suffixOf, writeThere } from '../output.ts';
import { notesOf } from '../view.ts';
import { errorView } from '../wording.ts';
import { type Job, noResult, type OutputResult, type Result, type Settings } from './job.ts';

/** Converts a source. */
export async function convertOne({ source, stem }: Job, settings: Settings): Promise<Result> {
  const target = codec(settings.to);
  const result = noResult(source);
  try {
    // Of what is there already not even the source is read: that makes the second run of many quick.
    const there = await thereAlready(stem + suffixOf(target), null, target, settings);
    if (there !== null) result.outputs.push(there);
    else {
      const found = await read({ path: source }, settings.read);
      if (found.format === 'empty') return { ...result, status: 'ignored', error: EMPTY };
      result.format = found.format;
      result.version = found.version;
      result.notes = notesOf(found.snapshots);
      const inUse = await inUseNote(source);
      if (inUse !== null) result.notes.unshift(inUse);
      result.outputs = await writeAccounts(found, stem, target, settings);
    }
  } catch (error) {
    const status = isNoSession(error, source) ? 'ignored' : 'failed';
    return { ...result, status, error: errorView(error) };
  }
  return { ...result, status: statusOf(result.outputs), older: isOlder(result.outputs, source) };
}

const EMPTY = { code: 'EMPTY', message: 'It is empty: a session that is yet to be.' };

/** All accounts into one target; or each into its own, if the format holds only one. */
async function writeAccounts(
  { snapshots }: ReadResult,
  stem: string,
  target: Codec,
  settings: Settings,
): Promise<OutputResult[]> {
  const suffix = suffixOf(target);
  try {
    return [await writeTo(stem + suffix, null, snapshots, target, settings)];
  } catch (error) {
    if (snapshots.length < 2 || !isForSeveral(error)) throw error;
  }
  const outputs: OutputResult[] = [];
  for (const [i, snapshot] of snapshots.entries()) {
    const account = snapshot.account?.index ?? i;
    const output = `${stem}.${account}${suffix}`;
    outputs.push(await writeAccount(output, account, snapshot, target, settings));
  }
  return outputs;
}

/** Whether a format refused several accounts because they are several. */
export function isForSeveral(error: unknown): boolean {
  return error instanceof SessionError && error.code === 'CANNOT_HOLD' && error.field === 'snapshots';
}

/** One account of several: if it cannot be written, the others still are. */
async function writeAccount(
  output: string,
  account: number,
  snapshot: Snapshot,
  target: Codec,
  settings: Settings,
): Promise<OutputResult> {
  try {
    return (
      (await thereAlready(output, account, target, settings)) ??
      (await writeTo(output, account, [snapshot], target, settings))
    );
  } catch (error) {
    return { output, account, status: 'failed', losses: [], notes: [], error: errorView(error) };
  }
}

async function writeTo(
  output: string,
  account: number | null,
  snapshots: readonly Snapshot[],
  target: Codec,
  settings: Settings,
): Promise<OutputResult> {
  const place = (written: Written) => put(written, output, target, settings.force);
  const { losses, notes } = await writeThere(snapshots, target, output, settings, place);
  return { output, account, status: 'converted', losses, notes, error: null };
}

/**
 * The result for a target that is there: it was put there whole, so it is done.
 *
 * @throws SessionError `EXISTS` if what is there is something else
 */
async function thereAlready(
  output: string,
  account: number | null,
  target: Codec,
  { force }: Settings,
): Promise<OutputResult | null> {
  if (force || statSync(output, { throwIfNoEntry: false }) === undefined) return null;
  if (!(await isOfFormat(output, target))) {
    throw new SessionError('EXISTS', `${output} is there, and is no ${target.name}. Remove it yourself.`);
  }
  return { output, account, status: 'there', losses: [], notes: [], error: null };
}

function statusOf(outputs: readonly OutputResult[]): Result['status'] {
  const any = (status: OutputResult['status']) => outputs.some((one) => one.status === status);
  return any('failed') ? 'failed' : any('converted') ? 'converted' : 'there';
}

/** Whether a source was saved since a target of it was made. Of a folder that cannot be seen. */
function isOlder(outputs: readonly OutputResult[], source: string): boolean {
  const timeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const saved = Math.max(timeOf(source), timeOf(`${source}-wal`));
  return outputs.some(({ status, output }) => status === 'there' && timeOf(output) < saved);
}

/**
 * Whether a file just is no session, as others may lie beside sessions. One that has the name of a session, or looks
 * like a part of one, has failed.
 */
function isNoSession(error: unknown, source: string): boolean {
  if (!(error instanceof SessionError) || basename(source).endsWith('.session')) return false;
  return error.code === 'FOREIGN_DATABASE' || (error.code === 'UNKNOWN_FORMAT' && error.found === null);
}
