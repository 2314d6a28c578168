/** The program of the command line: finds the command, reads its options, prints what went wrong. */

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { check } from './check.ts';
import { type Command, UsageError, type Values } from './command.ts';
import { convert } from './convert.ts';
import { detect } from './detect.ts';
import { doctor } from './doctor.ts';
import { formats } from './formats.ts';
import { inspect } from './inspect.ts';
import { login } from './login.ts';
import { migrate } from './migrate.ts';
import { errorStyle, json, line, wrapped } from './print.ts';
import { copy } from './store/copy.ts';
import { find, ls } from './store/ls.ts';
import { info, rm, status, who } from './store/one.ts';
import { errorView } from './wording.ts';

const COMMANDS: Record<string, Command> = {
  inspect,
  detect,
  convert,
  migrate,
  doctor,
  formats,
  login,
  check,
  ls,
  find,
  info,
  who,
  status,
  rm,
  copy,
};

/** Exit codes: a problem, wrong usage, stopped with Ctrl-C. */
const FAILED = 1;
const WRONG_USAGE = 2;
const STOPPED = 130;

/** No line of the help is longer. */
const HELP_WIDTH = 80;

/** Runs the command that is named first. Gives the exit code. */
export async function run([name, ...rest]: string[]): Promise<number> {
  // Whoever reads the output may have seen enough, as `head` has.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(FAILED);
  });
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    line(help());
    return name === undefined ? WRONG_USAGE : 0;
  }
  if (name === '--version') {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    line(version);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]! : undefined;
  if (command === undefined) return wrongUsage(`There is no command of that name. See "tgsession --help".`);
  try {
    const { values, positionals } = parse(name, command, rest);
    if (values.help) {
      line(commandHelp(command));
      return 0;
    }
    if (positionals.length !== command.arguments)
      throw new UsageError(`Usage: tgsession ${command.usage}\nSee "tgsession ${name} --help".`);
    return await command.run(positionals, values);
  } catch (error) {
    if (error instanceof UsageError) return wrongUsage(error.message);
    return failed(error, rest.includes('--json'));
  }
}

function parse(name: string, command: Command, args: string[]): { values: Values; positionals: string[] } {
  try {
    return parseArgs({ args, options: command.options, allowPositionals: true, strict: true });
  } catch (error) {
    // Its first sentence says what is wrong; the rest is advice for names that begin with a dash.
    const [wrong] = (error as Error).message.split(/\.? To specify |\.?\n/, 1);
    throw new UsageError(`${wrong}.\nUsage: tgsession ${command.usage}\nSee "tgsession ${name} --help".`);
  }
}

function wrongUsage(message: string): number {
  process.stderr.write(`${message}\n`);
  return WRONG_USAGE;
}

function failed(error: unknown, asJson: boolean): number {
  const { code, message } = errorView(error);
  if (asJson) json({ error: { code, message } });
  else process.stderr.write(`${errorStyle('red', code)}  ${message}\n`);
  return code === 'ABORTED' ? STOPPED : FAILED;
}

function help(): string {
  const width = Math.max(...Object.values(COMMANDS).map(({ usage }) => usage.length));
  const indent = `\n${' '.repeat(width + 4)}`;
  const commands = Object.values(COMMANDS).map(({ usage, summary }) => {
    return `  ${usage.padEnd(width)}  ${wrapped(summary, HELP_WIDTH - width - 4).join(indent)}`;
  });
  return `tgsession: the sessions of Telegram clients

Usage: tgsession <command> [options]

${commands.join('\n')}

"tgsession <command> --help" tells its options. Secrets are never taken from
arguments and never printed unless you ask with --show-secrets.`;
}

function commandHelp({ usage, summary, details, options, optionHelp }: Command): string {
  const names = Object.keys(options).filter((name) => name !== 'help');
  const left = names.map((name) => {
    const { short, type } = options[name]!;
    return `${short === undefined ? '' : `-${short}, `}--${name}${type === 'string' ? ' <…>' : ''}`;
  });
  const width = Math.max(...left.map((text) => text.length));
  const indent = `\n${' '.repeat(width + 4)}`;
  const lines = names.map((name, i) => {
    const text = wrapped(optionHelp[name] ?? '', HELP_WIDTH - width - 4);
    return `  ${left[i]!.padEnd(width)}  ${text.join(indent)}`;
  });
  return [
    `Usage: tgsession ${usage} [options]`,
    '',
    summary,
    ...(details ? ['', details] : []),
    '',
    ...lines,
  ].join('\n');
}
