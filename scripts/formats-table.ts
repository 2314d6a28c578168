/** Writes the table of formats of the README from the registry, between its two marks. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { abilities } from '../src/cli/abilities.ts';

const MARKS = ['<!-- formats: npm run formats-table -->\n', '<!-- /formats -->\n'] as const;

/** The table as it has to be. */
export function formatsTable(): string {
  const rows = abilities().map(({ name, title, read, write, carries }) => {
    const written = read === 'no' ? `${write}, nor read` : write;
    return `| \`${name}\` | ${title} | ${written} | ${carries} |\n`;
  });
  return `| format | of | written | carries beside the key |\n|---|---|---|---|\n${rows.join('')}`;
}

/** A page with the table put between the marks. */
export function withTable(page: string): string {
  const begin = page.indexOf(MARKS[0]) + MARKS[0].length;
  return page.slice(0, begin) + formatsTable() + page.slice(page.indexOf(MARKS[1]));
}

if (import.meta.main) {
  const readme = join(import.meta.dirname, '../README.md');
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8')));
}
