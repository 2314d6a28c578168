/**
 * The events of a binlog (formats/tdlib.md, section 2): how they follow each other in a file, and which of them count
 * in the end. Only where they begin is kept: a file may hold more than a million.
 */

import { crc32 } from 'node:zlib';
import { SessionError } from '../../errors.ts';
import { ByteReader } from '../bytes.ts';

/** Size, id, type, flags, and a field that is always 0. */
const HEADER_SIZE = 28;
const CRC_SIZE = 4;
/** Size of an event without data. */
export const MIN_EVENT_SIZE = HEADER_SIZE + CRC_SIZE;
const MAX_EVENT_SIZE = 2 ** 24;

/** Takes the place of an earlier event of the same id. */
const REWRITE = 1;
/** Counts only together with the events that follow, up to the next one without this flag. */
const PARTIAL = 2;

/** Types of events that are about the file itself. */
const SERVICE = { header: -1, empty: -2, encryption: -3, noEncryption: -4 } as const;
/** Everything behind such an event is encrypted. */
export const ENCRYPTION = SERVICE.encryption;

/** The fields of an event that stand before its data. */
interface Head {
  size: number;
  id: number;
  type: number;
  flags: number;
}

/** One event that counts. */
export interface LiveEvent {
  type: number;
  data: ByteReader;
}

/** The rest of a file behind its encryption event, decrypted; or all of a file that has none. */
export interface Part {
  bytes: Uint8Array;
  /** What errors call the file. */
  label: string;
  /** How many events come before. */
  first: number;
  /** How many bytes come before. */
  base: number;
}

/** The events that count, and what was left out at the end, as sentences. */
export interface Events {
  live: Iterable<LiveEvent>;
  notes: string[];
}

/**
 * The first event, if it is about encryption: its data, and where the next event begins. Null if it is another one.
 *
 * @throws SessionError `DAMAGED` if not even one event is whole
 */
export function firstEncryption(bytes: Uint8Array, label: string): { data: ByteReader; end: number } | null {
  const view = viewOf(bytes);
  const where = { label, number: 0, byte: 0 };
  const head = readHead(view, 0, bytes.length, where);
  if (head === null) {
    const found = `${bytes.length} bytes`;
    throw new SessionError('DAMAGED', `${label} has ${found}: not one event is whole in it.`, {
      field: 'events[0]',
      found,
    });
  }
  checkFrame(view, bytes, 0, head, where);
  return head.type === ENCRYPTION ? { data: dataOf(bytes, 0, head.size, 0), end: head.size } : null;
}

