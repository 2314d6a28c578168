/** The password of two-step verification. */

import { UsageError } from '../command.ts';
import { plain } from '../print.ts';
import { ask, canAsk } from '../prompt.ts';
import { readPasscodeFile } from '../secret-file.ts';
import { again } from './again.ts';
import type { LoginContext } from './way.ts';

type User = import('@mtcute/node').User;

/** Proves the password of two-step verification. */
export function byPassword(context: LoginContext): Promise<User> {
  const { connection, signal } = context;
  const next = passwords(context);
  return again(next.mayRetry ? ['PASSWORD_HASH_INVALID'] : [], async () => {
    const password = await next.password();
    return connection.call(() => connection.client.checkPassword({ password, abortSignal: signal }));
  });
}

/** Where passwords come from, and whether another one may come. */
export function passwords({ connection, way, signal }: LoginContext) {
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
