/** The seam every format fits: what a codec is given, what it returns, and what it can do. */

import type { SqlDatabase } from '../sqlite/driver.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * A set of named files to be read: one file, or (for formats that need it) a folder. Nothing of it is ever
 * written, and what is not asked for is not read.
 */
export interface FormatInput {
  /** What the person gave: a path, or `standard input`, or `the text given`. For messages. */
  readonly label: string;
  /** Whether it is a folder. Of a folder, only files that are named can be read. */
  readonly isFolder: boolean;
  /**
   * The name of the folder, or of the one that the file stands in; left out where the input is not on a disk. For
   * formats that number their folders.
   */
  readonly folderName?: string;
  /** Names of the files, relative to the input, with `/`; a single file has its own base name. */
  readonly names: readonly string[];
  /**
   * The bytes of a file.
   *
   * @param limit most bytes that it may have; {@link MAX_FILE_BYTES} if left out
   * @throws SessionError `INVALID_VALUE` if it is larger
   */
  bytes(name?: string, limit?: number): Promise<Uint8Array>;
  /** The first bytes of a file, at most 64 KiB, for telling formats apart. */
  head(name?: string): Promise<Uint8Array>;
  /**
   * The only file, to be read piece by piece until the input is closed. Left out where its bytes are in memory anyway.
   *
   * @throws SessionError `INVALID_VALUE` if it has more than {@link MAX_FILE_BYTES}
   */
  pieces?(): Promise<Pieces>;
  /** When a file was last changed, in milliseconds since 1970; null where that is not known. */
  modified(name?: string): Promise<number | null>;
  /**
   * A file as an SQLite database, opened so that nothing about it changes, its `-wal` or `-journal` honoured.
   * Opened once and closed by whoever made the input.
   *
   * @throws SessionError `NOT_SQLITE`, `DAMAGED`, `LOCKED`, `IO`
   */
  database(name?: string): Promise<SqlDatabase>;
  /**
   * The bytes of a file that stands near the input: next to a file, or around a folder. Null where there is none, it
   * is a link, or the input is not on a disk. Only for formats whose files stand in several folders.
   *
   * @param path relative to the folder of the file, or to the input itself if that is a folder, such as `../other/x`
   * @throws SessionError `INVALID_VALUE` if it is larger than any session, `IO`
   */
  nearby(path: string): Promise<Uint8Array | null>;
}

/** A file that is open. */
export interface Pieces {
  /** Reads bytes from a place on into an array, as many as it has room for. Gives how many there were: 0 at the end. */
  read(into: Uint8Array, from: number): number;
}

/** Largest file that is read. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** Why a codec thinks that an input is its own. */
export interface Detection {
  /** Name of the format. */
  format: string;
  /** Version of the format, or null where it has none. */
  version: number | null;
  /** What gave it away, as a sentence. */
  reason: string;
  /** The files that it consists of, where the input is a folder. */
  files?: readonly string[];
}

/** How to read. Options that a format does not need are ignored by it. */
export interface ReadOptions {
  /** Read as this format, whatever the input looks like. */
  from?: string;
  /** Only the account with this number, of a source with several ({@link Snapshot.account}). */
  account?: number;
  /** The local passcode of Telegram Desktop. Text, as the user types it. */
  passcode?: string;
  /** The name that Telegram Desktop was started with (`-key NAME`), if it is not the only one in the folder. */
  dataName?: string;
  /** The key of TDLib's database, `database_encryption_key`, where the application gave it one. */
  databaseEncryptionKey?: Uint8Array;
}

/** How to write. */
export interface WriteOptions {
  /** Version of the format to write, where it has several; its newest by default. */
  version?: number;
  /** Name of the session, for formats that have it in the names of their files. */
  name?: string;
  /** Passcode to protect the files with, in formats that can (Telegram Desktop). */
  passcode?: string;
  /** The name that Telegram Desktop will be started with (`-key NAME`); `data` by default. */
  dataName?: string;
  /** The key of TDLib's database, as the application will give it; TDLib's own by default. */
  databaseEncryptionKey?: Uint8Array;
  /**
   * A folder, of the caller's own and for its owner alone, in which large files may be made, so that they need not fit in
   * memory. Where they stand is then in {@link Written.built}.
   */
  folder?: string;
}

/** Options that only some formats have. */
export type SpecialOption = 'passcode' | 'dataName' | 'databaseEncryptionKey';

/** One thing that the target format cannot hold. */
export interface Loss {
  /** Path of what is lost, such as `session.user` or `peers`. */
  field: string;
  /** What is lost, as a sentence; never a secret. */
  message: string;
}

/**
 * What a codec wrote: files by name (a single file has the name '', those of a folder are relative to it), what was
 * lost, what was assumed.
 */
export interface Written {
  files: Map<string, Uint8Array>;
  /**
   * Files that stand in the {@link WriteOptions.folder} instead of in memory, by name: their paths. Whoever gave the
   * folder syncs them and puts them in their place. Left out where there are none.
   */
  built?: Map<string, string>;
  losses: Loss[];
  notes: string[];
}

/** One format. */
export interface Codec {
  /** Name of the format, such as `telethon-string`. */
  readonly name: string;
  /** One line for people: whose format it is. */
  readonly title: string;
  /** Whether its content is one line of text, rather than files. */
  readonly text: boolean;
  /** What it is read from: one file (if left out), a folder, or either. */
  readonly input?: 'file' | 'folder' | 'either';
  /** What it is written as: a folder (its files by their names in it), or one file (if left out). */
  readonly output?: 'file' | 'folder';
  /** What the names of its files end in: `.txt` for text, `.session` for other files, if left out; nothing for folders. */
  readonly suffix?: string;
  /** Which of the options that only some formats have it heeds, in reading or in writing. */
  readonly options?: readonly SpecialOption[];
  /** False where it is only recognized: reading says why, and what to do instead. */
  readonly reads?: false;
  /** Versions it can write, the default first; empty where it is read only, `[null]` where there are none. */
  readonly writes: readonly (number | null)[];
  /** What travels beside the key, for the table of formats. */
  readonly carries: string;
  /** Says whether the input is of this format. Cheap, and never throws for what is merely something else. */
  detect(input: FormatInput): Promise<Detection | null>;
  /** Reads every account in it. @throws SessionError */
  read(input: FormatInput, options: ReadOptions): Promise<Snapshot[]>;
  /** Writes snapshots. Only where {@link Codec.writes} is not empty. @throws SessionError `CANNOT_HOLD` */
  write?(snapshots: readonly Snapshot[], options: WriteOptions): Promise<Written>;
}
