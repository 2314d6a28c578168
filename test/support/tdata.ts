/** Folders of Telegram Desktop made by hand: each part can be what no writer would make of it. */

import { writeAuthorization } from '../../src/formats/tdata/authorization.ts';
import { readFrame, writeFrame } from '../../src/formats/tdata/frame.ts';
import { writeKeyData } from '../../src/formats/tdata/key-data.ts';
import { decryptLocal, encryptLocal } from '../../src/formats/tdata/local-encryption.ts';
import { fileNameOf } from '../../src/formats/tdata/names.ts';
import { byteArray } from '../../src/formats/tdata/qt.ts';
import type { DataCenter } from '../../src/session.ts';

export const LOCAL_KEY = Uint8Array.from({ length: 256 }, (_, i) => (i * 89 + 5) & 255);

export const H = fileNameOf('data');

/** A file with one encrypted array. */
export function encryptedFile(plain: Uint8Array): Uint8Array {
  return writeFrame(byteArray(encryptLocal(plain, LOCAL_KEY)));
}

/** What {@link encryptedFile} was made of. */
export function decryptedFile(bytes: Uint8Array): Uint8Array {
  return decryptLocal(readFrame('file', bytes).data.subarray(4), LOCAL_KEY, 'file')!;
}

/** The blocks of an account's file. */
export function blocks(userId: number | null, mainDc: number | null, ...keys: DataCenter[]): Uint8Array {
  return writeAuthorization({ userId, mainDc, keys, keysToDestroy: [] });
}

/** A folder with one account; files given replace its own, undefined takes one away. */
export async function folderOf(
  account: Uint8Array,
  files: Record<string, Uint8Array | undefined> = {},
  { indexes = [0], active = 0 }: { indexes?: number[]; active?: number | null } = {},
): Promise<Map<string, Uint8Array>> {
  const keyData = await writeKeyData({ localKey: LOCAL_KEY, indexes, active }, '');
  const all = { key_datas: writeFrame(keyData), [`${H}s`]: encryptedFile(account), ...files };
  return new Map(
    Object.entries(all).filter((entry): entry is [string, Uint8Array] => entry[1] !== undefined),
  );
}
