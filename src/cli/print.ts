/** Printing for people: colour where the terminal wants it, columns that line up. */

import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Text in a style, unless standard output is not a terminal or NO_COLOR is set. */
export function style(format: Style, text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

/** Text in a style for standard error. */
export function errorStyle(format: Style, text: string): string {
  return styleText(format, text, { stream: process.stderr });
}

/** Writes a line to standard output. */
export function line(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Writes a value as JSON to standard output, on one line. */
export function json(value: unknown): void {
  line(JSON.stringify(value));
}

/** Writes rows as columns, the first row as a heading. Cells must be without style. */
export function table(
  rows: string[][],
  styleCell: (cell: string, column: number) => string = (cell) => cell,
): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const [i, row] of rows.entries()) {
    const cells = row.map((cell, column) => {
      const padding = column === row.length - 1 ? '' : ' '.repeat(widths[column]! - cell.length);
      return (i === 0 ? style('dim', cell) : styleCell(cell, column)) + padding;
    });
    line(`  ${cells.join('  ')}`.trimEnd());
  }
}

/** Writes a list of sentences under a heading; nothing for an empty list. */
export function list(heading: string, items: readonly string[]): void {
  if (items.length === 0) return;
  line();
  line(style('bold', heading));
  for (const item of items) line(`  - ${plain(item)}`);
}

/** Text from a file without the control characters that would command the terminal. */
export function plain(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
