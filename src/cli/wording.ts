/** The library's errors in the words of the command line, whose options have other names. */

import { SessionError, type SessionErrorCode } from '../errors.ts';
import { CommandError } from './command.ts';

const FLAGS: Record<string, string> = {
  account: '--account N',
  from: '--from',
  passcode: '--passcode-file',
  dataName: '--data-name',
  databaseEncryptionKey: '--key-file',
  version: '--to-version',
};

/** What else to say where the library could not know that it is the command line. */
const ADVICE: Partial<Record<SessionErrorCode, string>> = {
  NEEDS_SECRET: 'Give it with --passcode-file (Telegram Desktop) or --key-file (TDLib).',
};

/** The message of an error for who uses the command line. */
export function messageOf({ code, message }: SessionError): string {
  const told = message
    .replace(/, or wait with the option "wait"/, '')
    .replace(/the option "(\w+)"/g, (text, name) => FLAGS[name] ?? text);
  const advice = ADVICE[code];
  return advice === undefined || /--(passcode|key)-file/.test(told) ? told : `${told} ${advice}`;
}

/** An error of another kind in words that hold nothing of a session: its name, and where it arose. */
export function defectText(error: unknown): string {
  const name = error instanceof Error ? error.name : typeof error;
  const place = error instanceof Error ? /\n\s+at (.*)/.exec(error.stack ?? '')?.[1] : undefined;
  return `A defect of tgsession: ${name}${place === undefined ? '' : ` at ${place}`}. Please report it.`;
}

/** An error as the object that is printed as JSON. */
export function errorView(error: unknown): { code: string; message: string } {
  if (error instanceof SessionError) return { code: error.code, message: messageOf(error) };
  if (error instanceof CommandError) return { code: error.code, message: error.message };
  return { code: 'DEFECT', message: defectText(error) };
}
