/** `tgsession formats`: what can be read and written. */

import { codecs } from '../formats/index.ts';
import { COMMON_OPTIONS, type Command } from './command.ts';
import { json, style, table } from './print.ts';

export const formats: Command = {
  usage: 'formats',
  summary: 'list the formats that can be read and written',
  options: { ...COMMON_OPTIONS },
  optionHelp: { json: 'print one JSON object' },
  arguments: 0,
  async run(_, values) {
    if (values.json) {
      const rows = codecs.map(({ name, title, reads = true, writes, carries }) => ({
        name,
        title,
        read: reads,
        writes,
        carries,
      }));
      json({ formats: rows });
      return 0;
    }
    const rows = codecs.map(({ name, reads = true, writes, carries }) => [
      name,
      reads ? 'yes' : 'no',
      writesText(writes),
      carries,
    ]);
    table([['format', 'read', 'write', 'carries beside the key'], ...rows], (cell, column) =>
      column === 0 ? style('bold', cell) : cell,
    );
    return 0;
  },
};

function writesText(writes: readonly (number | null)[]): string {
  if (writes.length === 0) return 'no';
  const versions = writes.filter((version) => version !== null);
  return versions.length > 1 ? `yes: ${versions.join(', ')}` : 'yes';
}
