/** The ways to log in: phone and code, QR code, bot token. */

import { CommandError, UsageError } from '../command.ts';
import { errorLine } from '../print.ts';
import { ask, canAsk } from '../prompt.ts';
import { readPasscodeFile } from '../secret-file.ts';
import { again } from './again.ts';
import { passwords } from './password.ts';
import { byPhone } from './phone.ts';
import { QrOnTerminal } from './qr.ts';
import type { LoginContext, Way } from './way.ts';

type User = import('@mtcute/node').User;

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

function botTokenOf({ TG_BOT_TOKEN, BOT_TOKEN }: NodeJS.ProcessEnv): string | undefined {
  return TG_BOT_TOKEN ?? BOT_TOKEN;
}
