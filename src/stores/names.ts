/** Names of sessions in a store. They are file names, parts of keys and arguments of commands too, so they are plain. */

import { type Place, refuse } from '../check.ts';

const NAME = /^[\p{L}\p{N}_+@=][\p{L}\p{M}\p{N}._+@=-]*$/u;
const MAX_LENGTH = 128;
/** Names of files are limited in bytes, and a suffix has to fit behind. */
const MAX_BYTES = 200;

/** A name, checked. @throws SessionError `INVALID_VALUE` */
export function checkName(value: unknown, at: Place = 'name'): string {
  if (typeof value === 'string' && value.length <= MAX_LENGTH && NAME.test(value)) {
    // One name that can be written in two ways would be two sessions, and on some file systems one file.
    const isPlain = value === value.normalize('NFC') && new TextEncoder().encode(value).length <= MAX_BYTES;
    if (isPlain) return value;
  }
  return refuse(
    at,
    '',
    `the name of a session: 1 to ${MAX_LENGTH} letters, digits and "._-+@=", not beginning with "." or "-", in normal form C, at most ${MAX_BYTES} bytes`,
    value,
  );
}

/** The order of names: that of their code points, as databases have it that compare UTF-8. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  while (i < a.length && i < b.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
  if (Number.isNaN(left) || Number.isNaN(right)) return a.length - b.length;
  // A half of a pair stands for a code point above all others.
  return isHalf(left) === isHalf(right) ? left - right : isHalf(left) ? 1 : -1;
}

function isHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
