/** `tgsession convert`: a session of one library as a session of another; or all in a folder. */

import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { SessionError } from '../errors.ts';
import { type Codec, codec, detect, type Loss, type Snapshot, type Written } from '../formats/index.ts';
import { isForSeveral } from './batch/convert-one.ts';
import type { Settings } from './batch/job.ts';
import { stemOf } from './batch/names.ts';
import { runBatch } from './batch/run.ts';
import { COMMON_OPTIONS, type Command, UsageError, type Values } from './command.ts';
import { inUseNote } from './in-use.ts';
import { knownUserOf, needsUser, USER_HELP, USER_OPTIONS, withKnownUser } from './known-user.ts';
import {
  numberOf,
  READ_HELP,
  READ_OPTIONS,
  readOptionsOf,
  textOf,
  WRITE_HELP,
  WRITE_OPTIONS,
  writeOptionsOf,
} from './options.ts';
import { put, suffixOf, writeThere } from './output.ts';
import { json, line, list, plain, style } from './print.ts';
import { readAsking } from './reading.ts';
import { pathOf, sourceOf } from './source.ts';
import { accountText, viewOf } from './view.ts';

/** What a thread runs: beside this file, or beside the file that the build made of it. */
const WORKER = new URL(`./batch/worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
const MAX_WORKERS = 64;

export const convert: Command = {
  usage: 'convert <path|-> --to <format>',
  summary: 'write it as another format; says what that cannot hold',
  details: `Stop the old client first: a key that is used from two places is destroyed.
The source is not changed. The result is a new file, or a new folder, that only
you can read.

Of a folder that is no session itself, all sessions in it are converted into the
folder named with -o. Run it again to go on: what is there already is left out.`,
  options: {
    ...COMMON_OPTIONS,
    to: { type: 'string' },
    output: { type: 'string', short: 'o' },
    ...READ_OPTIONS,
    ...USER_OPTIONS,
    ...WRITE_OPTIONS,
    force: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    'show-secrets': { type: 'boolean' },
    batch: { type: 'boolean' },
    workers: { type: 'string' },
  },
  optionHelp: {
    ...READ_HELP,
    ...USER_HELP,
    ...WRITE_HELP,
    to: 'the format to write (see "tgsession formats")',
    output:
      'the file or folder to write; by default the name of the source with that of the format. For a text format, - with --show-secrets prints it',
    force: 'replace the file if it exists, or the folder if it is a session of that format',
    'dry-run': 'only say what would be written and lost',
    'show-secrets': 'allow secrets to be printed',
    batch: 'convert what is in the folder, even if it is a session',
    workers: 'how many to convert at once; as many as pay by default',
    json: 'print one JSON object; of a folder, one for each source',
  },
  arguments: 1,
  async run([argument], values) {
    const settings = settingsOf(values);
    const path = argument === '-' ? null : pathOf(argument!);
    return path !== null && (await isFolderOfMany(path, values))
      ? convertMany(path, settings, values)
      : convertSingle(argument!, settings, values);
  },
};

function settingsOf(values: Values): Settings {
  const to = textOf(values, 'to');
  if (to === undefined)
    throw new UsageError('Say with --to which format to write. "tgsession formats" lists them.');
  return {
    to,
    read: readOptionsOf(values),
    write: writeOptionsOf(values, codec(to)),
    force: values.force === true,
    dryRun: values['dry-run'] === true,
  };
}

/** Whether a path is a folder that is no session, but may hold some. */
async function isFolderOfMany(path: string, values: Values): Promise<boolean> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (values.batch === true) {
    if (!isFolder) throw new UsageError(`--batch is for a folder, and ${path} is none.`);
    return true;
  }
  if (!isFolder) return false;
  const from = textOf(values, 'from');
  if (from !== undefined) return (codec(from).input ?? 'file') === 'file';
  return (await detect({ path })).length === 0;
}

async function convertMany(source: string, settings: Settings, values: Values): Promise<number> {
  const output = textOf(values, 'output');
  if (output === undefined) {
    throw new UsageError(
      `${source} is a folder, and no session itself. Name with -o a folder for the sessions in it, or name one of them.`,
    );
  }
  if (output === '-') throw new UsageError('Many sessions go into a folder: name it with -o.');
  if (resolve(output) === resolve(source))
    throw new UsageError('The sessions must go into another folder than the one they come from.');
  if (statSync(output, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new SessionError('EXISTS', `${output} is a file, and a folder is needed. Choose another name.`);
  if (knownUserOf(values) !== null) throw new UsageError('--user is for one session, not for a folder.');
  const workers = numberOf(values, 'workers', 1, MAX_WORKERS);
  return runBatch({ source, output, settings, workers, script: WORKER, json: values.json === true });
}

async function convertSingle(argument: string, settings: Settings, values: Values): Promise<number> {
  const { dryRun, force } = settings;
  const target = codec(settings.to);
  const output = textOf(values, 'output') ?? defaultOutput(argument, target);
  if (output === '-' && !target.text)
    throw new UsageError(`${target.name} is no text: give it a file with -o.`);
  if (output === '-' && values['show-secrets'] !== true) {
    throw new UsageError(
      'A session string is a secret. Add --show-secrets to print it, or write it to a file with -o.',
    );
  }
  const user = knownUserOf(values);
  const source = await sourceOf(argument);
  const found = await readAsking(source, settings.read);
  const result = user === null ? found : withKnownUser(found, user);
  const inUse = 'path' in source ? await inUseNote(String(source.path)) : null;
  const place = (one: Written) => (output === '-' ? print(one) : put(one, output, target, force));
  const written = await writeAll(result.snapshots, target, output, settings, place);

  const view = viewOf(result, false);
  const notes = [...(inUse === null ? [] : [inUse]), ...view.notes, ...written.notes];
  if (values.json) {
    const done = { to: target.name, output, written: !dryRun, losses: written.losses };
    json({ ...view, ...done, notes });
  } else if (output !== '-') {
    report(`${result.format} -> ${target.name}`, output, dryRun, notes, written.losses);
  }
  return 0;
}

/** In the current folder, named after the source and the format. */
function defaultOutput(argument: string, target: Codec): string {
  const name = argument === '-' ? 'session' : basename(resolve(pathOf(argument)));
  return `${stemOf(name)}.${target.name}${suffixOf(target)}`;
}

async function writeAll(
  snapshots: readonly Snapshot[],
  target: Codec,
  output: string,
  settings: Settings,
  place: (written: Written) => void | Promise<void>,
): Promise<Written> {
  try {
    return await writeThere(snapshots, target, output, settings, place);
  } catch (error) {
    if (needsUser(error)) {
      const { code, message, field } = error;
      throw new SessionError(code, `${message} If you know the id of the user, add --user ID.`, {
        field: field!,
      });
    }
    if (!isForSeveral(error) || snapshots.length < 2) throw error;
    const accounts = snapshots.map((snapshot, i) => `  ${accountText(snapshot, i)}`).join('\n');
    throw new SessionError(
      'CANNOT_HOLD',
      `${target.name} holds one account, and these are ${snapshots.length}. Choose one with --account N:\n${accounts}`,
      { field: 'snapshots' },
    );
  }
}

function print({ files }: Written): void {
  for (const bytes of files.values()) process.stdout.write(`${Buffer.from(bytes).toString()}\n`);
}

function report(
  what: string,
  output: string,
  dryRun: boolean,
  notes: string[],
  losses: readonly Loss[],
): void {
  line(`${style('bold', what)}  ${plain(output)}${dryRun ? '  (not written: --dry-run)' : ''}`);
  list('Assumed', notes);
  list(
    'Lost: the target cannot hold',
    losses.map((loss) => loss.message),
  );
  if (losses.length === 0) line('\nNothing is lost.');
}
