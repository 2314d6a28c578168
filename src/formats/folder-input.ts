/**
 * Folders as inputs. What stands in them may have been put there by anybody: links are never followed, nothing that is
 * no plain file is opened, and the list of names is bounded.
 */

import { fstatSync, opendirSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SessionError } from '../errors.ts';
import type { SqlDatabase } from '../sqlite/driver.ts';
import { ioError } from '../sqlite/io-error.ts';
import { openBytes, openForReading } from '../sqlite/reader.ts';
import { MAX_FILE_BYTES } from './codec.ts';
import { HEAD_BYTES, type OpenInput, tooLarge } from './open-input.ts';
import { readNearby, withPlainFile } from './plain-file.ts';

/** Most files that are listed; those nearest to the top come first. */
const MAX_NAMES = 100_000;
/** Most entries that are looked at, folders and what is left out included. */
const MAX_ENTRIES = 2 * MAX_NAMES;
/** Deepest folder that is listed, the input itself being 0. Sessions have two levels. */
const MAX_DEPTH = 4;

/** A folder on disk. Its files are listed when their names are first asked for. */
export class FolderInput implements OpenInput {
  readonly label: string;
  readonly isFolder = true;
  readonly folderName: string;
  readonly notes: string[] = [];
  /** Without links. */
  readonly #root: string;
  readonly #databases = new Map<string, Promise<SqlDatabase>>();
  readonly #open: SqlDatabase[] = [];
  #names: Set<string> | undefined;
  #list: readonly string[] | undefined;

  /** @param root the folder, without links */
  constructor(root: string, label: string) {
    this.#root = root;
    this.label = label;
    this.folderName = basename(root);
  }

  get names(): readonly string[] {
    this.#list ??= [...this.#known()];
    return this.#list;
  }

  async bytes(name?: string, limit: number = MAX_FILE_BYTES): Promise<Uint8Array> {
    return this.#withFile(name, (fd, size, path) => {
      if (size > limit) throw tooLarge(path, size);
      return new Uint8Array(readFileSync(fd));
    });
  }

  async modified(name?: string): Promise<number> {
    return this.#withFile(name, (fd) => fstatSync(fd).mtimeMs);
  }

  async head(name?: string): Promise<Uint8Array> {
    return this.#withFile(name, (fd) => {
      const bytes = new Uint8Array(HEAD_BYTES);
      return bytes.slice(0, readSync(fd, bytes, 0, HEAD_BYTES, 0));
    });
  }

  async nearby(path: string): Promise<Uint8Array | null> {
    return readNearby(this.#root, path);
  }

  async database(name?: string): Promise<SqlDatabase> {
    const path = this.#pathOf(name);
    const found = this.#databases.get(path) ?? this.#openDatabase(path);
    this.#databases.set(path, found);
    return found;
  }

  async #openDatabase(path: string): Promise<SqlDatabase> {
    const db = await openForReading(path);
    this.#open.push(db);
    return db;
  }

  close(): void {
    for (const db of this.#open.splice(0)) db.close();
    this.#databases.clear();
  }

  #known(): Set<string> {
    try {
      this.#names ??= this.#listed();
    } catch (error) {
      throw ioError(error, this.label);
    }
    return this.#names;
  }

  /** Names level by level, so that what is cut off by the bounds is what lies deepest. */
  #listed(): Set<string> {
    const names = new Set<string>();
    const found = { entries: 0, links: 0 };
    let level = [''];
    for (let depth = 0; depth <= MAX_DEPTH; depth++) {
      const next: string[] = [];
      for (const folder of level) {
        const files: string[] = [];
        const isAll = this.#look(folder, files, next, found);
        for (const name of files.sort()) names.add(name);
        if (isAll && names.size <= MAX_NAMES) continue;
        this.notes.push(`The folder has more than ${names.size} files: the others were not looked at.`);
        return names;
      }
      level = next.sort();
    }
    if (found.links > 0) this.notes.push(`Links in the folder were not followed: ${found.links}.`);
    return names;
  }

  /** Adds the names of a folder's files and folders. Says whether it came to the end. */
  #look(
    folder: string,
    files: string[],
    folders: string[],
    found: { entries: number; links: number },
  ): boolean {
    const entries = opendirSync(join(this.#root, folder));
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        if (++found.entries > MAX_ENTRIES) return false;
        const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isFile()) files.push(name);
        else if (entry.isDirectory()) folders.push(name);
        else if (entry.isSymbolicLink()) found.links++;
      }
      return true;
    } finally {
      entries.closeSync();
    }
  }

  /** The path of a file that was listed. */
  #pathOf(name: string | undefined): string {
    if (name === undefined) {
      throw new SessionError('UNKNOWN_FORMAT', `${this.label} is a folder, not a file.`, {
        found: 'a folder',
      });
    }
    if (!this.#known().has(name)) {
      throw new SessionError('NOT_FOUND', `${this.label} has no file ${name}.`);
    }
    const path = join(this.#root, name);
    let real: string;
    try {
      real = realpathSync.native(path);
    } catch (error) {
      throw ioError(error, path);
    }
    // A file, or a folder on the way to it, may have become a link since it was listed.
    if (real !== path) throw new SessionError('INVALID_PATH', `${path} is a link, and is not followed.`);
    return path;
  }

  #withFile<T>(name: string | undefined, use: (fd: number, size: number, path: string) => T): T {
    const path = this.#pathOf(name);
    return withPlainFile(path, (fd, size) => use(fd, size, path));
  }
}

/** A folder whose files are in memory, as {@link FolderInput}; for what a codec wrote, and for uploads. */
export class FilesInput implements OpenInput {
  readonly label: string;
  readonly isFolder = true;
  readonly names: readonly string[];
  readonly notes: string[] = [];
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #databases = new Map<string, SqlDatabase>();

  constructor(files: ReadonlyMap<string, Uint8Array>, label: string) {
    this.label = label;
    this.#files = files;
    this.names = [...files.keys()].sort();
  }

  async bytes(name?: string, limit: number = MAX_FILE_BYTES): Promise<Uint8Array> {
    if (name === undefined) {
      throw new SessionError('UNKNOWN_FORMAT', `${this.label} is a folder, not a file.`, {
        found: 'a folder',
      });
    }
    const bytes = this.#files.get(name);
    if (bytes === undefined) throw new SessionError('NOT_FOUND', `${this.label} has no file ${name}.`);
    if (bytes.length > limit) throw tooLarge(name, bytes.length);
    return bytes;
  }

  async modified(): Promise<null> {
    return null;
  }

  async head(name?: string): Promise<Uint8Array> {
    return (await this.bytes(name)).subarray(0, HEAD_BYTES);
  }

  async nearby(): Promise<null> {
    return null;
  }

  async database(name?: string): Promise<SqlDatabase> {
    const bytes = await this.bytes(name);
    const open = this.#databases.get(name!) ?? (await openBytes(bytes, name!)).db;
    this.#databases.set(name!, open);
    return open;
  }

  close(): void {
    for (const db of this.#databases.values()) db.close();
    this.#databases.clear();
  }
}
