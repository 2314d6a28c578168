/** Reading what the person points at, with a question for the passcode where there is one. */

import { SessionError } from '../errors.ts';
import { type ReadOptions, type ReadResult, read, type Source } from '../formats/index.ts';
import { errorLine, plain } from './print.ts';
import { askSecret, canAsk } from './prompt.ts';

const TRIES = 3;

/**
 * Reads a source. If it has a passcode that was not given, and somebody sits at the terminal, he is asked for it.
 *
 * @throws SessionError as `read` does
 */
export async function readAsking(source: Source, options: ReadOptions): Promise<ReadResult> {
  try {
    return await read(source, options);
  } catch (error) {
    // Who comes from standard input cannot be asked there as well.
    const mayAsk = 'path' in source && options.passcode === undefined && canAsk();
    if (!needsPasscode(error) || !mayAsk) throw error;
  }
  const name = plain(String((source as { path: string }).path));
  for (let i = 1; ; i++) {
    const passcode = await askSecret(`Passcode of ${name} (not shown): `);
    try {
      return await read(source, { ...options, passcode });
    } catch (error) {
      if (!(error instanceof SessionError) || error.code !== 'WRONG_SECRET' || i === TRIES) throw error;
      errorLine('That is not the passcode.');
    }
  }
}

/** Whether an error is about a passcode, rather than a key that nobody could type. */
function needsPasscode(error: unknown): boolean {
  if (!(error instanceof SessionError) || error.code !== 'NEEDS_SECRET') return false;
  return error.field === 'passcode' || /passcode/i.test(error.message);
}
