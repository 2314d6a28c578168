/** The ways to log in: phone and code, QR code, bot token; and the password of two-step verification. */

import { CommandError, UsageError } from '../command.ts';
import { errorLine, plain } from '../print.ts';
import { ask, canAsk } from '../prompt.ts';
import { readPasscodeFile } from '../secret-file.ts';
import type { Connection } from './connection.ts';
import { QrOnTerminal } from './qr.ts';
import { inWords, saidBy } from './refusals.ts';

type User = import('@mtcute/node').User;

/** How somebody wants to log in. */
export interface Way {
  kind: 'phone' | 'qr' | 'bot';
  /** A file with the token of the bot. */
  botTokenFile: string | undefined;
  /** A file with the password of two-step verification. */
  passwordFile: string | undefined;
}

/** What a login takes. */
export interface LoginContext {
  connection: Connection;
  way: Way;
  signal: AbortSignal;
}

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

/**
 * What has to be asked of a person can be; otherwise somebody would wait for ever.
 *
 * @throws UsageError
 */
export function checkWay({ kind, botTokenFile }: Way): void {
  if (kind === 'bot' && (botTokenFile !== undefined || botTokenOf(process.env) !== undefined)) return;
  if (canAsk()) return;
  const other =
    kind === 'bot'
      ? 'Give the token with --bot-token-file, or in TG_BOT_TOKEN.'
      : 'Run it on one, or log in a bot: --bot-token-file.';
  throw new UsageError(`This asks on a terminal, and there is none. ${other}`);
}

/** Logs in. @throws CommandError, UsageError, SessionError `ABORTED` */
export function logIn(context: LoginContext): Promise<User> {
  const { kind } = context.way;
  if (kind === 'bot') return byToken(context);
  return kind === 'qr' ? byQr(context) : byPhone(context);
}

async function byPhone(context: LoginContext): Promise<User> {
  const { connection, signal } = context;
  const { client } = connection;
  let phone = '';
  const send = () => connection.call(() => client.sendCode({ phone, abortSignal: signal }));
  let sent = await again(WRONG_PHONE, async () => {
    phone = await ask('Phone number, with the code of the country: ', { shown: true, signal });
    return send();
  });
  for (;;) {
    if ('id' in sent) return sent; // it logged in at once
    if (sent.type === 'email_required') {
      throw new CommandError(
        'REFUSED',
        'Telegram wants an e-mail address for this account first: give it one in an app of Telegram, or log in with --qr.',
      );
    }
    errorLine(`A code was sent ${SENT[sent.type] ?? ''}`.trimEnd().concat('.'));
    const { phoneCodeHash } = sent;
    try {
      return await again(WRONG_CODE, async () => {
        const phoneCode = (await ask('Code: ', { shown: true, signal })).replaceAll(/[\s-]/g, '');
        return connection.call(() => client.signIn({ phone, phoneCodeHash, phoneCode, abortSignal: signal }));
      });
    } catch (error) {
      if (saidBy(error) === 'SESSION_PASSWORD_NEEDED') return byPassword(context);
      if (saidBy(error) !== 'PHONE_CODE_EXPIRED') throw inWords(error);
      errorLine('That code has expired.');
      sent = await connection.said(send);
    }
  }
}

/** Proves the password of two-step verification. */
export function byPassword(context: LoginContext): Promise<User> {
  const { connection, signal } = context;
  const next = passwords(context);
  return again(next.mayRetry ? ['PASSWORD_HASH_INVALID'] : [], async () => {
    const password = await next.password();
    return connection.call(() => connection.client.checkPassword({ password, abortSignal: signal }));
  });
}

function byToken({ connection, way, signal }: LoginContext): Promise<User> {
  const { botTokenFile } = way;
  const given = botTokenFile === undefined ? botTokenOf(process.env) : readPasscodeFile(botTokenFile);
  return again(given === undefined ? ['ACCESS_TOKEN_INVALID', 'ACCESS_TOKEN_EXPIRED'] : [], async () => {
    const token = given ?? (await ask('Token of the bot (not shown): ', { signal }));
    return connection.call(() => connection.client.signInBot(token.trim()));
  });
}

async function byQr(context: LoginContext): Promise<User> {
  const { connection, signal } = context;
  const { qrModules } = await import('../../vendor/qr.ts'); // large, and seldom needed
  const code = new QrOnTerminal(process.stderr, qrModules);
  const next = passwords(context);
  const caption = 'In Telegram on your phone: Settings, Devices, Link Desktop Device. Scan this code.';
  try {
    return await connection.said(
      () =>
        connection.client.signInQr({
          onUrlUpdated: (url) => code.show(url, caption),
          onQrScanned: () => code.clear(),
          async password() {
            code.clear();
            return next.password();
          },
          invalidPasswordCallback() {
            if (!next.mayRetry) throw new CommandError('REFUSED', 'That is not the password.');
            errorLine('That is not the password. Try again.');
          },
          abortSignal: signal,
        }),
      Number.POSITIVE_INFINITY,
    );
  } finally {
    code.clear();
  }
}

/** Where passwords come from, and whether another one may come. */
function passwords({ connection, way, signal }: LoginContext) {
  const { passwordFile } = way;
  if (passwordFile !== undefined) {
    return { mayRetry: false, password: async () => readPasscodeFile(passwordFile) };
  }
  if (!canAsk()) {
    const refuse = async (): Promise<string> => {
      throw new UsageError('Two-step verification is on: give the password with --password-file.');
    };
    return { mayRetry: false, password: refuse };
  }
  const password = async () => {
    const hint = await connection.call(() => connection.client.getPasswordHint()).catch(() => null);
    return ask(`Password of two-step verification${hint ? `, hint "${plain(hint)}"` : ''} (not shown): `, {
      signal,
    });
  };
  return { mayRetry: true, password };
}

/** Does something until the server answers otherwise than that the person may have mistyped. */
async function again<T>(mistakes: readonly string[], attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const said = saidBy(error);
      if (said !== null && KEPT.includes(said)) throw error;
      if (said === null || !mistakes.includes(said)) throw inWords(error);
      errorLine(`${(inWords(error) as Error).message} Try again.`);
    }
  }
}

/** What whoever called has an answer to. */
const KEPT = ['SESSION_PASSWORD_NEEDED', 'PHONE_CODE_EXPIRED'];

function botTokenOf({ TG_BOT_TOKEN, BOT_TOKEN }: NodeJS.ProcessEnv): string | undefined {
  return TG_BOT_TOKEN ?? BOT_TOKEN;
}
