/** Logging in and out (core.telegram.org/api/auth, api/qr-login, api/srp, api/datacenter). */

import { randomBytes } from 'node:crypto';
import { type Account, userObject } from '../accounts.ts';
import type { KeyEntry } from '../auth-keys.ts';
import { RpcError } from '../rpc-error.ts';
import { askPassword, checkProof, passwordAlgorithm } from '../srp.ts';
import { accountOf, anyAccount, type Call, elsewhere, type Method } from '../state.ts';
import type { TlObject } from '../tl-object.ts';

const CODE_LENGTH = 5;

/** How a code is sent: first the first way, and by `auth.resendCode` the next. */
const CODE_WAYS = ['App', 'Sms', 'Call'];

/** The methods, by name. */
export const loginMethods: Readonly<Record<string, Method>> = {
  'auth.sendCode': ({ phoneNumber }, { state }) => {
    const phone = String(phoneNumber);
    if (state.accounts.byPhone(phone) === undefined) {
      const home = elsewhere(state, (accounts) => accounts.byPhone(phone));
      throw home === undefined
        ? new RpcError(400, 'PHONE_NUMBER_UNOCCUPIED')
        : new RpcError(303, `PHONE_MIGRATE_${home}`);
    }
    const phoneCodeHash = randomBytes(9).toString('hex');
    state.logins.codes.set(phoneCodeHash, { phone, sent: 0 });
    return sentCode(phoneCodeHash, 0);
  },

  'auth.resendCode': ({ phoneNumber, phoneCodeHash }, { state }) => {
    const code = state.logins.codes.get(String(phoneCodeHash));
    if (code === undefined || !isSamePhone(state, code.phone, phoneNumber)) {
      throw new RpcError(400, 'PHONE_CODE_EXPIRED');
    }
    if (code.sent + 1 === CODE_WAYS.length) throw new RpcError(406, 'SEND_CODE_UNAVAILABLE');
    return sentCode(String(phoneCodeHash), ++code.sent);
  },

  'auth.signIn': ({ phoneNumber, phoneCodeHash, phoneCode }, call) => {
    const { codes } = call.state.logins;
    const code = codes.get(String(phoneCodeHash));
    const account = call.state.accounts.byPhone(String(phoneNumber));
    if (code === undefined || account === undefined || !isSamePhone(call.state, code.phone, phoneNumber)) {
      throw new RpcError(400, 'PHONE_CODE_EXPIRED');
    }
    if (phoneCode !== account.code) throw new RpcError(400, 'PHONE_CODE_INVALID');
    codes.delete(String(phoneCodeHash));
    return logIn(call, account);
  },

  'auth.cancelCode': ({ phoneCodeHash }, { state }) => state.logins.codes.delete(String(phoneCodeHash)),

  'account.getPassword': async (_, { state, key }) => {
    const { toolkit, logins } = state;
    const id = key.passwordOf ?? key.user;
    const account = id === null ? undefined : anyAccount(state, id);
    if (account === undefined) throw new RpcError(401, 'AUTH_KEY_UNREGISTERED');
    const always = {
      newAlgo: passwordAlgorithm(toolkit),
      newSecureAlgo: { _: 'securePasswordKdfAlgoSHA512', salt: randomBytes(8) },
      secureRandom: randomBytes(256),
    };
    if (account.password === null) return { _: 'account.password', ...always };
    const question = await askPassword(toolkit, account.password);
    logins.questions.set(key.id, question);
    return {
      _: 'account.password',
      hasPassword: true,
      currentAlgo: question.algo,
      srpB: question.publicValue,
      srpId: question.id,
      ...(account.passwordHint === '' ? {} : { hint: account.passwordHint }),
      ...always,
    };
  },

  'auth.checkPassword': ({ password }, { state, key }) => {
    const question = state.logins.questions.get(key.id);
    const account = key.passwordOf === null ? undefined : anyAccount(state, key.passwordOf);
    if (account === undefined) throw new RpcError(401, 'AUTH_KEY_UNREGISTERED');
    if (question === undefined) throw new RpcError(400, 'SRP_ID_INVALID');
    checkProof(state.toolkit, question, password as TlObject);
    state.logins.questions.delete(key.id);
    return authorized(key, account);
  },

  'auth.importBotAuthorization': ({ botAuthToken }, { state, key }) => {
    const token = String(botAuthToken);
    const account = state.accounts.byToken(token);
    if (account !== undefined) return authorized(key, account);
    const home = elsewhere(state, (accounts) => accounts.byToken(token));
    throw home === undefined
      ? new RpcError(400, 'ACCESS_TOKEN_INVALID')
      : new RpcError(303, `USER_MIGRATE_${home}`);
  },

  'auth.exportLoginToken': (_, call) => {
    const { state, key } = call;
    const token = state.logins.tokenFor(key.id);
    if (token.acceptedBy === null) {
      return { _: 'auth.loginToken', expires: token.expires, token: token.token };
    }
    const home = elsewhere(state, (accounts) => accounts.get(token.acceptedBy!));
    // There the same bytes log in: the token goes along.
    if (home !== undefined) return { _: 'auth.loginTokenMigrateTo', dcId: home, token: token.token };
    state.logins.spend(token);
    return loginTokenSuccess(call, token.acceptedBy);
  },

  'auth.importLoginToken': ({ token }, call) => {
    for (const { logins } of call.state.network.values()) {
      const found = logins.token(token as Uint8Array);
      if (found?.acceptedBy == null || call.state.accounts.get(found.acceptedBy) === undefined) continue;
      logins.spend(found);
      return loginTokenSuccess(call, found.acceptedBy);
    }
    throw new RpcError(400, 'AUTH_TOKEN_INVALID');
  },

  'auth.acceptLoginToken': ({ token }, call) => {
    acceptLoginToken(call.state, token as Uint8Array, accountOf(call).id);
    const date = Math.floor(Date.now() / 1000);
    const words = { deviceModel: '', platform: '', systemVersion: '', appName: '', appVersion: '' };
    const places = { ip: '127.0.0.1', country: '', region: '' };
    return {
      _: 'authorization',
      hash: 1n,
      apiId: 1,
      dateCreated: date,
      dateActive: date,
      ...words,
      ...places,
    };
  },

  'auth.exportAuthorization': ({ dcId }, call) => {
    const { id } = accountOf(call);
    if (dcId === call.state.id || !call.state.network.has(Number(dcId)))
      throw new RpcError(400, 'DC_ID_INVALID');
    return { _: 'auth.exportedAuthorization', id: BigInt(id), bytes: call.state.logins.export(id) };
  },

  'auth.importAuthorization': ({ id, bytes }, { state, key }) => {
    for (const { logins } of state.network.values()) {
      const user = logins.import(bytes as Uint8Array, Number(id));
      const account = user === null ? undefined : anyAccount(state, user);
      if (account !== undefined) return authorized(key, account);
    }
    throw new RpcError(400, 'AUTH_BYTES_INVALID');
  },

  'auth.logOut': (_, { key }) => {
    key.user = null;
    key.passwordOf = null;
    return { _: 'auth.loggedOut' };
  },
};

