/** What a caller gave to be read, as the input that codecs work on. */

import { closeSync, fstatSync, openSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SessionError } from '../errors.ts';
import type { SqlDatabase } from '../sqlite/driver.ts';
import { hasSqliteMagic } from '../sqlite/header.ts';
import { isHeldHere } from '../sqlite/held-here.ts';
import { ioError } from '../sqlite/io-error.ts';
import { realPath } from '../sqlite/path.ts';
import { openBytes, openForReading } from '../sqlite/reader.ts';
import { type FormatInput, MAX_FILE_BYTES, type Pieces } from './codec.ts';
import { FilesInput, FolderInput } from './folder-input.ts';
import { checkName, HEAD_BYTES, type OpenInput, tooLarge } from './open-input.ts';
import { readNearby } from './plain-file.ts';

export type { OpenInput } from './open-input.ts';

/**
 * What can be read: a path or file URL of a file or a folder; bytes; the files of a folder by their names in it, with
 * `/`; or the text of a session string.
 */
export type Source =
  | { path: string | URL }
  | { bytes: Uint8Array; name?: string }
  | { files: ReadonlyMap<string, Uint8Array>; name?: string }
  | { text: string };

/**
 * Makes an input. Nothing is read yet, but what is there is looked at.
 *
 * @throws SessionError `NOT_FOUND`, `UNSUPPORTED` (a pipe), `INVALID_PATH`, `INVALID_VALUE`, `IO`
 */
export function openInput(source: Source): OpenInput {
  if ('path' in source) return openPath(source.path);
  if ('text' in source) {
    if (typeof source.text !== 'string') throw wrongSource();
    return new BytesInput(new TextEncoder().encode(source.text), 'the text given', 'text');
  }
  if ('files' in source) {
    const { files, name = 'the files given' } = source;
    const isFiles = files instanceof Map && [...files.values()].every((bytes) => bytes instanceof Uint8Array);
    if (!isFiles) throw wrongSource();
    return new FilesInput(files, name);
  }
  if (!(source.bytes instanceof Uint8Array)) throw wrongSource();
  return new BytesInput(source.bytes, source.name ?? 'the bytes given', source.name ?? 'bytes');
}

function wrongSource(): SessionError {
  return new SessionError(
    'INVALID_VALUE',
    'A source is { path }, { bytes } (a Uint8Array), { files } (a Map) or { text }.',
  );
}

function openPath(path: string | URL): OpenInput {
  const label = String(path instanceof URL && path.protocol === 'file:' ? fileURLToPath(path) : path);
  const real = realPath(resolve(pathOf(path)));
  const stats = statOf(real, label);
  if (stats.isDirectory()) return new FolderInput(realFolder(real, label), label);
  if (!stats.isFile()) {
    throw new SessionError('UNSUPPORTED', `${label} is no regular file. Give its content on standard input.`);
  }
  return new FileInput(real, label, stats.size);
}

function realFolder(path: string, label: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    throw ioError(error, label);
  }
}

class BytesInput implements OpenInput {
  readonly label: string;
  readonly isFolder = false;
  readonly names: readonly string[];
  readonly notes: string[] = [];
  readonly #bytes: Uint8Array;
  #database: Promise<SqlDatabase> | undefined;
  #db: SqlDatabase | undefined;

  constructor(bytes: Uint8Array, label: string, name: string) {
    if (bytes.length > MAX_FILE_BYTES) throw tooLarge(label, bytes.length);
    this.#bytes = bytes;
    this.label = label;
    this.names = [name];
  }

