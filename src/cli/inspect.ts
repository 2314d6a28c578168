/** `tgsession inspect`: what is in a session. */

import { COMMON_OPTIONS, type Command } from './command.ts';
import { withContents } from './contents.ts';
import { READ_HELP, READ_OPTIONS, readOptionsOf } from './options.ts';
import { json } from './print.ts';
import { printView } from './print-view.ts';
import { readAsking } from './reading.ts';
import { sourceOf } from './source.ts';
import { viewOf } from './view.ts';

export const inspect: Command = {
  usage: 'inspect <path|->',
  summary: 'show what is in a session; changes nothing, also while it is in use',
  options: { ...COMMON_OPTIONS, ...READ_OPTIONS, 'show-secrets': { type: 'boolean' } },
  optionHelp: {
    ...READ_HELP,
    'show-secrets': 'print the keys too; whoever sees them is the user',
    json: 'print one JSON object',
  },
  arguments: 1,
  async run([argument], values) {
    const options = readOptionsOf(values);
    const source = await sourceOf(argument!);
    const path = 'path' in source ? String(source.path) : null;
    const result = await withContents(path, () => readAsking(source, options));
    const showSecrets = values['show-secrets'] === true;
    if (values.json) json(viewOf(result, showSecrets));
    else printView(path ?? 'standard input', result, showSecrets);
    return 0;
  },
};
