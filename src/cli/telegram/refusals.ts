/** What Telegram's errors mean, for people. */

import { CommandError } from '../command.ts';

/** As much of an error of mtcute as is looked at. */
interface RpcErrorLike {
  code: number;
  text: string;
  seconds?: number;
}

/** The answers that end a login, by the word of the server. */
const WORDS: Readonly<Record<string, string>> = {
  API_ID_INVALID: 'The API id and hash do not belong together. See https://my.telegram.org.',
  API_ID_PUBLISHED_FLOOD:
    'This API id is known to everybody, and closed. Get your own at https://my.telegram.org.',
  PHONE_NUMBER_INVALID: 'That is no phone number. It begins with the code of the country.',
  PHONE_NUMBER_BANNED: 'The phone number is banned from Telegram.',
  PHONE_NUMBER_FLOOD: 'Too many codes were sent to this number. Try again tomorrow, or log in with --qr.',
  PHONE_PASSWORD_FLOOD: 'Too many wrong codes or passwords. Try again later.',
  PHONE_NUMBER_UNOCCUPIED: 'There is no account with this number. Telegram lets only its own apps make one.',
  PHONE_NUMBER_APP_SIGNUP_FORBIDDEN:
    'There is no account with this number. Telegram lets only its own apps make one.',
  SIGN_IN_FAILED: 'Telegram could not log in. Try again later.',
  UPDATE_APP_TO_LOGIN: 'Telegram wants a newer client: npm install @mtcute/node@latest.',
  ACCESS_TOKEN_INVALID: 'There is no bot with this token. Ask @BotFather for the token of yours.',
  ACCESS_TOKEN_EXPIRED: 'The token of the bot was replaced by a new one. Ask @BotFather for it.',
  AUTH_TOKEN_EXPIRED: 'The QR code has expired. Try again.',
  PHONE_CODE_INVALID: 'That is not the code.',
  PHONE_CODE_EMPTY: 'That is no code.',
  PHONE_CODE_EXPIRED: 'The code has expired.',
  SEND_CODE_UNAVAILABLE: 'Telegram has no other way to send a code.',
  PASSWORD_HASH_INVALID: 'That is not the password.',
  AUTH_KEY_DUPLICATED: 'The key is dead: two clients used it at once.',
  USER_DEACTIVATED: 'The account was deleted.',
  USER_DEACTIVATED_BAN: 'The account is banned.',
};

/** What the server said, such as `PHONE_CODE_INVALID`; null if it is not the server that failed. */
export function saidBy(error: unknown): string | null {
  return isRpcError(error) ? error.text.replace('%d', String(error.seconds ?? '')) : null;
}

/** An error of mtcute as one for people; any other as it is. */
export function inWords(error: unknown): unknown {
  if (isRpcError(error)) return refusal(error);
  const { message = '' } = error as { message?: string };
  if (/sign ?up is no longer supported/i.test(message)) {
    return new CommandError('REFUSED', WORDS.PHONE_NUMBER_UNOCCUPIED!);
  }
  if (/payment is required/i.test(message)) {
    return new CommandError('REFUSED', 'Telegram wants to be paid for a code. Log in with --qr instead.');
  }
  // mtcute's own: a time limit, a broken handshake, a data centre that nobody knows.
  if (error instanceof Error && /^Mt[A-Z]/.test(error.constructor.name)) {
    return new CommandError('REFUSED', `mtcute failed: ${message}`);
  }
  return error;
}

function refusal(error: RpcErrorLike): CommandError {
  const said = saidBy(error)!;
  const seconds = /WAIT_(\d+)/.exec(said)?.[1];
  if (seconds !== undefined) {
    return new CommandError(
      'FLOOD_WAIT',
      `Telegram wants you to wait ${durationText(Number(seconds))} before you try again (${said}).`,
    );
  }
  const words = WORDS[said];
  return new CommandError(
    'REFUSED',
    words === undefined ? `Telegram refused: ${said}.` : `${words} (${said})`,
  );
}

/** A duration in words: `90 seconds`, `5 minutes`, `23 hours`. */
export function durationText(seconds: number): string {
  if (seconds < 120) return `${seconds} second${seconds === 1 ? '' : 's'}`;
  if (seconds < 2 * 3600) return `${Math.ceil(seconds / 60)} minutes`;
  return `${Math.ceil(seconds / 3600)} hours`;
}

function isRpcError(error: unknown): error is RpcErrorLike {
  if (!(error instanceof Error) || !('text' in error && 'code' in error)) return false;
  return typeof error.text === 'string' && typeof error.code === 'number';
}
