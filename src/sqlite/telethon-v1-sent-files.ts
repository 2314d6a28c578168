/** The table `sent_files` of Telethon v1: files that need not be sent again. Kept for people to look at. */

import type { SqlDatabase, SqlValue } from './driver.ts';
import { FirstRows } from './first-rows.ts';
import { columnOrNull, type Tables } from './tables.ts';

/** A row; the columns of schema 2 (`file_id`, `part_count`) lack a type and a hash. */
export interface TelethonV1SentFile {
  /** MD5 of the content in hexadecimal digits. */
  md5: string | null;
  size: number | null;
  /** 0 for a document, 1 for a photo. */
  type: number | null;
  /** 64 bits, signed, as decimal text. */
  id: string | null;
  /** Access hash, 64 bits, signed, as decimal text. */
  hash: string | null;
}

/** Reads the table; null where there is none. Values of a wrong type are left out: nobody depends on them. */
export function readSentFiles(db: SqlDatabase, tables: Tables): FirstRows<TelethonV1SentFile> | null {
  const has = tables.get('sent_files');
  if (has === undefined) return null;
  const pick = (...names: string[]) =>
    names.find((name) => has.includes(name)) ?? columnOrNull(has, names[0]!);
  const columns = [pick('md5_digest'), pick('file_size'), pick('type'), pick('id', 'file_id'), pick('hash')];
  const sql = `SELECT ${columns.join(', ')} FROM sent_files`;
  const rows = new FirstRows<TelethonV1SentFile>();
  for (const [md5, size, type, id, hash] of db.prepare(sql, { bigint: true }).iterate()) {
    rows.add({
      md5: md5 instanceof Uint8Array && md5.length === 16 ? hex(md5) : null,
      size: toNumber(size),
      type: toNumber(type),
      id: typeof id === 'bigint' ? String(id) : null,
      hash: typeof hash === 'bigint' ? String(hash) : null,
    });
  }
  return rows;
}

function toNumber(value: SqlValue | undefined): number | null {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : null;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
