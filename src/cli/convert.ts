/** `tgsession convert`: a session of one library as a session of another. */

import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { SessionError } from '../errors.ts';
import { type Codec, codec, detect, type Loss, read, type Written, write } from '../formats/index.ts';
import { sqlDriver } from '../sqlite/driver.ts';
import { refuseHeld } from '../sqlite/hold.ts';
import { realPath } from '../sqlite/path.ts';
import { COMMON_OPTIONS, type Command, UsageError } from './command.ts';
import {
  exists,
  placeSecretFile,
  withBuildFolder,
  writeSecretFile,
  writeSecretFolder,
} from './output-file.ts';
import { json, line, list, plain, style } from './print.ts';
import { pathOf, sourceOf } from './source.ts';
import { viewOf } from './view.ts';

export const convert: Command = {
  usage: 'convert <path|-> --to <format>',
  summary: 'write it as another format; says what that cannot hold',
  details: `Stop the old client first: a key that is used from two places is destroyed.
The source is not changed. The result is a new file, or a new folder, that only you can read.`,
  options: {
    ...COMMON_OPTIONS,
    to: { type: 'string' },
    output: { type: 'string', short: 'o' },
    from: { type: 'string' },
    'to-version': { type: 'string' },
    force: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    'show-secrets': { type: 'boolean' },
  },
  optionHelp: {
    to: 'the format to write (see "tgsession formats")',
    output:
      'the file or folder to write; by default the name of the source with that of the format.\nFor a text format, - with --show-secrets prints it',
    from: 'read the source as this format',
    'to-version': 'the version of the format to write, where it has several',
    force: 'replace the file if it exists, or the folder if it is a session of that format',
    'dry-run': 'only say what would be written and lost',
    'show-secrets': 'allow secrets to be printed',
    json: 'print one JSON object',
  },
  arguments: 1,
  async run([argument], values) {
    const options = readOptions(values);
    const target = codec(options.to);
    const result = await read(
      await sourceOf(argument!),
      options.from === undefined ? {} : { from: options.from },
    );
    const output = options.output ?? defaultOutput(argument!, target);
    if (output === '-' && !target.text)
      throw new UsageError(`${target.name} is no text: give it a file with -o.`);
    if (output === '-' && !options.showSecrets) {
      throw new UsageError(
        'A session string is a secret. Add --show-secrets to print it, or write it to a file with -o.',
      );
    }
    const name = target.output === 'folder' ? { name: basename(resolve(output)) } : {};
    const writeIn = async (folder: { folder?: string }) => {
      const written = await write(result.snapshots, target.name, { ...options.version, ...name, ...folder });
      if (!options.dryRun) await put(written, output, target, options.force);
      return written;
    };
    const isFile = !target.text && target.output !== 'folder';
    const near = options.dryRun ? join(tmpdir(), 'tgsession-dry-run') : resolve(output);
    const written = isFile ? await withBuildFolder(near, (folder) => writeIn({ folder })) : await writeIn({});

    if (values.json) {
      const done = { to: target.name, output, written: !options.dryRun, losses: written.losses };
      const view = viewOf(result, false);
      json({ ...view, ...done, notes: [...view.notes, ...written.notes] });
    } else if (output !== '-') {
      const notes = [...result.snapshots.flatMap((snapshot) => snapshot.notes), ...written.notes];
      report(`${result.format} -> ${target.name}`, output, options.dryRun, notes, written.losses);
    }
    return 0;
  },
};

function readOptions(values: Parameters<Command['run']>[1]) {
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined);
  const to = text('to');
  if (to === undefined)
    throw new UsageError('Say with --to which format to write. "tgsession formats" lists them.');
  const version = text('to-version');
  if (version !== undefined && !/^\d{1,9}$/.test(version))
    throw new UsageError('--to-version takes a number.');
  return {
    to,
    from: text('from'),
    output: text('output'),
    version: version === undefined ? {} : { version: Number(version) },
    force: values.force === true,
    dryRun: values['dry-run'] === true,
    showSecrets: values['show-secrets'] === true,
  };
}

/** In the current folder, named after the source and the format. */
function defaultOutput(argument: string, { name: format, text, output }: Codec): string {
  const name = argument === '-' ? 'session' : basename(pathOf(argument));
  const suffix = output === 'folder' ? '' : text ? '.txt' : '.session';
  return `${name.slice(0, name.length - extname(name).length)}.${format}${suffix}`;
}

async function put(
  { files, built = new Map() }: Written,
  output: string,
  target: Codec,
  force: boolean,
): Promise<void> {
  if (output === '-') {
    for (const bytes of files.values()) process.stdout.write(`${Buffer.from(bytes).toString()}\n`);
    return;
  }
  if (existsSync(output) && !force) throw exists(output);
  const [file, ...others] = [...files.keys(), ...built.keys()];
  if (file !== '' || others.length > 0) {
    const path = realPath(resolve(output));
    writeSecretFolder(path, files, force && existsSync(path) ? await filesOf(path, target) : null);
    return;
  }
  if (existsSync(output)) {
    if (statSync(output).isDirectory()) {
      throw new SessionError(
        'EXISTS',
        `${output} is a folder, and a file is to be written. Choose another name.`,
      );
    }
    refuseHeld(await sqlDriver(), realPath(output));
  }
  for (const bytes of files.values()) writeSecretFile(output, bytes, force);
  for (const path of built.values()) placeSecretFile(path, output, force);
}

/** The files that a folder consists of, if it is a session of the format; none if it is not. */
async function filesOf(path: string, target: Codec): Promise<readonly string[]> {
  if (!statSync(path).isDirectory()) return [];
  const detections = await detect({ path });
  return detections.find(({ format }) => format === target.name)?.files ?? [];
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
  if (losses.length === 0) list('Nothing is lost.', []);
}
