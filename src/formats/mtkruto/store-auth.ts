/** Who is logged in, as MTKruto's stores say it, since 0.70 and before (formats/mtkruto.md, section 2). */

import { checkBoolean, checkId, checkInteger, refuse } from '../../check.ts';
import { MAX_API_ID } from './api-id.ts';
import { dcByName, type NamedDc } from './dc-name.ts';
import type { Value } from './value.ts';

/** Items and their values. */
export type Read = (item: string) => Value | undefined;

/** What the store says of who is logged in. */
export interface Auth {
  dc: NamedDc;
  key: Uint8Array | null;
  apiId: number | null;
  userId: number | null;
  isBot: boolean | null;
}

/** Since 0.70 all of it stands in one item. @throws SessionError `INVALID_VALUE` */
export function readAuth(value: Value | undefined): Auth {
  if (!(value instanceof Map)) return refuse('auth', '', 'an object', value);
  return {
    dc: readDcName('auth', value.get('dc')),
    key: bytesOf('auth.authKey', value.get('authKey')),
    apiId: readApiId('auth', value.get('apiId')),
    userId: readUserId('auth', 'userId', value.get('userId')),
    isBot: checkBoolean('auth', 'isBot', value.get('isBot')),
  };
}

/** Before 0.70 each had its own. @throws SessionError `INVALID_VALUE` */
export function readOldAuth(value: Read): Auth {
  const type = value('auth.accountType');
  if (type !== undefined && type !== 'user' && type !== 'bot') {
    return refuse('auth.accountType', '', 'user or bot', type);
  }
  return {
    dc: readDcName('auth', value('auth.dc')),
    key: bytesOf('auth.key', value('auth.key')),
    apiId: readApiId('connection', value('connection.apiId') ?? 0),
    userId: readUserId('auth', 'accountId', value('auth.accountId') ?? 0),
    isBot: type === undefined ? null : type === 'bot',
  };
}

function readDcName(at: string, value: Value | undefined): NamedDc {
  return typeof value === 'string'
    ? dcByName(at, value)
    : refuse(at, 'dc', 'the name of a data centre', value);
}

/** A key before it is checked; MTKruto has no bytes where it has no key. */
export function bytesOf(at: string, value: Value | undefined): Uint8Array | null {
  if (!(value instanceof Uint8Array)) return refuse(at, '', 'the bytes of an auth key', value);
  return value.length === 0 ? null : value;
}

/** 0 is none. */
function readApiId(at: string, value: Value | undefined): number | null {
  return checkInteger(at, 'apiId', value, 0, MAX_API_ID) || null;
}

function readUserId(at: string, name: string, value: Value | undefined): number | null {
  return value === 0 ? null : checkId(at, name, value);
}
