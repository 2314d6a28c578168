/**
 * What the two notations have in common, JSON and the compact one. The shapes (shapes.ts) say which values there are and
 * in which order; a notation says how each is put down.
 */

import type { Budget } from './budget.ts';
import type { Path } from './path.ts';

/** Kinds of values of JSON; their places in this list are their numbers in the compact notation. */
export const KINDS = ['null', 'boolean', 'number', 'text', 'list', 'map'] as const;
export type Kind = (typeof KINDS)[number];

/**
 * Which fields of a record are there. `usual` has, for each field that may be left out, its place among those, and -1 for
 * the others.
 */
export interface RecordFields {
  readonly names: readonly string[];
  readonly usual: readonly number[];
}

/** Where values are written to, one after the other. */
export interface Output {
  readonly path: Path;
  readonly budget: Budget;
  /** Whether fields with their usual value are left out. */
  readonly leavesOut: boolean;
  /** Begins a record. @param present bits of the fields that may be left out and are there */
  beginRecord(fields: RecordFields, present: number): void;
  /** The name of the field that is written next. */
  field(name: string): void;
  endRecord(): void;
  beginList(length: number): void;
  /** Says that an item is written next. */
  item(): void;
  endList(): void;
  /** Begins an object with names of its own. */
  beginMap(length: number): void;
  /** The name of the entry that is written next. */
  entry(name: string): void;
  endMap(): void;
  /** Says of which kind the next value is, where anything may stand. */
  kind(kind: Kind): void;
  null(): void;
  boolean(value: boolean): void;
  /** An integer, safe. */
  integer(value: number): void;
  /** Any finite number. */
  number(value: number): void;
  int64(value: bigint): void;
  /** Any text, half a surrogate pair included. */
  text(value: string): void;
  key(value: Uint8Array): void;
  /** An `ip:port`, checked. */
  address(value: string, family: 4 | 6): void;
  /** One of some words. */
  word(value: string, words: readonly string[]): void;
  /** Goes to a line of its own, or comes back from it: for people. */
  oneLine(on: boolean): void;
}

/** Where values are read from; each method throws `INVALID_VALUE` if something else stands there. */
export interface Input {
  readonly path: Path;
  readonly budget: Budget;
  /** Whether a field that is missing has its usual value. */
  readonly leavesOut: boolean;
  /** Where the next value begins. */
  readonly offset: number;
  /** The places in the list of names of the fields that are there; the value of each is read before the next. */
  fields(fields: RecordFields): Iterable<number>;
  /** Steps through a list; each item is read before the next. */
  items(): Iterable<number>;
  /** The names of an object with names of its own; the value of each is read before the next. */
  entries(): Iterable<string>;
  kind(): Kind;
  /** Reads null if it stands there. */
  null(): boolean;
  boolean(): boolean;
  integer(): number;
  number(): number;
  int64(): bigint;
  text(): string;
  key(): Uint8Array;
  address(family: 4 | 6): string;
  word(words: readonly string[]): string;
  /** A copy of what was read from a place on, to be read again: any number of times. Null where that would be large. */
  readonly again: ((from: number) => () => Input) | null;
}