  async bytes(name?: string, limit: number = MAX_FILE_BYTES): Promise<Uint8Array> {
    checkName(this, name);
    if (this.#bytes.length > limit) throw tooLarge(this.label, this.#bytes.length);
    return this.#bytes;
  }

  async modified(): Promise<null> {
    return null;
  }

  async head(name?: string): Promise<Uint8Array> {
    checkName(this, name);
    return this.#bytes.subarray(0, HEAD_BYTES);
  }

  async nearby(): Promise<null> {
    return null;
  }

  async database(name?: string): Promise<SqlDatabase> {
    checkName(this, name);
    this.#database ??= this.#open();
    return this.#database;
  }

  async #open(): Promise<SqlDatabase> {
    const { db, walFormat } = await openBytes(this.#bytes, this.label);
    this.#db = db;
    if (walFormat) {
      this.notes.push(
        'The database is in WAL format: newer data may stand in the -wal file beside it, which was not given.',
      );
    }
    return db;
  }

  close(): void {
    this.#db?.close();
    this.#db = undefined;
  }
}

class FileInput implements OpenInput {
  readonly label: string;
  readonly isFolder = false;
  readonly folderName: string;
  readonly names: readonly string[];
  readonly notes: readonly string[] = [];
  readonly #file: string;
  readonly #size: number;
  #fd: number | undefined;
  #head: Uint8Array | undefined;
  #database: Promise<SqlDatabase> | undefined;
  #db: SqlDatabase | undefined;

  constructor(file: string, label: string, size: number) {
    this.#file = file;
    this.label = label;
    this.#size = size;
    this.names = [basename(this.#file)];
    this.folderName = basename(dirname(this.#file));
  }

  async bytes(name?: string, limit: number = MAX_FILE_BYTES): Promise<Uint8Array> {
    checkName(this, name);
    if (this.#size > limit) throw tooLarge(this.label, this.#size);
    return this.#withFile((fd) => new Uint8Array(readFileSync(fd)));
  }

  async pieces(): Promise<Pieces> {
    if (this.#size > MAX_FILE_BYTES) throw tooLarge(this.label, this.#size);
    this.#fd ??= this.#openFile();
    const fd = this.#fd;
    return {
      read: (into, from) => {
        try {
          return readSync(fd, into, 0, into.length, from);
        } catch (error) {
          throw ioError(error, this.label);
        }
      },
    };
  }

  async modified(name?: string): Promise<number> {
    checkName(this, name);
    return this.#withFile((fd) => fstatSync(fd).mtimeMs);
  }

  async head(name?: string): Promise<Uint8Array> {
    checkName(this, name);
    // Who holds it has it open as a database; opening it in another way would drop the locks on it.
    if (isHeldHere(this.#file)) return new TextEncoder().encode('SQLite format 3\0');
    // Every format asks for it.
    this.#head ??= this.#withFile((fd) => {
      const bytes = new Uint8Array(HEAD_BYTES);
      return bytes.slice(0, readSync(fd, bytes, 0, HEAD_BYTES, 0));
    });
    return this.#head;
  }

  async database(name?: string): Promise<SqlDatabase> {
    checkName(this, name);
    this.#database ??= this.#open();
    return this.#database;
  }

  async nearby(path: string): Promise<Uint8Array | null> {
    return readNearby(realFolder(dirname(this.#file), this.label), path);
  }

  async #open(): Promise<SqlDatabase> {
    this.#db = await openForReading(this.#file);
    return this.#db;
  }

  close(): void {
    this.#db?.close();
    this.#db = undefined;
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #withFile<T>(use: (fd: number) => T): T {
    const fd = this.#openFile();
    try {
      return use(fd);
    } catch (error) {
      throw ioError(error, this.label);
    } finally {
      closeSync(fd);
    }
  }

  #openFile(): number {
    if (isHeldHere(this.#file)) {
      throw new SessionError('LOCKED', `${this.label} is open as a session in this process. Close it first.`);
    }
    try {
      return openSync(this.#file, 'r');
    } catch (error) {
      throw ioError(error, this.label);
    }
  }
}

function pathOf(path: string | URL): string {
  if (path instanceof URL) {
    if (path.protocol !== 'file:') {
      throw new SessionError('INVALID_PATH', `A file needs a path or a file: URL, not ${path.protocol}`);
    }
    return fileURLToPath(path);
  }
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new SessionError('INVALID_PATH', 'A path must be text, not empty and without NUL, or a file: URL.');
  }
  return path;
}

function statOf(file: string, label: string) {
  try {
    return statSync(file);
  } catch (error) {
    throw ioError(error, label);
  }
}

/** Whether an input is an SQLite database, by its first bytes. */
export async function isSqlite(input: FormatInput): Promise<boolean> {
  return hasSqliteMagic(await input.head());
}
