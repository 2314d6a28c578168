/** The files in which the clients keep sessions themselves, and programs that run the clients on them. */

import type { LoopbackDc } from '../../../src/testing/dc/index.ts';
import { startChild } from '../process.ts';
import type { ClientName } from './driver.ts';

/** The format of the storage of each client that keeps peers. */
export const OWN_FORMAT: Record<ClientName, string> = {
  mtcute: 'mtcute-sqlite',
  telegram: 'gramjs-store-session',
  teleproto: 'gramjs-store-session',
};

/** What it is called, in the folder of the client. */
export const OWN_NAME: Record<ClientName, string> = {
  mtcute: 'own.db',
  telegram: 'own',
  teleproto: 'own',
};

/** Whom Alice meets beside Robert. Its id has the ten digits that real ones have. */
export const CHANNEL = { id: 1_234_567_890, accessHash: -987_654_321_987_654_321n };

/** Who Alice is to a client, and by what it names the others to the server. */
export interface Said {
  me: number;
  robert: string;
  news: string;
}

/** Lets the data centre know the channel by its name. */
export function addChannel(dc: LoopbackDc): void {
  dc.answer('contacts.resolveUsername', ({ username }) => {
    if (username !== 'the_news') return undefined;
    const channel = {
      _: 'channel',
      ...CHANNEL,
      title: 'News',
      username: 'the_news',
      broadcast: true,
      date: 1,
    };
    const photo = { _: 'chatPhotoEmpty' };
    const peer = { _: 'peerChannel', channelId: CHANNEL.id };
    return { _: 'contacts.resolvedPeer', peer, chats: [{ ...channel, photo }], users: [] };
  });
}

/**
 * Runs the client in the folder that its file is in.
 *
 * @param robertId the user who is reached in the place of Robert, by id
 */
export async function onOwnFile(
  name: ClientName,
  folder: string,
  dc: LoopbackDc,
  task: 'login' | 'resume',
  robertId = 2000,
): Promise<Said> {
  const args = [name, JSON.stringify(dc), task, String(robertId)];
  const child = startChild('drivers/own-client.ts', args, { cwd: folder });
  const line = await child.line();
  if ((await child.end()) !== 0 || line === null) throw new Error(`${name} failed to ${task}.`);
  return JSON.parse(line);
}
