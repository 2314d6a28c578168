/** `tgsession formats`: what can be read and written. */

import { codecs } from '../formats/index.ts';
import { abilities } from './abilities.ts';
import { COMMON_OPTIONS, type Command } from './command.ts';
import { suffixOf } from './output.ts';
import { columns, json, line, style, table, wrapped } from './print.ts';

/** Where the last column of the table would be narrower than this leaves it, it stands below the others. */
const WIDE = 110;

const HEADINGS = ['format', 'as', 'read', 'write'];

export const formats: Command = {
  usage: 'formats',
  summary: 'list the formats that can be read and written',
  details: `"write" is yes, or the versions that can be written, the default first: choose
another one with --to-version.`,
  options: { ...COMMON_OPTIONS },
  optionHelp: { json: 'print one JSON object' },
  arguments: 0,
  async run(_, values) {
    if (values.json) {
      json({ formats: codecs.map(viewOf) });
      return 0;
    }
    // In a file or a pipe each format has one line, for who searches in it.
    const width = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
    if (width < WIDE) printStacked(width);
    else printTable(width);
    return 0;
  },
};

function printTable(width: number): void {
  const rows = abilities().map(({ name, kind, read, write, carries }) => [name, kind, read, write, carries]);
  table(
    [[...HEADINGS, 'carries beside the key'], ...rows],
    (cell, column) => (column === 0 ? style('bold', cell) : cell),
    width,
  );
}

function printStacked(width: number): void {
  const all = abilities();
  const rows = [HEADINGS, ...all.map(({ name, kind, read, write }) => [name, kind, read, write])];
  for (const [i, row] of columns(rows).entries()) {
    line(`  ${i === 0 ? style('dim', row) : row}`);
    if (i === 0) continue;
    for (const text of wrapped(all[i - 1]!.carries, width - 7)) line(style('dim', `      ${text}`));
  }
}

function viewOf(codec: (typeof codecs)[number]) {
  const { name, title, reads = true, writes, carries, text, input = 'file', output = 'file' } = codec;
  return {
    name,
    title,
    read: reads,
    writes,
    carries,
    text,
    input,
    output: writes.length === 0 ? null : output,
    suffix: writes.length === 0 ? null : suffixOf(codec),
    options: codec.options ?? [],
  };
}
