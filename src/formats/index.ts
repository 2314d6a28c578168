/**
 * Sessions of every Telegram library: find out what a file is, read it, write another.
 *
 * @module
 */

import { SessionError } from '../errors.ts';
import type { Codec, Detection, FormatInput, ReadOptions, WriteOptions, Written } from './codec.ts';
import type { Snapshot } from './snapshot.ts';

export type { Codec, Detection, FormatInput, Loss, ReadOptions, WriteOptions, Written } from './codec.ts';
export type { JsonValue, Snapshot } from './snapshot.ts';

/** What can be read: a path or file URL; bytes; or the text of a session string. */
export type Source = { path: string | URL } | { bytes: Uint8Array; name?: string } | { text: string };

/** What reading gives. */
export interface ReadResult {
  format: string;
  version: number | null;
  /** Every account found, in the file's order. */
  snapshots: Snapshot[];
}

/** All formats, in the order in which they are listed. */
export declare const codecs: readonly Codec[];

/** The codec of a name. @throws SessionError `UNKNOWN_FORMAT` */
export declare function codec(name: string): Codec;

/** Which formats fit, with the reasons. Empty if none does. Nothing about the source changes. */
export declare function detect(source: Source): Promise<Detection[]>;

/**
 * Reads a session of any format.
 *
 * @throws SessionError `UNKNOWN_FORMAT`, `AMBIGUOUS_FORMAT`, `NOT_FOUND`, or what is wrong with the content
 */
export declare function read(source: Source, options?: ReadOptions): Promise<ReadResult>;

/**
 * Writes snapshots as files in memory, with the report of what the format cannot hold.
 *
 * @throws SessionError `UNKNOWN_FORMAT`, `UNSUPPORTED`, `CANNOT_HOLD`
 */
export declare function write(
  snapshots: readonly Snapshot[],
  format: string,
  options?: WriteOptions,
): Promise<Written>;
void SessionError;
declare const _unused: FormatInput;
