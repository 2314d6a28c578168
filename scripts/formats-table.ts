/** Writes what the documentation says of each format from the registry: the table of the README, docs/moving.md. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { abilities } from '../src/cli/abilities.ts';
import { MOVING_MARKS, movingTables } from './moving-tables.ts';

const MARKS = ['<!-- formats: npm run formats-table -->\n', '<!-- /formats -->\n'] as const;

/** The table as it has to be. */
export function formatsTable(): string {
  const rows = abilities().map(({ name, title, read, write, carries }) => {
    const written = read === 'no' ? `${write}, nor read` : write;
    return `| \`${name}\` | ${title} | ${written} | ${carries} |\n`;
  });
  return `| format | of | written | carries beside the key |\n|---|---|---|---|\n${rows.join('')}`;
}

/** A page with a text put between its marks. */
function withText(page: string, [begin, end]: readonly [string, string], text: string): string {
  return page.slice(0, page.indexOf(begin) + begin.length) + text + page.slice(page.indexOf(end));
}

/** The README with its table. */
export function withTable(page: string): string {
  return withText(page, MARKS, formatsTable());
}

/** docs/moving.md with its commands. */
export function withMoves(page: string): string {
  return withText(page, MOVING_MARKS, movingTables());
}

if (import.meta.main) {
  for (const [name, change] of [
    ['README.md', withTable],
    ['docs/moving.md', withMoves],
  ] as const) {
    const path = join(import.meta.dirname, '..', name);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  }
}
