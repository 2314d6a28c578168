/** What all inputs that are opened have in common. */

import { SessionError } from '../errors.ts';
import type { FormatInput } from './codec.ts';

/** How many bytes are read to tell formats apart. */
export const HEAD_BYTES = 64 * 1024;

/** An input that must be closed, and that may have something to say about what it gave. */
export interface OpenInput extends FormatInput {
  /** What reading it left out or assumed, as sentences. */
  readonly notes: readonly string[];
  /** Closes what was opened. May be called twice. */
  close(): void;
}

/** @throws SessionError `NOT_FOUND` if the input has no file of the name */
export function checkName(input: FormatInput, name: string | undefined): void {
  if (name === undefined || input.names.includes(name)) return;
  throw new SessionError('NOT_FOUND', `${input.label} has no file ${name}.`);
}

/** The error for a file that is larger than any session. */
export function tooLarge(label: string, size: number): SessionError {
  const found = `${size} bytes`;
  return new SessionError('INVALID_VALUE', `${label} has ${found}; no session is that large.`, { found });
}
