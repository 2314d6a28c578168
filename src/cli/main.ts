#!/usr/bin/env node
/** The `tgsession` command: sees whether the runtime is new enough before anything is loaded that needs a newer one. */

import { tooOld } from './runtime.ts';

const problem = tooOld(process.versions);
if (problem === null) {
  const { run } = await import('./program.ts');
  process.exitCode = await run(process.argv.slice(2));
} else {
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ error: { code: 'UNSUPPORTED', message: problem } })}\n`);
  } else process.stderr.write(`UNSUPPORTED  ${problem}\n`);
  process.exitCode = 1;
}
