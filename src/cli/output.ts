/** Where a conversion goes: the names of targets, and putting what a codec wrote in its place. */

import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { SessionError } from '../errors.ts';
import {
  type Codec,
  detect,
  read,
  type Snapshot,
  type WriteOptions,
  type Written,
  write,
} from '../formats/index.ts';
import { sqlDriver } from '../sqlite/driver.ts';
import { refuseHeld } from '../sqlite/hold.ts';
import { realPath } from '../sqlite/path.ts';
import {
  exists,
  placeSecretFile,
  withBuildFolder,
  writeSecretFile,
  writeSecretFolder,
} from './output-file.ts';

/** What the names of a format's targets end in. */
export function suffixOf({ suffix, output, text }: Codec): string {
  return suffix ?? (output === 'folder' ? '' : text ? '.txt' : '.session');
}

/** The options for writing under a path: of some formats the name of the folder is that of the session. */
export function namedAfter(output: string, { output: kind }: Codec, options: WriteOptions): WriteOptions {
  return kind === 'folder' ? { ...options, name: basename(resolve(output)) } : options;
}

/** With more peers than this a file is not made in memory. */
const MOST_IN_MEMORY = 20_000;

/**
 * Writes snapshots and has the result placed. A large one is made beside its target; where nothing is to stand there, in
 * the folder for temporary files.
 *
 * @throws SessionError what `write` and `place` throw
 */
export async function writeThere(
  snapshots: readonly Snapshot[],
  target: Codec,
  output: string,
  { write: options, dryRun }: { write: WriteOptions; dryRun: boolean },
  place: (written: Written) => void | Promise<void>,
): Promise<Written> {
  const writeIn = (where: WriteOptions) =>
    write(snapshots, target.name, { ...namedAfter(output, target, options), ...where });
  const isFile = output !== '-' && target.output !== 'folder';
  const isLarge = isFile && snapshots.some(({ peers }) => peers.length > MOST_IN_MEMORY);
  const near = dryRun ? join(tmpdir(), 'tgsession-dry-run') : resolve(output);
  let isPlaced = dryRun;
  const written = await (isLarge
    ? withBuildFolder(near, async (folder) => {
        const made = await writeIn({ folder });
        if (made.built !== undefined && !isPlaced) await place(made);
        isPlaced ||= made.built !== undefined;
        return made;
      })
    : writeIn({}));
  // What came in memory all the same is first written under the name that the folder had.
  if (!isPlaced) await place(written);
  return written;
}

/**
 * Puts files in their place: each whole or not at all, for their owner alone.
 *
 * @param force whether what is there may be replaced: a file, or a folder that is a session of the format
 * @throws SessionError `EXISTS`, `HELD` (what is there is in use), `IO`
 */
export async function put(
  { files, built = new Map() }: Written,
  output: string,
  target: Codec,
  force: boolean,
): Promise<void> {
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

/** Whether something that is there is a session of a format. Strings of some libraries only differ in who reads them. */
export async function isOfFormat(path: string, { name, text }: Codec): Promise<boolean> {
  try {
    if (text) return (await read({ path }, { from: name })).snapshots.length > 0;
    return (await detect({ path })).some(({ format }) => format === name);
  } catch (error) {
    if (error instanceof SessionError) return false;
    throw error;
  }
}
