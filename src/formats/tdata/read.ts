/** Reading the accounts of a folder. */

import { createHash } from 'node:crypto';
import { SessionError } from '../../errors.ts';
import { type DataCenter, Session } from '../../session.ts';
import { readAccounts } from '../accounts.ts';
import { ByteReader } from '../bytes.ts';
import type { FormatInput, ReadOptions } from '../codec.ts';
import { withUsualAddresses } from '../main-dc.ts';
import { type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import { type Authorization, readAuthorization } from './authorization.ts';
import { addressesIn, type Config, readConfig } from './config.ts';
import { readTdataFile, tdataFolder } from './folder.ts';
import type { Frame } from './frame.ts';
import { otherKey } from './key-data.ts';
import { decryptLocal } from './local-encryption.ts';
import { fileNameOf, NAME } from './names.ts';
import { type Opened, openFolder } from './open.ts';
import { readByteArray } from './qt.ts';

/** Newest version of the app whose layout is known; it has not changed since 2021. */
const NEWEST_APP_VERSION = 6_999_999;

/** Numbers above are made of a data centre and what it is used for: 20004 is 4 in its use 2. */
const MAX_PLAIN_DC = 1000;

/** What is wrong with a file, rather than with reading it. */
const CONTENT_ERRORS: readonly string[] = ['DAMAGED', 'INVALID_VALUE', 'NEWER_VERSION'];

/** Reads every account, or the one that is asked for. @throws SessionError */
export async function readTdata(input: FormatInput, options: ReadOptions): Promise<Snapshot[]> {
  const opened = await openFolder(tdataFolder(input), options);
  // One that is asked for and cannot be read says why, rather than that it is not there.
  const asked = opened.indexes.filter((index) => index === options.account);
  const indexes = asked.length > 0 ? asked : opened.indexes;
  return readAccounts(indexes, 'account in the folder', (index) => readAccount(opened, index));
}

async function readAccount(opened: Opened, index: number): Promise<Snapshot> {
  const { folder, dataName, localKey, active, indexes } = opened;
  const notes = [...opened.notes];
  const name = fileNameOf(dataName, index);
  const frame = await readTdataFile(folder, name);
  if (frame === null) {
    throw new SessionError('NOT_FOUND', `Account ${index} has no file: ${name}s is missing.`, {
      field: `${name}s`,
    });
  }
  const authorization = readAuthorization(decrypt(frame, localKey), frame.file);
  const servers = await serversOf(opened, name, notes);
  noteAppVersion(Math.max(opened.frame.appVersion, frame.appVersion), notes);
  noteAuthorization(authorization, notes);
  const { userId, mainDc, keysToDestroy } = authorization;
  const session = new Session(
    {
      dcs: dataCentersOf(authorization, servers, notes),
      user: userId === null ? null : { id: userId, dc: mainDc!, bot: false },
    },
    frame.file,
  );
  const isActiveKnown = active !== null && indexes.includes(active);
  return snapshotOf(session, {
    origin: { format: NAME, version: null },
    account: { index, active: isActiveKnown ? active === index : null },
    loggedIn: userId !== null,
    mainDc,
    keysToDestroy,
    testMode: servers.testMode,
    extra: extraOf(opened, frame, authorization, servers),
    notes,
  });
}

/** The only array of a file, decrypted. */
function decrypt({ file, data }: Frame, localKey: Uint8Array): Uint8Array {
  const reader = new ByteReader(data, file);
  const encrypted = readByteArray(reader, 'content');
  reader.end();
  const content = decryptLocal(encrypted, localKey, file);
  if (content === null) throw otherKey(file);
  return content;
}

/** What an account's app knows of the servers. */
interface Servers {
  /** Null where there is no config, or none that can be read. */
  config: Config | null;
  testMode: boolean | null;
}

/**
 * Reads the config. Where there is none, the app is one of the production servers. Without one that cannot be read the
 * app gets along, and so do we; but which servers the account belongs to is then not known.
 */
async function serversOf({ folder, localKey }: Opened, name: string, notes: string[]): Promise<Servers> {
  try {
    const frame = await readTdataFile(folder, `${name}/config`);
    const config = frame === null ? null : readConfig(decrypt(frame, localKey), frame.file);
    return { config, testMode: config?.testMode ?? false };
  } catch (error) {
    if (!(error instanceof SessionError && CONTENT_ERRORS.includes(error.code))) throw error;
    notes.push(
      `The config of the account cannot be read, so that nothing says whether it is of the test servers: ${error.message}`,
    );
    return { config: null, testMode: null };
  }
}

function noteAppVersion(version: number, notes: string[]): void {
  if (version <= NEWEST_APP_VERSION) return;
  notes.push(
    `The files say that Telegram Desktop ${versionText(version)} wrote them, which is newer than any known: their layout is taken to be unchanged.`,
  );
}

function versionText(version: number): string {
  return `${Math.floor(version / 1e6)}.${Math.floor(version / 1000) % 1000}.${version % 1000}`;
}

function noteAuthorization({ mainDc, keys, otherBytes }: Authorization, notes: string[]): void {
  if (mainDc !== null && !keys.some(({ id }) => id === mainDc)) {
    notes.push(
      `The account lives on data centre ${mainDc}, but its key is missing: Telegram Desktop would make a new one and be logged out.`,
    );
  }
  if (otherBytes > 0) {
    notes.push(`Behind the keys stand ${otherBytes} bytes of other settings, which were not looked at.`);
  }
}

/** Data centres with their addresses. What is no data centre keeps its key, as the app would find it. */
function dataCentersOf(
  { keys }: Authorization,
  { config, testMode }: Servers,
  notes: string[],
): DataCenter[] {
  return keys.map((dc) => {
    const known = config === null ? dc : dc.with(addressesIn(config, dc.id));
    if (dc.id <= MAX_PLAIN_DC) return withUsualAddresses(known, testMode, notes);
    notes.push(
      `The key of ${dc.id} is kept under that number, which is no data centre of its own: Telegram Desktop makes such numbers of a data centre and what it is used for.`,
    );
    return known;
  });
}

function extraOf(
  { active, dataName }: Opened,
  { appVersion }: Frame,
  { mainDc, keysToDestroy }: Authorization,
  { config }: Servers,
): { [key: string]: JsonValue } {
  return {
    dataName,
    appVersion,
    active,
    mainDc,
    keysToDestroy: keysToDestroy.map(({ id, auth }) => ({ dc: id, authSha256: sha256(auth!) })),
    ...(config !== null && {
      testMode: config.testMode,
      dcOptions: config.dcOptions.map((option) => ({ ...option })),
    }),
  };
}

function sha256(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex');
}
