/** The value `current_user` of mtcute's storages (formats/mtcute.md, section 2). */

import type { ByteReader } from '../bytes.ts';
import { readTlString, TlWriter } from '../tl.ts';

const VERSION = 1;
const IS_BOT = 1;
const HAS_USERNAMES = 2;
const IS_PREMIUM = 4;
/** More usernames than an account can have. */
const MAX_USERNAMES = 1000;

/** The user, as far as mtcute keeps it. */
export interface CurrentUser {
  id: number;
  bot: boolean;
  isPremium: boolean;
  /** The main one first. */
  usernames: string[];
}

/** Version, flags, id and usernames; null if it is empty, as after a logout. @throws SessionError `INVALID_VALUE` */
export function readCurrentUser(reader: ByteReader): CurrentUser | null {
  if (reader.left === 0) return null;
  const version = reader.i32le('version');
  if (version !== VERSION) reader.refuse('version', String(VERSION), String(version));
  const flags = reader.u32le('flags');
  if (flags > (IS_BOT | HAS_USERNAMES | IS_PREMIUM)) reader.refuse('flags', 'flags up to 7', String(flags));
  const id = Number(reader.i64le('id'));
  if (!Number.isSafeInteger(id) || id < 1) reader.refuse('id', 'an integer from 1 to 2^53 - 1', String(id));
  const usernames: string[] = [];
  if ((flags & HAS_USERNAMES) !== 0) {
    const count = reader.count('usernames', reader.i32le('usernames'), MAX_USERNAMES, 4);
    for (let i = 0; i < count; i++) usernames.push(readTlString(reader, `usernames[${i}]`));
  }
  reader.end();
  return { id, bot: (flags & IS_BOT) !== 0, isPremium: (flags & IS_PREMIUM) !== 0, usernames };
}

/** The same, as mtcute writes it. */
export function writeCurrentUser({ id, bot, isPremium, usernames }: CurrentUser): Uint8Array {
  const flags =
    (bot ? IS_BOT : 0) | (usernames.length === 0 ? 0 : HAS_USERNAMES) | (isPremium ? IS_PREMIUM : 0);
  const writer = new TlWriter().int(VERSION).int(flags).long(BigInt(id));
  if (usernames.length > 0) writer.int(usernames.length);
  for (const name of usernames) writer.string(name);
  return writer.done();
}
