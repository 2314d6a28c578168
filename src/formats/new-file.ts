/** Writing a file bit by bit, which is too large to be made in memory. */

import { closeSync, openSync, writeFileSync } from 'node:fs';
import { ioError } from '../sqlite/io-error.ts';

const encoder = new TextEncoder();
/** How many bytes are written at once. */
const SIZE = 256 * 1024;

/** A file that is written from the begin to the end. */
export interface NewFile {
  /** How many bytes were written. */
  readonly length: number;
  /** Text in UTF-8. @throws SessionError `IO` */
  utf8(text: string): void;
}

/**
 * Makes a file that must not be there yet, for its owner alone; it is not synced.
 *
 * @throws SessionError `IO`, and what `write` throws
 */
export function withNewFile(path: string, write: (file: NewFile) => void): void {
  const orIoError = <T>(call: () => T): T => {
    try {
      return call();
    } catch (error) {
      throw ioError(error, path);
    }
  };
  const fd = orIoError(() => openSync(path, 'wx', 0o600));
  // One for all texts: new ones would lie there until there is no memory left.
  let buffer = new Uint8Array(SIZE);
  let used = 0;
  let length = 0;
  const flush = () => {
    orIoError(() => writeFileSync(fd, buffer.subarray(0, used)));
    buffer.fill(0, 0, used);
    used = 0;
  };
  try {
    write({
      get length() {
        return length;
      },
      utf8(text) {
        const most = 3 * text.length;
        if (used + most > buffer.length) flush();
        if (most > buffer.length) buffer = new Uint8Array(most);
        const { written } = encoder.encodeInto(text, buffer.subarray(used));
        used += written;
        length += written;
      },
    });
    flush();
  } finally {
    buffer.fill(0);
    closeSync(fd);
  }
}
