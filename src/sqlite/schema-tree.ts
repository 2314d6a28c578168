/**
 * The pages that hold the schema, looked at before SQLite reads them: it reads them all at the first statement, and
 * in a database made to harm, a few pages that name each other again and again are read almost for ever.
 * (Other tables are looked at by SQLite itself, see `checkTables`.)
 */

import { SessionError } from '../errors.ts';
import { HEADER_BYTES } from './header.ts';

// Types of b-tree pages (sqlite.org/fileformat2.html, section 1.6).
const INTERIOR_TABLE = 5;

/**
 * Walks the schema's tree; no page may come twice. Whatever else is wrong with it, SQLite says.
 *
 * @param page gives the bytes of a page, the first being 1; null if there is no such page
 * @throws SessionError `DAMAGED`
 */
export function checkSchemaTree(page: (number: number) => Uint8Array | null): void {
  const seen = new Set<number>();
  const left = [1];
  for (let number = left.pop(); number !== undefined; number = left.pop()) {
    if (seen.has(number)) {
      throw new SessionError('DAMAGED', `The database is damaged: page ${number} stands in it twice.`);
    }
    seen.add(number);
    const bytes = page(number);
    if (bytes !== null) left.push(...childrenOf(bytes, number === 1 ? HEADER_BYTES : 0));
  }
}

function childrenOf(bytes: Uint8Array, header: number): number[] {
  if (bytes[header] !== INTERIOR_TABLE) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const children = [view.getUint32(header + 8)];
  const cells = view.getUint16(header + 3);
  for (let i = 0; i < cells; i++) {
    const pointer = header + 12 + 2 * i;
    if (pointer + 2 > bytes.length) break;
    const cell = view.getUint16(pointer);
    if (cell + 4 <= bytes.length) children.push(view.getUint32(cell));
  }
  return children;
}