/** Whether bytes begin with a whole event; the bytes may be cut off behind it. */
export function beginsWithEvent(bytes: Uint8Array): boolean {
  try {
    firstEncryption(bytes, 'the file');
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads all events of a part, and says which of them count. An event that is cut off at the end is what a crash
 * leaves: it is left out, with a note. Anything else that is wrong is an error, where TDLib would cut the file.
 *
 * @throws SessionError `DAMAGED`, `INVALID_VALUE`
 */
export function replay({ bytes, label, first, base }: Part): Events {
  const view = viewOf(bytes);
  const log = new Log(view);
  const notes: string[] = [];
  // Where we are, and the first event that does not count yet. One place serves all: there may be a million events.
  const where = { label, number: first, byte: base };
  const uncounted = { ...where };
  let offset = 0;
  for (; offset < bytes.length; offset = where.byte - base) {
    const head = readHead(view, offset, bytes.length, where);
    if (head === null) break;
    checkFrame(view, bytes, offset, head, where);
    if ((head.flags & PARTIAL) === 0) {
      while (uncounted.byte <= where.byte) {
        const start = uncounted.byte - base;
        log.add(start, uncounted);
        pass(uncounted, view.getUint32(start, true));
      }
    }
    pass(where, head.size);
  }
  const left = bytes.length - offset;
  if (left > 0) {
    notes.push(
      `The last event is cut off, as a crash leaves it: its first ${left} bytes are all there is, and were left out.`,
    );
  }
  const unfinished = where.number - uncounted.number;
  if (unfinished > 0) {
    notes.push(`The last ${unfinished} events belong to a change that was never finished: left out.`);
  }
  return { live: log.live(bytes), notes };
}

/** An event with its frame. */
export function writeEvent(id: number, type: number, data: Uint8Array): Uint8Array {
  const size = MIN_EVENT_SIZE + data.length;
  const bytes = new Uint8Array(size);
  const view = viewOf(bytes);
  view.setUint32(0, size, true);
  view.setBigUint64(4, BigInt(id), true);
  view.setInt32(12, type, true);
  bytes.set(data, HEADER_SIZE);
  view.setUint32(size - CRC_SIZE, crc32(bytes.subarray(0, size - CRC_SIZE)), true);
  return bytes;
}

/** Which event an error is about. */
interface Where {
  label: string;
  number: number;
  /** Where it begins in the file. */
  byte: number;
}

/** Goes to the next event. */
function pass(where: Where, size: number): void {
  where.number++;
  where.byte += size;
}

function damaged(where: Where, name: string, expected: string, found: string): never {
  const { label, number, byte } = where;
  const field = `events[${number}].${name}`;
  const hint = number === 0 ? ' Or it is no binlog of TDLib.' : '';
  const message = `${label}: ${field}, of the event at byte ${byte}, must be ${expected}, but is ${found}.${hint}`;
  throw new SessionError('DAMAGED', message, { field, found });
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** The fields before the data, checked; null where the event is not whole. */
function readHead(view: DataView, offset: number, end: number, where: Where): Head | null {
  const left = end - offset;
  if (left < 4) return null;
  const size = view.getUint32(offset, true);
  if (size < MIN_EVENT_SIZE || size > MAX_EVENT_SIZE || size % 4 !== 0) {
    damaged(where, 'size', `a multiple of 4 from ${MIN_EVENT_SIZE} to ${MAX_EVENT_SIZE}`, String(size));
  }
  if (size > left) return null;
  const id = view.getUint32(offset + 8, true) * 2 ** 32 + view.getUint32(offset + 4, true);
  if (id > Number.MAX_SAFE_INTEGER) damaged(where, 'id', 'at most 2^53 - 1', 'larger');
  const type = view.getInt32(offset + 12, true);
  const flags = view.getInt32(offset + 16, true);
  return { size, id, type, flags };
}

/** The checksum first, as it tells damage from what is merely not known. */
function checkFrame(view: DataView, bytes: Uint8Array, offset: number, { size, flags }: Head, where: Where) {
  const end = offset + size - CRC_SIZE;
  if (crc32(bytes.subarray(offset, end)) !== view.getUint32(end, true)) {
    damaged(where, 'crc32', 'the checksum of the event', 'another one');
  }
  if ((flags & ~(REWRITE | PARTIAL)) !== 0) damaged(where, 'flags', 'at most 3', String(flags));
  if (view.getBigUint64(offset + 20, true) !== 0n) damaged(where, 'extra', '0', 'something else');
}

function dataOf(bytes: Uint8Array, offset: number, size: number, number: number): ByteReader {
  return new ByteReader(bytes, `events[${number}]`, offset + HEADER_SIZE, offset + size - CRC_SIZE);
}

/** Events by their ids, which grow. */
class Log {
  readonly #view: DataView;
  readonly #ids: number[] = [];
  /** Where each begins; -1 for those that were erased. */
  readonly #starts: number[] = [];
  /** The place of each in the file, counted in events. */
  readonly #numbers: number[] = [];

  constructor(view: DataView) {
    this.#view = view;
  }

  add(start: number, where: Where): void {
    const { id, type, flags } = readHead(this.#view, start, this.#view.byteLength, where)!;
    const isRewrite = (flags & REWRITE) !== 0;
    if (type < SERVICE.noEncryption) damaged(where, 'type', 'one that is known', String(type));
    if (type === ENCRYPTION) damaged(where, 'type', 'no encryption, which comes first', String(type));
    if (isRewrite && (type >= 0 || type === SERVICE.empty)) {
      const at = this.#find(id);
      if (at < 0) damaged(where, 'id', 'that of an earlier event, which this one replaces', String(id));
      this.#starts[at] = type === SERVICE.empty ? -1 : start;
      this.#numbers[at] = where.number;
      return;
    }
    if (type < 0) return;
    const last = this.#ids.at(-1);
    if (last !== undefined && id <= last) damaged(where, 'id', `more than ${last}`, String(id));
    this.#ids.push(id);
    this.#starts.push(start);
    this.#numbers.push(where.number);
  }

  /** Those that were not erased, the latest form of each. */
  *live(bytes: Uint8Array): Generator<LiveEvent> {
    for (const [i, start] of this.#starts.entries()) {
      if (start < 0) continue;
      const size = this.#view.getUint32(start, true);
      const type = this.#view.getInt32(start + 12, true);
      yield { type, data: dataOf(bytes, start, size, this.#numbers[i]!) };
    }
  }

  /** The place of an event that was not erased; negative if there is none. */
  #find(id: number): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return this.#ids[low] === id && this.#starts[low]! >= 0 ? low : -1;
  }
}
