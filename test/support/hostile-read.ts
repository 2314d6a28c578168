/** A process that reads something hostile. It prints what came of it, how long that took, and how much memory it needed. */

import { SessionError } from '../../src/errors.ts';
import { read } from '../../src/formats/index.ts';

/** What is read: a piece over and over, between a begin and an end, as so many megabytes of bytes. */
export interface Hostile {
  begin: string;
  piece: string;
  end: string;
  megabytes: number;
  /** The format that it is read as; whatever it seems to be, if left out. */
  from?: string;
}

/** What came of it. */
export interface Outcome {
  code: string;
  ms: number;
  /** Most memory of the process beyond what it had with the input in its hands. */
  grownMb: number;
}

if (process.argv[2] !== undefined) {
  const { begin, piece, end, megabytes, from }: Hostile = JSON.parse(process.argv[2]);
  const bytes = new Uint8Array(megabytes * 2 ** 20);
  const unit = Buffer.from(piece);
  for (let at = 0; at + unit.length <= bytes.length; at += unit.length) bytes.set(unit, at);
  bytes.set(Buffer.from(end), bytes.length - end.length);
  bytes.set(Buffer.from(begin));
  // What is loaded later is no part of it.
  await read({ text: 'something else' }).catch(() => undefined);
  const before = process.resourceUsage().maxRSS;
  const start = performance.now();
  const code = await read({ bytes }, from === undefined ? {} : { from }).then(
    () => 'read',
    (error: unknown) => (error instanceof SessionError ? error.code : `no SessionError: ${error}`),
  );
  const ms = performance.now() - start;
  const outcome: Outcome = { code, ms, grownMb: (process.resourceUsage().maxRSS - before) / 1024 };
  console.log(JSON.stringify(outcome));
}
