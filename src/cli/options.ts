/** The options by which a source is read and a target is written, shared by the commands. */

import type { Codec, ReadOptions, SpecialOption, WriteOptions } from '../formats/index.ts';
import { UsageError, type Values } from './command.ts';
import { readKeyFile, readPasscodeFile } from './secret-file.ts';

/** How to read a source, for commands that do. */
export const READ_OPTIONS = {
  from: { type: 'string' },
  account: { type: 'string' },
  'passcode-file': { type: 'string' },
  'data-name': { type: 'string' },
  'key-file': { type: 'string' },
} as const;

export const READ_HELP = {
  from: 'read it as this format (see "tgsession formats")',
  account: 'only this account of a source with several, by its number',
  'passcode-file':
    'a file with the local passcode of Telegram Desktop; its last line break is no part of it. Without it you are asked on a terminal',
  'data-name': 'the name that Telegram Desktop was started with (-key)',
  'key-file': "a file with the key of TDLib's database: all its bytes, a last line break too",
};

/** How to write a target, beside its version. */
export const WRITE_OPTIONS = {
  'to-version': { type: 'string' },
  'to-passcode-file': { type: 'string' },
  'to-data-name': { type: 'string' },
  'to-key-file': { type: 'string' },
} as const;

export const WRITE_HELP = {
  'to-version': 'the version of the format to write, where it has several',
  'to-passcode-file': 'a file with the passcode that is to protect the target',
  'to-data-name': 'the name that Telegram Desktop will be started with (-key)',
  'to-key-file': "a file with the key that is to encrypt TDLib's database",
};

/** The text of an option, if it was given. */
export function textOf(values: Values, name: string): string | undefined {
  const value = values[name];
  if (value === '') throw new UsageError(`--${name} is empty.`);
  return typeof value === 'string' ? value : undefined;
}

/** The whole number of an option, if it was given. */
export function numberOf(values: Values, name: string, min = 0, max = 999_999_999): number | undefined {
  const text = textOf(values, name);
  if (text === undefined) return undefined;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new UsageError(`--${name} takes a whole number from ${min}${max < 999_999_999 ? ` to ${max}` : ''}.`);
}

/** How the source is to be read. Secrets are read from their files. */
export function readOptionsOf(values: Values): ReadOptions {
  const from = textOf(values, 'from');
  const account = numberOf(values, 'account');
  const passcodeFile = textOf(values, 'passcode-file');
  const dataName = textOf(values, 'data-name');
  const keyFile = textOf(values, 'key-file');
  return {
    ...(from !== undefined && { from }),
    ...(account !== undefined && { account }),
    ...(passcodeFile !== undefined && { passcode: readPasscodeFile(passcodeFile) }),
    ...(dataName !== undefined && { dataName }),
    ...(keyFile !== undefined && { databaseEncryptionKey: readKeyFile(keyFile) }),
  };
}

/** Which option of the command line stands for one that only some formats have. */
const SPECIAL: Record<SpecialOption, string> = {
  passcode: 'to-passcode-file',
  dataName: 'to-data-name',
  databaseEncryptionKey: 'to-key-file',
};

/**
 * How the target is to be written. Secrets are read from their files.
 *
 * @throws UsageError for a protection that the format does not have: it must not be believed to be there
 */
export function writeOptionsOf(values: Values, { name, options = [] }: Codec): WriteOptions {
  for (const [option, flag] of Object.entries(SPECIAL) as [SpecialOption, string][]) {
    if (values[flag] !== undefined && !options.includes(option))
      throw new UsageError(`${name} has nothing that --${flag} could mean.`);
  }
  const version = numberOf(values, 'to-version');
  const passcodeFile = textOf(values, SPECIAL.passcode);
  const dataName = textOf(values, SPECIAL.dataName);
  const keyFile = textOf(values, SPECIAL.databaseEncryptionKey);
  return {
    ...(version !== undefined && { version }),
    ...(passcodeFile !== undefined && { passcode: readPasscodeFile(passcodeFile) }),
    ...(dataName !== undefined && { dataName }),
    ...(keyFile !== undefined && { databaseEncryptionKey: readKeyFile(keyFile) }),
  };
}
