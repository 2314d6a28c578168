/** What a command of the command line is: its usage, its options, and what it does. */

import type { ParseArgsConfig } from 'node:util';

/** Options as the parser gives them. */
export type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

/** A command. */
export interface Command {
  /** What stands behind `tgsession`, such as `inspect <path|->`. */
  usage: string;
  /** One line for the list of commands. */
  summary: string;
  /** What the help of the command says beside its options; lines of at most 80 characters. */
  details?: string;
  options: NonNullable<ParseArgsConfig['options']>;
  /** What each option means, for the help. */
  optionHelp: Record<string, string>;
  /** How many arguments it takes, or how many at least and at most. */
  arguments: number | readonly [least: number, most: number];
  /** It only tells, so it is done when whoever reads its output has seen enough, as `head` has. */
  onlyTells?: true;
  /** Runs it, and gives the exit code: 0 for done, 1 for a problem found. */
  run(args: string[], values: Values): Promise<number>;
}

/** Options that every command has. */
export const COMMON_OPTIONS = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Wrong usage: exit code 2. */
export class UsageError extends Error {}

/**
 * What failed though no session is at fault. `NO_CLIENT`: mtcute is not installed; `REFUSED`: Telegram said no;
 * `FLOOD_WAIT`: it said not yet; `UNREACHABLE`: it said nothing; `LOGGED_IN`: there is a login already; `NO_LOGIN`: there is none.
 */
export type CommandErrorCode =
  | 'NO_CLIENT'
  | 'REFUSED'
  | 'FLOOD_WAIT'
  | 'UNREACHABLE'
  | 'LOGGED_IN'
  | 'NO_LOGIN';

/** An error of the command line itself. */
export class CommandError extends Error {
  readonly code: CommandErrorCode;

  constructor(code: CommandErrorCode, message: string) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
  }
}
