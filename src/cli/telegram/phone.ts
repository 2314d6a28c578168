/** Logging in with a phone number and the code that Telegram sends to it. */

import { CommandError } from '../command.ts';
import { errorLine } from '../print.ts';
import { ask } from '../prompt.ts';
import { again } from './again.ts';
import { byPassword } from './password.ts';
import { durationText, inWords, saidBy } from './refusals.ts';
import type { LoginContext } from './way.ts';

type User = import('@mtcute/node').User;
type SentCode = import('@mtcute/node').SentCode;

/** How a code comes, in words. */
const SENT: Readonly<Record<string, string>> = {
  app: 'to Telegram on your other devices',
  sms: 'by SMS',
  sms_word: 'by SMS, as a word',
  sms_phrase: 'by SMS, as a phrase',
  call: 'by a phone call',
  flash_call: 'by a call: it is the end of the number that calls',
  missed_call: 'by a call: it is the end of the number that calls',
  email: 'by e-mail',
  fragment: 'to https://fragment.com',
};

/** The answers after which a code can be typed again. */
const WRONG_CODE = ['PHONE_CODE_INVALID', 'PHONE_CODE_EMPTY'];
const WRONG_PHONE = ['PHONE_NUMBER_INVALID', 'PHONE_NUMBER_UNOCCUPIED'];
/** The server has no further way to send a code, or not yet. */
const NOT_SENT_AGAIN = /^SEND_CODE_UNAVAILABLE$|WAIT_\d+$/;

/** A code that is on its way. */
interface OnItsWay {
  sent: SentCode;
  /** When another one may be asked for, by the clock of `performance`. */
  nextAt: number;
}

/** Asks for number and code. @throws CommandError, SessionError `ABORTED` */
export async function byPhone(context: LoginContext): Promise<User> {
  const { connection, signal } = context;
  const { client } = connection;
  let phone = '';
  const send = () => connection.call(() => client.sendCode({ phone, abortSignal: signal }));
  const first = await again(WRONG_PHONE, async () => {
    phone = await ask('Phone number, with the code of the country: ', { shown: true, signal });
    return send();
  });
  if ('id' in first) return first; // it logged in at once
  let code = onItsWay(first);
  for (;;) {
    const { phoneCodeHash } = code.sent;
    try {
      const user = await again(WRONG_CODE, async () => {
        const phoneCode = (await ask('Code: ', { shown: true, signal })).replaceAll(/[\s-]/g, '');
        if (phoneCode === '') return null;
        return connection.call(() => client.signIn({ phone, phoneCodeHash, phoneCode, abortSignal: signal }));
      });
      if (user !== null) return user;
      code = await sentAgain(context, phone, code);
    } catch (error) {
      if (saidBy(error) === 'SESSION_PASSWORD_NEEDED') return byPassword(context);
      if (saidBy(error) !== 'PHONE_CODE_EXPIRED') throw inWords(error);
      errorLine('That code has expired.');
      const sent = await connection.said(send);
      if ('id' in sent) return sent;
      code = onItsWay(sent);
    }
  }
}

/** Tells how a code comes, and how the next one would. @throws CommandError `REFUSED` where it does not come at all */
function onItsWay(sent: SentCode): OnItsWay {
  const { type, nextType, timeout } = sent;
  if (type === 'email_required') {
    throw new CommandError(
      'REFUSED',
      'Telegram wants an e-mail address for this account first: give it one in an app of Telegram, or log in with --qr.',
    );
  }
  errorLine(`A code was sent ${SENT[type] ?? ''}`.trimEnd().concat('.'));
  if (nextType !== 'none') {
    const after = timeout > 0 ? `, after ${durationText(timeout)}` : '';
    errorLine(`It does not come? Enter alone has one sent ${SENT[nextType] ?? 'otherwise'}${after}.`);
  }
  return { sent, nextAt: performance.now() + timeout * 1000 };
}

/** Has another code sent, the next way; where that cannot be, says why, and the one before stays good. */
async function sentAgain(
  { connection, signal }: LoginContext,
  phone: string,
  code: OnItsWay,
): Promise<OnItsWay> {
  const { phoneCodeHash, nextType } = code.sent;
  const left = Math.ceil((code.nextAt - performance.now()) / 1000);
  if (nextType === 'none') errorLine('Telegram has no other way to send a code.');
  else if (left > 0) errorLine(`Not yet: Telegram sends the next one in ${durationText(left)}.`);
  else {
    const resend = () => connection.client.resendCode({ phone, phoneCodeHash, abortSignal: signal });
    try {
      return onItsWay(await connection.call(resend));
    } catch (error) {
      if (!NOT_SENT_AGAIN.test(saidBy(error) ?? '')) throw error;
      errorLine((inWords(error) as Error).message);
    }
  }
  return code;
}
