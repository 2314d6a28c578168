/** The write-ahead log of SQLite, applied to a database in memory (sqlite.org/fileformat2.html, section 4). */

import { SessionError } from '../errors.ts';
import { isPageSize, pageSizeOf } from './header.ts';

/** Bytes of the header, whose salts name one run of the log. */
export const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The last bit tells the byte order of the words that are summed. */
const WAL_MAGIC = 0x377f0682;
const WAL_VERSION = 3007000;

/**
 * The database with every committed frame of its log in place. Frames behind the last whole commit do not count:
 * a writer may be at work on them, or died there. A log whose header is not whole holds nothing.
 *
 * @throws SessionError `DAMAGED` if the two do not belong together
 */
export function applyWal(main: Uint8Array, wal: Uint8Array): Uint8Array {
  // SQLite throws a log away if the database beside it has no bytes.
  if (main.length === 0) return main;
  const log = readHeader(wal);
  if (log === null) return main;
  const { pages, pageCount } = committedPages(wal, log);
  if (pageCount === 0) return main;
  const { pageSize } = log;
  const own = pageSizeOf(main);
  const size = pageCount * pageSize;
  if ((own !== null && own !== pageSize) || size > main.length + wal.length) {
    throw new SessionError('DAMAGED', 'The -wal file beside the database does not belong to it.');
  }
  const image = new Uint8Array(size);
  image.set(main.subarray(0, size));
  for (const [page, offset] of pages) {
    if (page <= pageCount) image.set(wal.subarray(offset, offset + pageSize), (page - 1) * pageSize);
  }
  return image;
}

interface Log {
  view: DataView;
  pageSize: number;
  littleEndian: boolean;
  /** Running checksum after the header. */
  sum: Checksum;
}

type Checksum = [number, number];

/** Whether a log in use begins like this. */
export function hasWalMagic(wal: Uint8Array): boolean {
  const magic = new DataView(wal.buffer, wal.byteOffset, wal.byteLength).getUint32(0);
  return (magic & ~1) === WAL_MAGIC;
}

function readHeader(wal: Uint8Array): Log | null {
  if (wal.length < WAL_HEADER_BYTES) return null;
  const view = new DataView(wal.buffer, wal.byteOffset, wal.byteLength);
  const magic = view.getUint32(0);
  const pageSize = view.getUint32(8);
  if (!hasWalMagic(wal) || view.getUint32(4) !== WAL_VERSION || !isPageSize(pageSize)) return null;
  const littleEndian = (magic & 1) === 0;
  const sum = checksum([0, 0], view, 0, 24, littleEndian);
  return sum[0] === view.getUint32(24) && sum[1] === view.getUint32(28)
    ? { view, pageSize, littleEndian, sum }
    : null;
}

/** Where the newest committed content of each page stands, and how many pages the database then has. */
function committedPages(wal: Uint8Array, { view, pageSize, littleEndian, sum }: Log) {
  const pages = new Map<number, number>();
  let pageCount = 0;
  let uncommitted: [number, number][] = [];
  let running = sum;
  for (
    let frame = WAL_HEADER_BYTES;
    frame + FRAME_HEADER_BYTES + pageSize <= wal.length;
    frame += FRAME_HEADER_BYTES + pageSize
  ) {
    const page = view.getUint32(frame);
    const sameRun = view.getUint32(frame + 8) === view.getUint32(16);
    const sameSalt = view.getUint32(frame + 12) === view.getUint32(20);
    if (page === 0 || !sameRun || !sameSalt) break;
    const data = frame + FRAME_HEADER_BYTES;
    running = checksum(running, view, frame, 8, littleEndian);
    running = checksum(running, view, data, pageSize, littleEndian);
    if (running[0] !== view.getUint32(frame + 16) || running[1] !== view.getUint32(frame + 20)) break;
    uncommitted.push([page, data]);
    const sizeAfterCommit = view.getUint32(frame + 4);
    if (sizeAfterCommit === 0) continue;
    for (const [written, offset] of uncommitted) pages.set(written, offset);
    uncommitted = [];
    pageCount = sizeAfterCommit;
  }
  return { pages, pageCount };
}

function checksum(
  [s0, s1]: Checksum,
  view: DataView,
  from: number,
  length: number,
  littleEndian: boolean,
): Checksum {
  let a = s0;
  let b = s1;
  for (let i = from; i < from + length; i += 8) {
    a = (a + view.getUint32(i, littleEndian) + b) >>> 0;
    b = (b + view.getUint32(i + 4, littleEndian) + a) >>> 0;
  }
  return [a, b];
}
