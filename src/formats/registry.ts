/** All formats: what is listed here can be found out, read, and perhaps written. */

import { SessionError } from '../errors.ts';
import { android } from './android/android.ts';
import type { Codec } from './codec.ts';
import { empty } from './empty.ts';
import { gotdJson } from './gotd/json.ts';
import { gramjsLocalstorageDump } from './gramjs/localstorage-dump.ts';
import { gramjsStoreSession } from './gramjs/store-session.ts';
import { gramjsString } from './gramjs/string.ts';
import { grammersSqlite } from './grammers/sqlite.ts';
import { grammersTl } from './grammers/tl.ts';
import { madeline } from './madeline.ts';
import { mtcuteSqlite } from './mtcute/sqlite.ts';
import { mtcuteString } from './mtcute/string.ts';
import { mtkrutoLocalstorageDump } from './mtkruto/localstorage-dump.ts';
import { mtkrutoNodeLocalstorage } from './mtkruto/node-localstorage.ts';
import { mtkrutoString } from './mtkruto/string.ts';
import { pyrogramJson } from './pyrogram/json.ts';
import { pyrogramSqlite } from './pyrogram/sqlite.ts';
import { pyrogramString } from './pyrogram/string.ts';
import { tdata } from './tdata/tdata.ts';
import { tdlibBinlog } from './tdlib/binlog.ts';
import { telegramWebA, telegramWebK } from './telegram-web/codecs.ts';
import { telethonAlphaSqlite } from './telethon/alpha-sqlite.ts';
import { telethonJson } from './telethon/json.ts';
import { telethonString } from './telethon/string.ts';
import { telethonV1Sqlite } from './telethon/v1-sqlite.ts';
import { telethonV2Sqlite } from './telethon/v2-sqlite.ts';
import { tgsessionJson } from './tgsession/json.ts';
import { tgsessionString } from './tgsession/string.ts';

/** All formats, in the order in which they are listed. */
export const codecs: readonly Codec[] = [
  telethonV2Sqlite,
  telethonV1Sqlite,
  telethonAlphaSqlite,
  telethonString,
  telethonJson,
  pyrogramSqlite,
  pyrogramString,
  pyrogramJson,
  gramjsString,
  gramjsStoreSession,
  gramjsLocalstorageDump,
  mtcuteString,
  mtcuteSqlite,
  mtkrutoString,
  mtkrutoNodeLocalstorage,
  mtkrutoLocalstorageDump,
  telegramWebA,
  telegramWebK,
  tdata,
  gotdJson,
  grammersSqlite,
  grammersTl,
  android,
  tdlibBinlog,
  tgsessionJson,
  tgsessionString,
  madeline,
  empty,
];

/** The codec of a name. @throws SessionError `UNKNOWN_FORMAT` */
export function codec(name: string): Codec {
  const found = codecs.find((one) => one.name === name);
  if (found !== undefined) return found;
  const known = codecs.map((one) => one.name).join(', ');
  throw new SessionError('UNKNOWN_FORMAT', `There is no format named "${name}". Known are: ${known}.`);
}
