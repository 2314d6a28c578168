/** `tgsession doctor`: why a session does not load, or is in danger. */

import { COMMON_OPTIONS, type Command } from './command.ts';
import { type Finding, findingsOf } from './findings.ts';
import { READ_HELP, READ_OPTIONS, readOptionsOf } from './options.ts';
import { json, line, plain, style } from './print.ts';
import { pathOf } from './source.ts';

const MARKS: Record<Finding['level'], string> = {
  ok: style('green', 'ok     '),
  danger: style('yellow', 'danger '),
  problem: style('red', 'problem'),
};

export const doctor: Command = {
  usage: 'doctor <path>',
  summary: 'say why a session does not load, or what puts it in danger',
  details: 'Changes nothing. Exit code 1 if there is a problem, 0 if not.',
  options: { ...COMMON_OPTIONS, ...READ_OPTIONS },
  optionHelp: { ...READ_HELP, json: 'print one JSON object' },
  arguments: 1,
  async run([argument], values) {
    const path = pathOf(argument!);
    const findings = await findingsOf(path, readOptionsOf(values));
    const healthy = findings.every(({ level }) => level !== 'problem');
    if (values.json) json({ path, healthy, findings });
    else {
      line(style('bold', plain(path)));
      for (const { level, message } of findings) line(`  ${MARKS[level]}  ${plain(message)}`);
    }
    return healthy ? 0 : 1;
  },
};
