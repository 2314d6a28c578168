/** The file of an account: who is logged in, and the keys (formats/tdata.md, sections 5 and 7). */

import { checkDcId, type Place, refuse } from '../../check.ts';
import { DataCenter } from '../../session.ts';
import { ByteReader } from '../bytes.ts';
import { KEY_LENGTH } from './local-encryption.ts';
import { byteArray, int32, joined, readByteArray, uint64 } from './qt.ts';

/** Blocks of settings. The first two are older, and stand in place of the third. */
const KEY_BLOCK = 0x00;
const USER_BLOCK = 0x01;
const AUTHORIZATION_BLOCK = 0x4b;

/** What stands before ids of 64 bits, where there were two of 32 bits until April 2021. */
const WIDE = 2n ** 64n - 1n;

/** More keys than any account has. */
const MAX_KEYS = 10_000;

/** What the file of an account says. */
export interface Authorization {
  /** The user, or null if nobody is logged in. */
  userId: number | null;
  /** The main data centre, or null if the app has yet to choose one. */
  mainDc: number | null;
  keys: DataCenter[];
  keysToDestroy: DataCenter[];
  /** How many bytes of other settings follow, which were not looked at. */
  otherBytes: number;
}

/** Reads the blocks of an account's file, decrypted. @throws SessionError `INVALID_VALUE` */
export function readAuthorization(content: Uint8Array, at: string): Authorization {
  const reader = new ByteReader(content, at);
  const block = reader.u32be('block');
  if (block === KEY_BLOCK || block === USER_BLOCK) return readOldBlocks(content, at);
  if (block !== AUTHORIZATION_BLOCK) {
    reader.refuse('block', 'the authorization (0x4b)', `0x${block.toString(16)}`);
  }
  const authorization = readFields(new ByteReader(readByteArray(reader, 'authorization'), at));
  return { ...authorization, otherBytes: reader.left };
}

function readFields(reader: ByteReader): Omit<Authorization, 'otherBytes'> {
  const first = reader.u64be('userId');
  const isWide = first === WIDE;
  const userId = isWide ? reader.u64be('userId') : BigInt.asIntN(32, first >> 32n);
  const mainDc = isWide ? reader.i32be('mainDc') : Number(BigInt.asIntN(32, first));
  const fields = {
    ...checkedIds(reader.place, userId, mainDc),
    keys: readKeys(reader, 'keys'),
    keysToDestroy: readKeys(reader, 'keysToDestroy'),
  };
  reader.end();
  return fields;
}

/** No user is 0; then there may be no main data centre either. */
function checkedIds(at: Place, userId: bigint, mainDc: number): Pick<Authorization, 'userId' | 'mainDc'> {
  if (userId === 0n) return { userId: null, mainDc: mainDc === 0 ? null : checkDcId(at, 'mainDc', mainDc) };
  if (userId < 0n || userId > Number.MAX_SAFE_INTEGER) {
    return refuse(at, 'userId', `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`, null, String(userId));
  }
  return { userId: Number(userId), mainDc: checkDcId(at, 'mainDc', mainDc) };
}

function readKeys(reader: ByteReader, name: string): DataCenter[] {
  const count = reader.count(name, reader.i32be(name), MAX_KEYS, 4 + KEY_LENGTH);
  const keys: DataCenter[] = [];
  for (let i = 0; i < count; i++) keys.push(readKey(reader, `${name}[${i}]`));
  return keys;
}

function readKey(reader: ByteReader, name: string): DataCenter {
  const id = reader.i32be(`${name}.id`);
  return new DataCenter({ id, auth: reader.bytes(`${name}.auth`, KEY_LENGTH) }, `${reader.place}.${name}`);
}

/** A block for each key and one for the user, in any order. What follows them cannot be told apart. */
function readOldBlocks(content: Uint8Array, at: string): Authorization {
  const reader = new ByteReader(content, at);
  const keys: DataCenter[] = [];
  let ids = checkedIds(at, 0n, 0);
  let left = reader.left;
  while (left > 0) {
    const block = reader.u32be('block');
    if (block === KEY_BLOCK) keys.push(readKey(reader, `keys[${keys.length}]`));
    else if (block === USER_BLOCK) {
      ids = checkedIds(at, BigInt(reader.i32be('userId')), reader.i32be('mainDc'));
    } else break;
    left = reader.left;
  }
  return { ...ids, keys, keysToDestroy: [], otherBytes: left };
}

/** Writes the blocks of an account's file. @param keys with keys only */
export function writeAuthorization({
  userId,
  mainDc,
  keys,
  keysToDestroy,
}: Omit<Authorization, 'otherBytes'>) {
  const fields = joined(
    uint64(WIDE),
    uint64(BigInt(userId ?? 0)),
    int32(mainDc ?? 0),
    ...[keys, keysToDestroy].flatMap((list) => [
      int32(list.length),
      ...list.flatMap(({ id, auth }) => [int32(id), auth!]),
    ]),
  );
  return joined(int32(AUTHORIZATION_BLOCK), byteArray(fields));
}
