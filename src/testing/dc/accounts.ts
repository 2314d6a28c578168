/** The people and bots that a data centre is home to. */

import { checkId } from '../../check.ts';
import type { TlObject } from './tl-object.ts';

/** What an account is made of. */
export interface AccountFields {
  /** Id of the user. */
  id: number;
  firstName?: string;
  username?: string;
  /** Phone number, digits with or without `+`. With it the account can log in by code. */
  phone?: string;
  /** The code that logs in. Default `12345`. */
  code?: string;
  /** The password of two-step verification, asked for after code or QR. */
  password?: string;
  /** What the client shows beside the question for the password. */
  passwordHint?: string;
  /** The token of a bot, such as `123:abc`. With it the account is a bot and logs in by token. */
  token?: string;
}

/** An account. */
export interface Account extends Readonly<Required<Omit<AccountFields, 'password' | 'phone' | 'token'>>> {
  readonly password: string | null;
  readonly phone: string | null;
  readonly token: string | null;
  readonly bot: boolean;
  readonly accessHash: bigint;
}

const DEFAULT_CODE = '12345';

/** The accounts of a data centre. */
export class Accounts {
  readonly #accounts = new Map<number, Account>();

  /** @throws SessionError `INVALID_VALUE` for an id that no user can have */
  add(fields: AccountFields): Account {
    const id = checkId('account', 'id', fields.id);
    const account: Account = {
      id,
      firstName: fields.firstName ?? (fields.token === undefined ? 'Test' : 'Test Bot'),
      username: fields.username ?? '',
      phone: fields.phone === undefined ? null : digits(fields.phone),
      code: fields.code ?? DEFAULT_CODE,
      password: fields.password ?? null,
      passwordHint: fields.passwordHint ?? '',
      token: fields.token ?? null,
      bot: fields.token !== undefined,
      // Any number is as good as another; this one is large, so that who rounds it is found out.
      accessHash: 0x7000000000000001n + BigInt(id),
    };
    this.#accounts.set(id, account);
    return account;
  }

  get(id: number): Account | undefined {
    return this.#accounts.get(id);
  }

  byPhone(phone: string): Account | undefined {
    const wanted = digits(phone);
    return [...this.#accounts.values()].find((account) => account.phone === wanted);
  }

  byToken(token: string): Account | undefined {
    return [...this.#accounts.values()].find((account) => account.token === token);
  }

  byUsername(username: string): Account | undefined {
    const wanted = username.toLowerCase();
    return [...this.#accounts.values()].find((account) => account.username.toLowerCase() === wanted);
  }
}

function digits(phone: string): string {
  return phone.replaceAll(/\D/g, '');
}

/** An account as TL object, seen by itself or by another. */
export function userObject(account: Account, self: boolean): TlObject {
  const { id, accessHash, firstName, username, phone, bot } = account;
  return {
    _: 'user',
    self,
    bot,
    id,
    accessHash,
    firstName,
    ...(username === '' ? {} : { username }),
    ...(phone === null ? {} : { phone }),
    ...(bot ? { botInfoVersion: 1 } : {}),
  };
}
