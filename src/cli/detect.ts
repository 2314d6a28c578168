/** `tgsession detect`: which format something is, and what gave it away. */

import { detect as detectFormats } from '../formats/index.ts';
import { COMMON_OPTIONS, type Command } from './command.ts';
import { contentsOf, contentsText } from './contents.ts';
import { json, line, plain, style } from './print.ts';
import { sourceOf } from './source.ts';

export const detect: Command = {
  usage: 'detect <path|->',
  summary: 'say which format it is, and what gave it away',
  details: `Looks at the outside only; "inspect" reads it. Of a folder that is no session it
says how many are in it. Exit code 1 if no format fits.`,
  options: { ...COMMON_OPTIONS },
  optionHelp: { json: 'print one JSON object' },
  arguments: 1,
  async run([argument], values) {
    const source = await sourceOf(argument!);
    const detections = await detectFormats(source);
    const path = 'path' in source && detections.length === 0 ? String(source.path) : null;
    const contents = path === null ? null : await contentsOf(path);
    const found = contents === null || contents.count === 0 ? null : contents;
    if (values.json) {
      json({ detections, ...(found !== null && { contains: found }) });
    } else if (found !== null) {
      line(`It is no session itself. ${contentsText(path!, found)}`);
    } else if (detections.length === 0) {
      line('No format that is known fits.');
    }
    for (const { format, version, reason } of values.json ? [] : detections) {
      line(`${style('bold', format)}${version === null ? '' : `, version ${version}`}  ${plain(reason)}`);
    }
    return detections.length === 0 ? 1 : 0;
  },
};
