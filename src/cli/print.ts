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

/** Writes a line to standard error. */
export function errorLine(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Writes a warning to standard error. */
export function warn(text: string): void {
  errorLine(`${errorStyle('yellow', 'warning')}  ${plain(text)}`);
}

/** Writes a value as JSON to standard output, on one line. */
export function json(value: unknown): void {
  line(JSON.stringify(value));
}

/**
 * Writes rows as columns, the first row as a heading. Cells must be without style.
 *
 * @param width where given, the last column is broken into lines that end before it
 */
export function table(
  rows: string[][],
  styleCell: (cell: string, column: number) => string = (cell) => cell,
  width = Number.POSITIVE_INFINITY,
): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const last = widths.length - 1;
  const left = widths.slice(0, last).reduce((sum, one) => sum + one + 2, 2);
  for (const [i, row] of rows.entries()) {
    for (const [k, text] of wrapped(row[last]!, Math.max(20, width - left)).entries()) {
      const cells = row.map((cell, column) => {
        if (column === last) return i === 0 ? style('dim', text) : styleCell(text, column);
        const shown = k > 0 ? '' : cell;
        const padding = ' '.repeat(widths[column]! - shown.length);
        return (i === 0 ? style('dim', shown) : styleCell(shown, column)) + padding;
      });
      line(`  ${cells.join('  ')}`.trimEnd());
    }
  }
}

/** Rows as lines whose columns line up. Cells must be without style. */
export function columns(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

/** Text as lines of at most a number of characters, broken between words. */
export function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const begun = lines.at(-1)!;
    if (begun !== '' && begun.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = begun === '' ? word : `${begun} ${word}`;
  }
  return lines;
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
