/** Temporary keys, which stand for a permanent one once they are bound to it (core.telegram.org/api/pfs). */

import { RpcError } from '../rpc-error.ts';
import type { Method } from '../state.ts';
import { longAt } from '../toolkit.ts';

/** Bytes of the inner message in front of its padding: random 16, id 8, number 4, length 4, body 40. */
const INNER_LENGTH = 72;

/** The methods, by name. */
export const bindingMethods: Readonly<Record<string, Method>> = {
  'auth.bindTempAuthKey': ({ nonce, permAuthKeyId, expiresAt, encryptedMessage }, { state, session }) => {
    const { toolkit, keys } = state;
    const temporary = session.usedKey;
    const message = encryptedMessage as Uint8Array;
    const key = keys.find(Buffer.from(message.subarray(0, 8)).toString('hex'));
    if (temporary.boundTo === undefined) throw new RpcError(400, 'TEMP_AUTH_KEY_EMPTY');
    const invalid = new RpcError(400, 'ENCRYPTED_MESSAGE_INVALID');
    if (key === undefined || key.boundTo !== undefined || (message.length - 24) % 16 !== 0) throw invalid;
    const messageKey = message.subarray(8, 24);
    const plain = toolkit.bindingCipher(key.key, messageKey).decrypt(message.subarray(24));
    const hash = Buffer.from(toolkit.crypto.sha1(plain.subarray(0, INNER_LENGTH)).subarray(4, 20));
    if (!hash.equals(messageKey)) throw invalid;
    const { object: inner } = toolkit.read(plain, 32);
    const same =
      inner._ === 'mt_bind_auth_key_inner' &&
      inner.nonce === nonce &&
      inner.permAuthKeyId === permAuthKeyId &&
      permAuthKeyId === longAt(Buffer.from(key.id, 'hex')) &&
      inner.tempAuthKeyId === longAt(Buffer.from(temporary.id, 'hex')) &&
      inner.tempSessionId === session.id &&
      inner.expiresAt === expiresAt;
    if (!same) throw invalid;
    temporary.boundTo = key;
    key.layer ??= temporary.layer;
    return true;
  },
};
