/** What is printed of many conversions: what went wrong as it comes, a table at the end; or JSON, line by line. */

import { resolve } from 'node:path';
import { json, line, plain, style, table } from '../print.ts';
import type { Result } from './job.ts';
import { number } from './progress.ts';
import { done, type Tally } from './tally.ts';

/** Prints a result as a line of JSON. */
export function printResult({ source, status, format, version, outputs, notes, error, older }: Result): void {
  json({ source, status, format, version, outputs, notes, older, error });
}

/** Prints what failed. */
export function printFailure({ source, error, outputs }: Result): void {
  for (const failure of [error, ...outputs.map((output) => output.error)]) {
    if (failure === null) continue;
    const { code, message } = failure;
    // Many messages begin with the path already.
    const isNamed = message.startsWith(source) || message.startsWith(resolve(source));
    const where = isNamed ? '' : `${source}: `;
    line(`${style('red', 'failed')}  ${code}  ${plain(where + message)}`);
  }
}

/** What a summary says beside the sums. */
export interface RunFacts {
  to: string;
  folder: string;
  dryRun: boolean;
  /** Whether it was stopped before its end. */
  stopped: boolean;
  seconds: number;
  notes: readonly string[];
}

/** Prints the sums as the last line of JSON. */
export function printJsonSummary(tally: Tally, { to, folder, dryRun, stopped, notes }: RunFacts): void {
  json({ summary: { to, output: folder, dryRun, stopped, ...tally, notes } });
}

/** Prints the sums as a table. */
export function printSummary(tally: Tally, facts: RunFacts): void {
  const { total, older, written, converted } = tally;
  const files = written === converted ? '' : `, ${number(written)} accounts in files of their own`;
  const rows: [number, string, Parameters<typeof style>[0]][] = [
    [converted, `${facts.dryRun ? 'can be converted' : 'converted'}${files}`, 'green'],
    [
      tally.there,
      older === 0 ? 'already there' : `already there, ${number(older)} of them older than the source`,
      'bold',
    ],
    [tally.failed, 'failed', 'red'],
    [tally.ignored, 'no sessions, left alone', 'dim'],
    [total - done(tally), 'not looked at: it was stopped', 'yellow'],
  ];
  const shown = rows.filter(([count], i) => count > 0 || i === 0);
  const width = Math.max(...shown.map(([count]) => number(count).length));
  line(`${style('bold', `to ${facts.to}`)}  ${plain(facts.folder)}  (${facts.seconds.toFixed(1)} s)`);
  for (const [count, text, format] of shown)
    line(`  ${style(format, number(count).padStart(width))}  ${text}`);
  counts('failed because of', 'sources', tally.errors);
  counts(`lost: ${facts.to} cannot hold`, 'sessions', tally.losses);
  advice(tally, facts);
}

function counts(heading: string, what: string, of: Record<string, number>): void {
  const sorted = Object.entries(of).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  if (sorted.length === 0) return;
  const width = Math.max(what.length, ...sorted.map(([, count]) => number(count).length));
  const rows = [[what, heading], ...sorted.map(([name, count]) => [number(count), name])];
  line();
  table(rows.map(([count, name]) => [count!.padStart(width), name!]));
}

function advice({ older, assumed }: Tally, { stopped, notes }: RunFacts): void {
  const told = [
    ...notes,
    assumed > 0 && `Something was assumed with ${number(assumed)} of the sources: --json tells what.`,
    older > 0 && 'With --force the ones that are there are made anew.',
    stopped && 'Run the same command again to go on: what is there already is left out.',
  ].filter((text) => text !== false);
  if (told.length > 0) line();
  for (const text of told) line(`  ${text}`);
}