/** Lets a user scan the QR code of a client, which is told so. Throws the RPC error for a token that is not good. */
export function acceptLoginToken(state: Call['state'], token: Uint8Array, user: number): void {
  const found = state.logins.token(token);
  if (found === undefined) throw new RpcError(400, 'AUTH_TOKEN_INVALID');
  if (found.acceptedBy !== null) throw new RpcError(400, 'AUTH_TOKEN_ALREADY_ACCEPTED');
  found.acceptedBy = user;
  const update = { _: 'updateLoginToken' };
  state.deliverToKey(found.keyId, { _: 'updateShort', update, date: Math.floor(Date.now() / 1000) });
}

/** That a code was sent, and how the next one would come. */
function sentCode(phoneCodeHash: string, sent: number): TlObject {
  const next = CODE_WAYS[sent + 1];
  return {
    _: 'auth.sentCode',
    type: { _: `auth.sentCodeType${CODE_WAYS[sent]}`, length: CODE_LENGTH },
    phoneCodeHash,
    ...(next !== undefined && { nextType: { _: `auth.codeType${next}` } }),
  };
}

/** Whether two numbers are of one account. */
function isSamePhone({ accounts }: Call['state'], sentTo: string, phone: unknown): boolean {
  return accounts.byPhone(sentTo) === accounts.byPhone(String(phone));
}

function loginTokenSuccess(call: Call, user: number): TlObject {
  return { _: 'auth.loginTokenSuccess', authorization: logIn(call, anyAccount(call.state, user)!) };
}

/** Logs in who has shown one thing, unless a password is to be shown too. */
function logIn({ key }: Call, account: Account): TlObject {
  if (account.password === null) return authorized(key, account);
  key.passwordOf = account.id;
  throw new RpcError(401, 'SESSION_PASSWORD_NEEDED');
}

function authorized(key: KeyEntry, account: Account): TlObject {
  key.user = account.id;
  key.passwordOf = null;
  return { _: 'auth.authorization', user: userObject(account, true) };
}
