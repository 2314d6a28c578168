/** Reading a session of gotd (formats/gotd.md). Where gotd begins a new login, or takes half a key, this refuses. */

import { isIpv4, isIpv6, splitAddress } from '../../address.ts';
import { authKeyId, checkAuthKey } from '../../auth-key.ts';
import { describe, MAX_DC_ID, refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { DataCenter, Session } from '../../session.ts';
import { decodeBase64 } from '../base64.ts';
import { checkJsonInt64, parseBigJson } from '../big-json.ts';
import { isTestServer } from '../data-centers.ts';
import { withUsualAddresses } from '../main-dc.ts';
import { type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import { addressesIn, type DcAddresses, type DcOption, readDcOptions } from './dc-options.ts';
import { GoFields } from './fields.ts';

/** The only version there has been. */
export const GOTD_VERSION = 1;

const MAX_ADDR = 256;
/** A key has 344 characters, its id 12; of what is longer, only that is said. */
const MAX_BASE64 = 4096;
const AUTH_KEY_ID_LENGTH = 8;

/**
 * Reads the JSON.
 *
 * @param label what to call all of it in messages
 * @throws SessionError `BAD_VERSION`, `NEWER_VERSION`, `INVALID_VALUE` (a field such as `Data.AuthKey`)
 */
export function readGotd(text: string, label: string, format: string): Snapshot {
  // Go takes no number with a point for an integer.
  const json = parseBigJson(text, label, { integersAreDigits: true });
  if (json === null) return refuse(label, '', 'a JSON object', json);
  const file = new GoFields('', json, label);
  checkGotdVersion(file);
  const data = file.object('Data');
  const id = data.integer('DC', 1, MAX_DC_ID);
  const addr = data.text('Addr', MAX_ADDR);
  const config = data.object('Config');
  const options = readDcOptions(config);
  const notes: string[] = [];
  const addresses = addressesIn(options ?? []);
  const own = addresses.get(id) ?? addressIn(addr, id, notes);
  addresses.set(id, own);
  const auth = readKey(data);
  const testMode = readTestMode(config, options, own, notes);
  const dcs = [...addresses.values()].map((dc) => {
    if (dc.id !== id) return new DataCenter(dc);
    return withUsualAddresses(new DataCenter({ ...dc, auth }), testMode, notes);
  });
  const extra: { [key: string]: JsonValue } = {
    mainDc: id,
    testMode: config.boolean('TestMode'),
    // A number of 64 bits, and so text.
    salt: String(checkJsonInt64(data.place('Salt'), '', data.value('Salt') ?? 0)),
    addr,
    dcOptions: options,
  };
  return snapshotOf(new Session({ dcs }), {
    origin: { format, version: GOTD_VERSION },
    mainDc: id,
    testMode,
    extra,
    notes,
  });
}

function checkGotdVersion(file: GoFields): void {
  const version = file.value('Version');
  if (version === GOTD_VERSION) return;
  const found = version === null ? 'missing' : describe(version);
  const details = { field: 'Version', found };
  if (typeof version === 'number' && Number.isInteger(version) && version > GOTD_VERSION) {
    throw new SessionError(
      'NEWER_VERSION',
      `Version is ${found}, newer than ${GOTD_VERSION}, the newest one known. Use a newer tgsession.`,
      details,
    );
  }
  throw new SessionError(
    'BAD_VERSION',
    `Version must be ${GOTD_VERSION}, but is ${found}: gotd takes the file for none, and begins a new login.`,
    details,
  );
}

/** The key, which must be the one that its id names: gotd itself refuses to connect otherwise. */
function readKey(data: GoFields): Uint8Array {
  const auth = checkAuthKey(data.place('AuthKey'), '', readBase64(data, 'AuthKey'));
  if (auth === null) return refuse(data.place('AuthKey'), '', 'an auth key', null);
  const id = readBase64(data, 'AuthKeyID');
  const hex = id === null ? null : Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hex !== authKeyId(auth)) {
    const found = id?.length === AUTH_KEY_ID_LENGTH ? 'the id of another key' : describe(id);
    refuse(data.place('AuthKeyID'), '', 'the id of AuthKey', id, found);
  }
  return auth;
}

/** Standard base64 with padding, and no other. */
function readBase64(data: GoFields, name: string): Uint8Array | null {
  if (data.value(name) === null) return null;
  const text = data.text(name, MAX_BASE64);
  const bytes = /[-_]/.test(text) ? null : decodeBase64(text);
  return bytes ?? refuse(data.place(name), '', 'standard base64 with padding, or null', text);
}

/**
 * The address in `Addr`, `ip:port` with an IPv6 address in brackets. A running gotd writes none, and never uses one;
 * who converts a session to gotd's format may leave one, with or without its port.
 */
function addressIn(addr: string, id: number, notes: string[]): DcAddresses {
  const none = { id, ipv4Addr: null, ipv6Addr: null };
  if (addr === '') return none;
  const parts = splitAddress(addr);
  if (parts !== null && isIpv4(parts.ip)) return { ...none, ipv4Addr: addr };
  const bare = /^\[(.*)\]$/.exec(parts?.ip ?? '')?.[1];
  if (bare !== undefined && isIpv6(bare)) return { ...none, ipv6Addr: `${bare}:${parts!.port}` };
  notes.push('Data.Addr is no IP address with its port: it was left out.');
  return none;
}

/** A configuration that no server sent, such as a converter leaves, says "no" whatever the truth is. */
function readTestMode(
  config: GoFields,
  options: readonly DcOption[] | null,
  own: DcAddresses,
  notes: string[],
): boolean {
  if (config.boolean('TestMode')) return true;
  const isEmpty = options === null && config.integer('ThisDC', 0, MAX_DC_ID) === 0;
  if (!isEmpty || isTestServer(own) !== true) return false;
  notes.push('Data.Addr is an address of the test servers, and the configuration is empty: taken for "yes".');
  return true;
}
