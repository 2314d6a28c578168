/** The first 100 bytes of an SQLite database (sqlite.org/fileformat2.html, section 1.3). */

const MAGIC = 'SQLite format 3\0';

/** Bytes of the header. */
export const HEADER_BYTES = 100;

/** Whether these bytes begin like an SQLite database. */
export function hasSqliteMagic(bytes: Uint8Array): boolean {
  if (bytes.length < MAGIC.length) return false;
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC.charCodeAt(i)) return false;
  return true;
}

/** Whether SQLite has pages of this many bytes. */
export function isPageSize(size: number): boolean {
  return size >= 512 && size <= 65536 && (size & (size - 1)) === 0;
}

/** The page size that the header names, or null if it names none. */
export function pageSizeOf(bytes: Uint8Array): number | null {
  if (!hasSqliteMagic(bytes) || bytes.length < HEADER_BYTES) return null;
  const field = (bytes[16]! << 8) | bytes[17]!;
  // 65536 does not fit in the two bytes.
  const size = field === 1 ? 65536 : field;
  return isPageSize(size) ? size : null;
}

/** Whether the header says that changes may stand in a `-wal` file. */
export function isWalFormat(bytes: Uint8Array): boolean {
  return hasSqliteMagic(bytes) && bytes.length >= HEADER_BYTES && (bytes[18] === 2 || bytes[19] === 2);
}

/** The same database in rollback format, which an image in memory must have. Copies only if it must change. */
export function toRollbackFormat(bytes: Uint8Array): Uint8Array {
  if (!isWalFormat(bytes)) return bytes;
  const copy = new Uint8Array(bytes);
  copy[18] = 1;
  copy[19] = 1;
  return copy;
}
