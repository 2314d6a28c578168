/** `tgsession inspect`: what is in a session. */

import { read } from '../formats/index.ts';
import { COMMON_OPTIONS, type Command } from './command.ts';
import { json } from './print.ts';
import { sourceOf } from './source.ts';
import { printView, viewOf } from './view.ts';

export const inspect: Command = {
  usage: 'inspect <path|->',
  summary: 'show what is in a session; changes nothing, also while it is in use',
  options: { ...COMMON_OPTIONS, from: { type: 'string' }, 'show-secrets': { type: 'boolean' } },
  optionHelp: {
    from: 'read it as this format (see "tgsession formats")',
    'show-secrets': 'print the keys too; whoever sees them is the user',
    json: 'print one JSON object',
  },
  arguments: 1,
  async run([argument], values) {
    const source = await sourceOf(argument!);
    const result = await read(source, typeof values.from === 'string' ? { from: values.from } : {});
    const showSecrets = values['show-secrets'] === true;
    if (values.json) json(viewOf(result, showSecrets));
    else printView('path' in source ? String(source.path) : 'standard input', result, showSecrets);
    return 0;
  },
};
