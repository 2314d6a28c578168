/** Opening a folder: which data it has, and what decrypts them. */

import { checkText } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import type { ReadOptions } from '../codec.ts';
import { ofTelegramDesktop, readTdataFile, type TdataFolder } from './folder.ts';
import type { Frame } from './frame.ts';
import { hasLocalKey, type KeyData, readKeyData, readLegacyMap } from './key-data.ts';
import { checkDataName, fileNameOf, keyFileOf, MAX_PASSCODE, USUAL_DATA_NAME } from './names.ts';

/** What is the same for all accounts of a folder. */
export interface Opened extends KeyData {
  folder: TdataFolder;
  dataName: string;
  /** The file with the local key. */
  frame: Frame;
  notes: readonly string[];
}

/** @throws SessionError `NEEDS_SECRET`, `WRONG_SECRET`, `AMBIGUOUS_FORMAT`, `NOT_FOUND`, `DAMAGED`, `INVALID_VALUE` */
export async function openFolder(folder: TdataFolder, options: ReadOptions): Promise<Opened> {
  const notes: string[] = [];
  const dataName = await dataNameOf(folder, options.dataName, notes);
  const passcode = checkText('passcode', '', options.passcode ?? '', MAX_PASSCODE);
  const keyFile = await readTdataFile(folder, keyFileOf(dataName));
  // Until version 2.2 the map of the only account had the key.
  const frame = keyFile ?? (await readTdataFile(folder, `${fileNameOf(dataName)}/map`));
  if (frame === null || (keyFile === null && !hasLocalKey(frame))) throw noKeyFile(folder, dataName);
  const readKey = keyFile === null ? readLegacyMap : readKeyData;
  return { ...(await readKey(frame, passcode, notes)), folder, dataName, frame, notes };
}

/** The name asked for, the only one, or the usual one. */
async function dataNameOf(folder: TdataFolder, asked: unknown, notes: string[]): Promise<string> {
  if (asked !== undefined) return checkDataName(asked);
  const { dataNames: real } = await ofTelegramDesktop(folder);
  // Where none is what its name says, one of them is the one to complain about.
  const names = real.length > 0 ? real : folder.dataNames;
  const [only = USUAL_DATA_NAME, second] = names;
  if (second === undefined) return only;
  if (names.includes(USUAL_DATA_NAME)) {
    const others = names.filter((name) => name !== USUAL_DATA_NAME).join(', ');
    notes.push(`The folder has other data too, which the option "dataName" chooses: ${others}.`);
    return USUAL_DATA_NAME;
  }
  throw new SessionError(
    'AMBIGUOUS_FORMAT',
    `${folder.input.label} has data of several names: ${names.join(', ')}. Choose one with the option "dataName".`,
    { field: 'dataName', found: names.join(', ') },
  );
}

function noKeyFile({ input: { label }, dataNames, maps }: TdataFolder, dataName: string): SessionError {
  const field = `${keyFileOf(dataName)}s`;
  if (dataNames.length === 0 && maps.length === 0) {
    return new SessionError(
      'UNKNOWN_FORMAT',
      `${label} is no folder of Telegram Desktop with an account in it: it has no ${field}. Name the folder called tdata.`,
      { field },
    );
  }
  const others =
    dataNames.length > 0
      ? `It has data of these names: ${dataNames.join(', ')}.`
      : 'The files of the accounts cannot be opened without it. If the app was started with -key NAME, give that name as the option "dataName".';
  return new SessionError('NOT_FOUND', `${label} has no ${field}. ${others}`, { field });
}
