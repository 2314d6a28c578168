/** The rollback journal of SQLite, played back in memory (sqlite.org/fileformat2.html, section 3). */

import { SessionError } from '../errors.ts';
import { isPageSize, pageSizeOf } from './header.ts';

const MAGIC = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
/** What a header says; it fills a whole sector. */
export const JOURNAL_HEADER_BYTES = 28;
/** Where SQLite keeps its locks: the page at this offset is never part of a database. */
const LOCK_OFFSET = 0x40000000;

/** What the first header says of the whole journal. */
interface Sizes {
  pageCount: number;
  sectorSize: number;
  pageSize: number;
}

/** What each header says of the records behind it. */
interface Section {
  records: number;
  nonce: number;
}

/**
 * The database as it was before the transaction that left this journal. A journal whose header is wiped or not
 * whole is not hot: that transaction was committed, or never touched the database.
 *
 * @throws SessionError `DAMAGED` if the two do not belong together, or more databases are involved
 */
export function rollBack(main: Uint8Array, journal: Uint8Array): Uint8Array {
  const sizes = readSizes(main, journal);
  // SQLite throws a journal away if the database beside it has no bytes.
  if (sizes === null || main.length === 0) return main;
  if (namesSuperJournal(journal)) {
    throw new SessionError(
      'DAMAGED',
      'The -journal file beside the database belongs to a transaction over several databases. Open it once with the program that wrote it.',
    );
  }
  const { pageSize, sectorSize, pageCount } = sizes;
  const size = pageCount * pageSize;
  if (size > main.length + journal.length) {
    throw new SessionError('DAMAGED', 'The -journal file beside the database does not belong to it.');
  }
  const image = new Uint8Array(size);
  image.set(main.subarray(0, size));
  let at = 0;
  for (;;) {
    const section = readSection(journal, at, sectorSize);
    const end = section && playBack(image, journal, at + sectorSize, section, pageSize);
    if (end === null) return image;
    at = Math.ceil(end / sectorSize) * sectorSize;
  }
}

/** Puts the pages of one section back. Gives where it ended, or null at a record that was not written whole. */
function playBack(
  image: Uint8Array,
  journal: Uint8Array,
  from: number,
  { records, nonce }: Section,
  pageSize: number,
): number | null {
  const view = new DataView(journal.buffer, journal.byteOffset, journal.byteLength);
  const recordBytes = 4 + pageSize + 4;
  const toTheEnd = records === 0xffffffff;
  let at = from;
  for (let i = 0; toTheEnd || i < records; i++, at += recordBytes) {
    if (at + recordBytes > journal.length) return null;
    const page = view.getUint32(at);
    if (page === 0 || page === LOCK_OFFSET / pageSize + 1) return null;
    const data = journal.subarray(at + 4, at + 4 + pageSize);
    // A page beyond the old end of the database is cut off anyway.
    if (page * pageSize > image.length) continue;
    if (checksum(data, nonce) !== view.getUint32(at + 4 + pageSize)) return null;
    image.set(data, (page - 1) * pageSize);
  }
  return at;
}

/** Whether a header that is in use stands at an offset. */
export function hasJournalMagic(journal: Uint8Array, at = 0): boolean {
  return MAGIC.every((byte, i) => journal[at + i] === byte);
}

/** The sizes in the first header, or null where it is not whole. */
function readSizes(main: Uint8Array, journal: Uint8Array): Sizes | null {
  if (journal.length < JOURNAL_HEADER_BYTES || !hasJournalMagic(journal)) return null;
  const view = new DataView(journal.buffer, journal.byteOffset, JOURNAL_HEADER_BYTES);
  const sectorSize = view.getUint32(20);
  const isSectorSize = sectorSize >= 32 && sectorSize <= 65536 && (sectorSize & (sectorSize - 1)) === 0;
  // Old versions of SQLite wrote no page size there.
  const pageSize = view.getUint32(24) || (pageSizeOf(main) ?? 0);
  if (!isSectorSize || !isPageSize(pageSize) || journal.length < sectorSize) return null;
  return { pageCount: view.getUint32(16), sectorSize, pageSize };
}

/** The header at an offset, or null if there is none that is whole. Only in the first one the sizes count. */
function readSection(journal: Uint8Array, at: number, sectorSize: number): Section | null {
  if (at + sectorSize > journal.length || at + JOURNAL_HEADER_BYTES > journal.length) return null;
  if (!hasJournalMagic(journal, at)) return null;
  const view = new DataView(journal.buffer, journal.byteOffset + at, JOURNAL_HEADER_BYTES);
  return { records: view.getUint32(8), nonce: view.getUint32(12) };
}

/** SQLite sums every 200th byte from the end of the page. */
function checksum(page: Uint8Array, nonce: number): number {
  let sum = nonce;
  for (let i = page.length - 200; i > 0; i -= 200) sum += page[i]!;
  return sum >>> 0;
}

/** Whether a name stands at the end: length, checksum, magic, as SQLite writes it there. */
function namesSuperJournal(journal: Uint8Array): boolean {
  const end = journal.length;
  if (end < 16 || !hasJournalMagic(journal, end - 8)) return false;
  const view = new DataView(journal.buffer, journal.byteOffset, journal.byteLength);
  const length = view.getUint32(end - 16);
  if (length === 0 || length > end - 16) return false;
  let sum = 0;
  for (let i = end - 16 - length; i < end - 16; i++) sum += view.getInt8(i);
  return sum >>> 0 === view.getUint32(end - 12);
}
