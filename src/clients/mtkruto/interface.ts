/** MTKruto's storage interface, as it documents it (formats/mtkruto.md, section 2): 0.70 and later. */

/** A part of a key. */
export type MtkrutoKeyPart = string | number | bigint;

/** A key. */
export type MtkrutoKey = readonly MtkrutoKeyPart[];

/** Which keys: all that begin in one way, or all from one to another, both included. */
export type MtkrutoFilter = { prefix: MtkrutoKey } | { start: MtkrutoKey; end: MtkrutoKey };

/** What MTKruto takes as `storage`. */
export interface MtkrutoStore {
  initialize(): Promise<void>;
  close(): Promise<void>;
  /** Keeps a value; null removes it. */
  set(key: MtkrutoKey, value: unknown): Promise<void>;
  /** Adds to a number, which is 0 where there is none. */
  incr(key: MtkrutoKey, by: number): Promise<void>;
  get<T>(key: MtkrutoKey): Promise<T | null>;
  /** Keys in order, with their values. A limit below 1 is one of 1. */
  getMany<T>(
    filter: MtkrutoFilter,
    params?: { limit?: number | undefined; reverse?: boolean | undefined },
  ): AsyncGenerator<[key: MtkrutoKey, value: T]>;
  /** A store of its own inside this one; the same one for the same id. */
  branch(id: string): MtkrutoStore;
  /** Whether files that were downloaded are worth to be kept in it. */
  readonly supportsFiles: boolean;
  /** Whether objects of the API have to be made bytes of first. */
  readonly mustSerialize: boolean;
  /** Whether MTKruto need not write to it at all. */
  readonly isMemory: boolean;
}
