/** Who somebody is. */

import { type Account, userObject } from '../accounts.ts';
import { RpcError } from '../rpc-error.ts';
import { accountOf, anyAccount, type Call, type Method } from '../state.ts';
import type { TlObject } from '../tl-object.ts';

/** The methods, by name. */
export const usersMethods: Readonly<Record<string, Method>> = {
  'users.getUsers': ({ id }, call) => {
    const self = accountOf(call);
    return (id as TlObject[]).map((input) => {
      const account = accountFor(input, call);
      return account === undefined
        ? { _: 'userEmpty', id: Number(input.userId ?? 0) }
        : userObject(account, account.id === self.id);
    });
  },

  'contacts.resolveUsername': ({ username }, call) => {
    const self = accountOf(call);
    const account = call.state.accounts.byUsername(String(username));
    if (account === undefined) throw new RpcError(400, 'USERNAME_NOT_OCCUPIED');
    return {
      _: 'contacts.resolvedPeer',
      peer: { _: 'peerUser', userId: account.id },
      chats: [],
      users: [userObject(account, account.id === self.id)],
    };
  },
};

/** The account that an `InputUser` or `InputPeer` names, if there is one and the access hash is right. */
export function accountFor(input: TlObject, call: Call): Account | undefined {
  const self = accountOf(call);
  if (input._ === 'inputUserSelf' || input._ === 'inputPeerSelf') return self;
  const account = anyAccount(call.state, Number(input.userId));
  // Bots may name whom they know by 0.
  return input.accessHash === account?.accessHash || (self.bot && input.accessHash === 0n)
    ? account
    : undefined;
}
